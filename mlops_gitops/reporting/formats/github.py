"""GitHub: workflow commands that put each diagnostic on its line of a pull request.

The runner takes output apart at \\n, \\r and \\r\\n. A line is a command when it starts with `::`, after any white
space, or holds `##[` anywhere; it compares as its language does, where some characters count as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mlops_gitops.core import text
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.table import Table
from mlops_gitops.reporting import workflow_commands
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import Reporter, Screen

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
SHOWN = 10  # annotations of each severity that GitHub shows for one step
LONG = 20  # rows of a table that the log folds away
# Printing characters that a comparison may count as nothing: joiners and fillers, variation selectors.
_NOTHING = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def render(report: Report, screen: Screen) -> str:
    """Annotations, errors first, as many as GitHub shows; the other findings, tables and sentences as log lines."""
    kinds = [[diagnostic for diagnostic in report.diagnostics if diagnostic.severity is kind] for kind in Severity]
    lines = [_command(diagnostic) for diagnostics in kinds for diagnostic in diagnostics[:SHOWN]]
    lines += _beyond([diagnostic for diagnostics in kinds for diagnostic in diagnostics[SHOWN:]])
    for table in report.tables:
        lines += _table(table)
    lines += [_log(line) for line in report.lines]
    return "\n".join(lines)


def _command(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    place: dict[str, object] = {"file": span.path, "line": span.line}
    if span.end_line != span.line:  # GitHub knows columns of one line only
        whole = span.end_column == 1 and span.end_line > span.line  # it ends with the line before
        place |= {"endLine": span.end_line - 1 if whole else span.end_line}
    elif span.end_column > span.column:
        place |= {"col": span.column, "endLine": span.line, "endColumn": span.end_column}
    else:
        place |= {"col": span.column, "endLine": span.line}
    place["title"] = diagnostic.rule
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    message = workflow_commands.message(diagnostic.message, diagnostic.help)
    return f"::{_COMMANDS[diagnostic.severity]} {properties}::{message}"


def _property(value: str) -> str:
    return workflow_commands.escaped(value).replace(":", "%3A").replace(",", "%2C")


def _log(line: str) -> str:
    """A line that cannot be taken for a workflow command, wherever its words come from."""
    flat = text.visible(" ".join(text.lines(line)).replace("\t", " "))
    flat = _NOTHING.sub("", flat).replace("##[", "## [")
    return flat if not flat.strip() or flat.lstrip()[0].isalnum() else f"| {flat}"


def _table(table: Table) -> list[str]:
    rows = [_log(" | ".join(row)) for row in (table.columns, *table.rows)]
    if len(table.rows) > LONG:
        return _folded(table.title or f"{len(table.rows):,} rows", rows)
    return ["", _log(table.title), *rows]


def _beyond(hidden: Sequence[Diagnostic]) -> list[str]:
    """The findings that GitHub would not show as annotations: counted, and folded away with their places."""
    if not hidden:
        return []
    limits = f"{SHOWN} errors, {SHOWN} warnings and {SHOWN} notices"
    lines = [_log(f"{each.span}: {each.severity.value}[{each.rule}] {each.message}") for each in hidden]
    title = f"{len(hidden):,} more findings: GitHub shows {limits} of a step as annotations"
    return _folded(title, lines)


def _folded(title: str, lines: Sequence[str]) -> list[str]:
    return [f"::group::{workflow_commands.escaped(title)}", *lines, "::endgroup::"]


REPORTER = Reporter("github", "GitHub workflow commands, one annotation a finding", render)
