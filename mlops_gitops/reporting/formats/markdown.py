"""Markdown: for a job summary or a comment on a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mlops_gitops.core import markdown
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.table import Table
from mlops_gitops.core.text import clipped
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import Reporter, Screen

# A comment on GitHub holds 65,536 characters, a job summary 1 MiB. Below both: a caller may add a line of its own.
LIMIT = 64_000
_TABLES, _LINES = LIMIT // 4, LIMIT // 8  # the most that tables and sentences take; findings have the rest
_VERDICTS = {0: "passed", 1: "failed", 2: "usage or configuration", 3: "could not decide"}


def render(report: Report, screen: Screen) -> str:
    """The verdict, findings with errors first, tables, the flow chart, sentences; at most LIMIT characters."""
    headline = f"### {' '.join(filter(None, ('mlops-gitops', report.command)))}: {_verdict(report)}"
    sentences = _sentences(report.lines)
    tables = _tables(report.tables)
    flow = report.flow if len("\n".join(report.flow)) <= _LINES else ()
    room = LIMIT - len("\n".join([headline, *tables, *flow, *sentences])) - 12
    blocks = [[headline], _findings(report.diagnostics, room), tables, flow, sentences]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _verdict(report: Report) -> str:
    counts = Counter(found.severity for found in report.diagnostics)
    found = [f"{counts[kind]:,} {kind.value}{'' if counts[kind] == 1 else 's'}" for kind in Severity if counts[kind]]
    has_verdict = report.exit_code or "diagnostics" in report.data
    verdict = _VERDICTS.get(report.exit_code, f"exit code {report.exit_code}") if has_verdict else "done"
    return f"{verdict}, {', '.join(found)}" if found else verdict


def _findings(diagnostics: Sequence[Diagnostic], room: int) -> list[str]:
    if not diagnostics:
        return []
    worst_first = sorted(diagnostics, key=lambda found: (list(Severity).index(found.severity), found.undecided))
    return _fit(("severity", "rule", "place", "finding"), [_finding(found) for found in worst_first], room, "findings")


def _finding(found: Diagnostic) -> str:
    severity = f"{found.severity.value}, could not tell" if found.undecided else found.severity.value
    message = markdown.text(clipped(found.message, 1000))
    if found.help:
        message += f"<br>{markdown.text(clipped(found.help, 500))}"
    place = f"{clipped(found.span.path, 300)}:{found.span.line}:{found.span.column}"
    return markdown.row((severity, markdown.code(found.rule), markdown.code(place), message))


def _tables(tables: Sequence[Table]) -> list[str]:
    drawn: list[str] = []
    for number, table in enumerate(tables):
        room = _TABLES - sum(len(line) + 1 for line in drawn)
        if room < _TABLES // 8:
            return [*drawn, "", f"… and {len(tables) - number:,} more tables."]
        rows = [markdown.row([markdown.text(clipped(cell, 300)) for cell in row]) for row in table.rows]
        title = [f"#### {markdown.text(clipped(table.title, 200))}", ""] if table.title else []
        drawn += [*([""] if drawn else []), *title, *_fit(table.columns, rows, room, "rows")]
    return drawn


def _fit(columns: Sequence[str], rows: Sequence[str], room: int, noun: str) -> list[str]:
    """A table of the first rows that fit into `room` characters, and a line for those that do not."""
    drawn = markdown.head(columns)
    room -= sum(len(line) + 1 for line in drawn) + len(f"\n\n… and {len(rows):,} more {noun}.")
    for number, row in enumerate(rows):
        room -= len(row) + 1
        if room < 0:
            return [*drawn, "", f"… and {len(rows) - number:,} more {noun}."]
        drawn.append(row)
    return drawn


def _sentences(lines: Sequence[str]) -> list[str]:
    """Sentences line by line: a backslash at the end is Markdown's line break, an empty line ends a paragraph."""
    sentences: list[str] = []
    room = _LINES
    for number, line in enumerate(lines):
        words = markdown.text(clipped(line, 1000))
        room -= len(words) + 2
        if room < 0:
            return [*sentences, "", f"… and {len(lines) - number:,} more lines."]
        if sentences and sentences[-1] and words:
            sentences[-1] += "\\"
        sentences.append(words)
    return sentences


REPORTER = Reporter("markdown", "Markdown for a job summary or a comment on a pull request", render)
