"""Diagnostics as a report: the JSON contract, the quoted source lines, the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlops_gitops.core.diagnostics import Diagnostic, Severity, exit_code
from mlops_gitops.core.table import Table
from mlops_gitops.documents.tree import read_if_possible
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.snapshot import Snapshot


def findings_report(
    found: tuple[Diagnostic, ...], head: Snapshot, *, files: int, tables: tuple[Table, ...] = (),
    lines: Iterable[str] = (), extra: Mapping[str, Any] | None = None,
) -> Report:  # fmt: skip
    """The report of diagnostics on a tree."""
    errors = sum(1 for d in found if d.severity is Severity.ERROR)
    warnings = sum(1 for d in found if d.severity is Severity.WARNING)
    data = {
        "version": 1,
        "diagnostics": [d.to_json() for d in found],
        "summary": {"files": files, "errors": errors, "warnings": warnings},
    }
    sources = {path: _source(head, path) for path in dict.fromkeys(d.span.path for d in found)}
    return Report(data | dict(extra or {}), found, tables, tuple(lines), exit_code(found), sources)


def _source(head: Snapshot, path: str) -> str:
    """The text of the file of a finding: a file of ours, or another one, such as dvc.lock."""
    return head.document(path).text or (read_if_possible(head.tree, path) or b"").decode("utf-8", "replace")


def quantity(number: int, what: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
