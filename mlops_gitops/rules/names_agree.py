"""The names in a path agree with the names in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.contracts import Context, Edit, Rule
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.records import card, decision, project


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each name that differs."""
    for entry in context.head.entries():
        if entry.record is None or entry.kind in (project.KIND, card.KIND, decision.KIND):
            continue
        data = entry.document.data
        route = ("predicate",) if "predicate" in data else ()
        written: Mapping[str, Any] = data["predicate"] if route else data
        for part, value in (entry.kind.match(context.head.folders, entry.document.path) or {}).items():
            inside = f"{written[part]:04d}" if part == "sequence" else written[part]
            if inside != value:
                message = f"the path says {part} {value!r}, the file says {inside!r}"
                yield entry.document.problem(RULE.id, message, (*route, part), help="rename the file, or mend the name")


RULE = Rule("names-agree", __doc__, check, bad=((Edit("models/churn/kpis.yaml", "model: churn", "model: chum"),),))
