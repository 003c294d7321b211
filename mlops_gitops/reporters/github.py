"""GitHub: workflow commands that put each diagnostic on its line of a pull request."""

from __future__ import annotations

from mlops_gitops.contracts import Reporter
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.report import Report

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report, colour: bool) -> str:
    """One workflow command a diagnostic, then tables and sentences as plain log lines."""
    lines = [_command(found) for found in report.diagnostics]
    for table in report.tables:
        lines += ["", _log(table.title), *(_log(" | ".join(row)) for row in (table.columns, *table.rows))]
    return "\n".join(lines + [_log(line) for line in report.lines])


def _command(found: Diagnostic) -> str:
    span = found.span
    place = {"file": span.path, "line": span.line, "col": span.column, "endLine": span.end_line, "title": found.rule}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    message = f"{found.message}\n{found.help}" if found.help else found.message
    return f"::{_COMMANDS[found.severity]} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _log(line: str) -> str:
    """A line that cannot be taken for a workflow command, wherever its words come from."""
    flat = " ".join(line.splitlines())
    flat = flat.replace("##[", "##\u200b[")  # the older form of a command is read anywhere in a line
    return flat.replace("::", ":\u200b:") if flat.lstrip().startswith("::") else flat


REPORTER = Reporter("github", "GitHub workflow commands, one annotation a finding", render)
