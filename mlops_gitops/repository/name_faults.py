"""Files whose path says something else than they do themselves: no history reads them as records."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.repository.entry import Entry

RULE = "names-agree"


def name_faults(entry: Entry) -> Iterator[Diagnostic]:
    """An error for each name that the path and a valid file say differently."""
    for part, (in_path, inside) in entry.disagreements.items():
        route = ("predicate",) if "predicate" in (entry.document.data or ()) else ()
        message = f"the path says {part} {in_path!r}, the file says {inside!r}"
        yield entry.document.problem(RULE, message, (*route, part), help="rename the file, or fix the name")
