"""Text: for a person at a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from mlops_gitops.contracts import Reporter
from mlops_gitops.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.report import Report, Table

_Paint: TypeAlias = Callable[[str, str], str]

_CODES = {"red": 31, "green": 32, "yellow": 33, "cyan": 36, "bold": 1, "dim": 2}
_WIDTH = 200  # characters of a line that are shown
_SEVERITY = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_WORDS = [(re.compile(r"^(FAILED|failed|refused|error)\b"), "red"), (re.compile(r"^passed\b"), "green")]


def render(report: Report, colour: bool) -> str:
    """Diagnostics with the line they are about, tables, then the sentences."""
    paint = _paint if colour else _plain
    blocks = [_diagnostic(found, report.sources.get(found.span.path), paint) for found in report.diagnostics]
    blocks += [_table(table, paint) for table in report.tables]
    if report.lines:
        blocks.append("\n".join(_coloured(printable(line), paint) for line in report.lines))
    return "\n\n".join(blocks)


def printable(text: str) -> str:
    """Text without control characters: what a card says must not steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)


def _plain(text: str, _: str) -> str:
    return text


def _paint(text: str, colour: str) -> str:
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def _coloured(line: str, paint: _Paint) -> str:
    for pattern, colour in _WORDS:
        if pattern.match(line):
            return paint(line, colour)
    return line


def _diagnostic(found: Diagnostic, source: str | None, paint: _Paint) -> str:
    label = paint(f"{found.severity.value}[{found.rule}]", _SEVERITY[found.severity])
    lines = [f"{paint(_place(found.span), 'bold')}: {label} {printable(found.message)}"]
    lines += _quote(found, source, paint) if source else []
    lines += [f"  also here: {_place(span)}" for span in found.related]
    if found.help:
        lines.append(f"  help: {printable(found.help)}")
    return "\n".join(lines)


def _place(span: Span) -> str:
    return printable(str(span)).replace("\n", "\\x0a")  # a file's name is one line, whatever it holds


@lru_cache(maxsize=4)
def _lines(source: str) -> list[str]:
    return source.splitlines()  # once for all the findings of a file


def _quote(found: Diagnostic, source: str, paint: _Paint) -> list[str]:
    lines = _lines(source)
    if found.span.line > len(lines):
        return []
    line = lines[found.span.line - 1][:_WIDTH]
    if found.span.column > _WIDTH:
        return []
    last = found.span.end_column if found.span.end_line == found.span.line else len(line) + 1
    width = max(1, min(last, len(line) + 1) - found.span.column)
    number = str(found.span.line)
    caret = " " * (found.span.column - 1) + "^" * width
    return [
        f"  {number} | {printable(line.expandtabs(1))}",
        f"  {' ' * len(number)} | {paint(caret, _SEVERITY[found.severity])}",
    ]


def _table(table: Table, paint: _Paint) -> str:
    rows = [tuple(printable(cell) for cell in row) for row in (table.columns, *table.rows)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(table.columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    head = [printable(table.title), ""] if table.title else []
    rule = "  ".join("─" * width for width in widths)
    body = [_marks(line, paint) for line in lines[1:]]
    return "\n".join([*head, paint(lines[0], "bold"), paint(rule, "dim"), *body])


def _marks(line: str, paint: _Paint) -> str:
    return re.sub(r"(?<!\S)(FAILED|not available)\S*$", lambda match: paint(match[0], "red"), line)


REPORTER = Reporter("text", "text for a person at a terminal", render)
