"""The result of a command, before anyone decides how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.documents.observed import Observed


@frozen
class Link:
    """A pull request that a command opened, found open or judged; no address where its forge has none."""

    number: int
    url: str = ""


@frozen
class Report:
    """`data` is the JSON contract; the rest is what people read. `command` is whose it is, where that is told."""

    data: Mapping[str, Any]
    diagnostics: tuple[Diagnostic, ...] = ()
    tables: tuple[Table, ...] = ()
    lines: tuple[str, ...] = ()
    exit_code: int = 0
    sources: Mapping[str, str] = {}  # path → text, to quote the line a diagnostic is about
    observed: Observed | None = (
        None  # all of the disk that this rests on, when the same answer holds until that changes
    )
    flow: tuple[str, ...] = ()  # lines of Markdown that draw the way of a promotion, for where Mermaid is drawn
    pull: Link | None = None
    command: str = ""
