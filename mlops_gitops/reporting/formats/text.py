"""Text: for a person at a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.table import Table
from mlops_gitops.core.text import cells, lines, visible
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import Reporter, Screen
from mlops_gitops.reporting.table_layout import draw_table

_Paint: TypeAlias = Callable[[str, str], str]

_CODES = {"red": 31, "green": 32, "yellow": 33, "cyan": 36, "bold": 1, "dim": 2}
_SEVERITY = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_WORDS = [(re.compile(r"^(FAILED|failed|refused|error)\b"), "red"), (re.compile(r"^passed\b"), "green")]
_MARKS = re.compile(r"^(FAILED|not available)\S*")  # of a cell
_PLACES = 10  # of one finding that are listed; JSON and SARIF have all
_WINDOW = 200  # characters of a line that are quoted


def render(report: Report, screen: Screen) -> str:
    """Diagnostics with the line they are about, tables, then the sentences."""
    return "\n\n".join(_parts(report, screen))


def _parts(report: Report, screen: Screen) -> Iterator[str]:
    paint = _paint if screen.colour else _plain
    sources = {path: lines(text) for path, text in report.sources.items() if text}
    for diagnostic in report.diagnostics:
        yield _diagnostic(diagnostic, sources.get(diagnostic.span.path, []), paint)
    for table in report.tables:
        yield _table(table, screen.width, paint)
    if report.lines:
        yield "\n".join(_coloured(visible(line, keep="\n"), paint) for line in report.lines)


def _plain(text: str, _: str) -> str:
    return text


def _paint(text: str, colour: str) -> str:
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def _coloured(line: str, paint: _Paint) -> str:
    for pattern, colour in _WORDS:
        if pattern.match(line):
            return paint(line, colour)
    return line


def _diagnostic(diagnostic: Diagnostic, source: list[str], paint: _Paint) -> str:
    label = paint(f"{diagnostic.severity.value}[{visible(diagnostic.rule)}]", _SEVERITY[diagnostic.severity])
    output = [f"{paint(visible(str(diagnostic.span)), 'bold')}: {label} {visible(diagnostic.message)}"]
    if diagnostic.span.line <= len(source):
        output += _quote(diagnostic, source[diagnostic.span.line - 1], paint)
    output += [f"  also here: {visible(place)}" for place in _related(diagnostic)]
    if diagnostic.help:
        output.append(f"  help: {visible(diagnostic.help)}")
    return "\n".join(output)


def _related(diagnostic: Diagnostic) -> list[str]:
    """The other places, those of the same file on one line; of many, the first."""
    here = [span for span in diagnostic.related if span.path == diagnostic.span.path]
    same = ", ".join(f"{span.line}:{span.column}" for span in here[:_PLACES])
    same += f" and {len(here) - _PLACES:,} more places" if len(here) > _PLACES else ""
    elsewhere = [str(span) for span in diagnostic.related if span.path != diagnostic.span.path]
    return [*([f"{diagnostic.span.path}:{same}"] if here else []), *elsewhere]


def _quote(diagnostic: Diagnostic, line: str, paint: _Paint) -> list[str]:
    """The line and the carets under its part; both are made of the same pieces, so they cannot part."""
    span = diagnostic.span
    first = min(span.column - 1, len(line))
    last = span.end_column - 1 if span.end_line == span.line else len(line)
    last = max(first, min(last, len(line)))
    start, end = _window(len(line), first, last)
    before = ("…" if start else "") + _shown(line[start:first])
    marked = _shown(line[first : min(last, end)])
    after = _shown(line[min(last, end) : end]) + ("…" if end < len(line) else "")
    caret = " " * cells(before) + "^" * max(1, cells(marked))
    number = str(span.line)
    return [
        f"  {number} | {before}{marked}{after}",
        f"  {' ' * len(number)} | {paint(caret, _SEVERITY[diagnostic.severity])}",
    ]


def _window(length: int, first: int, last: int) -> tuple[int, int]:
    """What to quote of a line: all of it, or a stretch with the marked part in its middle, or with its beginning."""
    if length <= _WINDOW:
        return 0, length
    around = max(20, (_WINDOW - (last - first)) // 2)
    start = max(0, min(first - around, length - _WINDOW))
    return start, start + _WINDOW


def _shown(part: str) -> str:
    return visible(part.replace("\t", " "))


def _table(table: Table, width: int, paint: _Paint) -> str:
    drawn = draw_table(table, width, lambda cell: _MARKS.sub(lambda match: paint(match[0], "red"), cell))
    title = [visible(table.title), ""] if table.title else []
    return "\n".join([*title, *(paint(line, "bold") for line in drawn.head), paint(drawn.rule, "dim"), *drawn.rows])


REPORTER = Reporter("text", "text for a person at a terminal", render, _parts)
