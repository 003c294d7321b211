"""GitHub: workflow commands that put each diagnostic on its line of a pull request.

The runner takes output apart at \\n, \\r and \\r\\n. A line is a command when it starts with `::`, after any white
space, or holds `##[` anywhere; it compares as its language does, where some characters count as nothing.
"""

from __future__ import annotations

import re
from collections import Counter

from mlops_gitops import display
from mlops_gitops.contracts import Reporter
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.report import Report

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
SHOWN = 10  # annotations of each severity that GitHub shows for one step
# Printing characters that a comparison may count as nothing: joiners and fillers, variation selectors.
_NOTHING = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def render(report: Report, colour: bool) -> str:
    """One workflow command a diagnostic, errors first, then tables and sentences as plain log lines."""
    worst_first = sorted(report.diagnostics, key=lambda found: list(Severity).index(found.severity))
    lines = [_command(found) for found in worst_first]
    for table in report.tables:
        lines += ["", _log(table.title), *(_log(" | ".join(row)) for row in (table.columns, *table.rows))]
    lines += [_log(line) for line in report.lines]
    return "\n".join(lines + _beyond(report.diagnostics))


def _command(found: Diagnostic) -> str:
    span = found.span
    place: dict[str, object] = {"file": span.path, "line": span.line}
    if span.end_line != span.line:  # GitHub knows columns of one line only
        whole = span.end_column == 1 and span.end_line > span.line  # it ends with the line before
        place |= {"endLine": span.end_line - 1 if whole else span.end_line}
    elif span.end_column > span.column:
        place |= {"col": span.column, "endLine": span.line, "endColumn": span.end_column}
    else:
        place |= {"col": span.column, "endLine": span.line}
    place["title"] = found.rule
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    message = f"{found.message}\n{found.help}" if found.help else found.message
    return f"::{_COMMANDS[found.severity]} {properties}::{_data(message)}"


def _data(text: str) -> str:
    shown = display.visible(text, keep="\r\n")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _log(line: str) -> str:
    """A line that cannot be taken for a workflow command, wherever its words come from."""
    flat = display.visible(" ".join(display.lines(line)).replace("\t", " "))
    flat = _NOTHING.sub("", flat).replace("##[", "## [")
    return flat if not flat.strip() or flat.lstrip()[0].isalnum() else f"| {flat}"


def _beyond(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    """The last line: how many findings GitHub will not show as annotations."""
    counts = Counter(found.severity for found in diagnostics)
    beyond = sum(max(0, count - SHOWN) for count in counts.values())
    if not beyond:
        return []
    limits = f"{SHOWN} errors, {SHOWN} warnings and {SHOWN} notices"
    return [f"GitHub shows {limits} of a step as annotations: {beyond:,} more of the findings are only in this log"]


REPORTER = Reporter("github", "GitHub workflow commands, one annotation a finding", render)
