"""The result of a command, in no output format yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table


@frozen
class Link:
    """A pull request that a command opened, found open or checked; no address where its forge has none."""

    number: int
    url: str = ""


@frozen
class Report:
    """`data` is the JSON contract; the rest is what people read. `command` names the command, where it is known."""

    data: Mapping[str, Any]
    diagnostics: tuple[Diagnostic, ...] = ()
    tables: Sequence[Table] = ()
    lines: tuple[str, ...] = ()
    exit_code: int = 0
    sources: Mapping[str, str] = {}  # path → text, to quote the line a diagnostic is about
    flow: tuple[str, ...] = ()  # lines of Markdown of the flow chart of a promotion, for readers that draw Mermaid
    pull: Link | None = None
    command: str = ""
