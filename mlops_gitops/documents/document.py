"""A parsed file: plain data with the place of every key and value in its text."""

from __future__ import annotations

from codecs import BOM_UTF8
from functools import cached_property
from typing import Any

import yaml

from mlops_gitops.core.diagnostics import BREAK, Diagnostic, Fix, Replacement, Severity, Span, lines_of
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.yaml_reader import MAX_DEPTH, MAX_INTEGER, MAX_NODES, Node, Placer, Route, Stop

__all__ = ("MAX_DEPTH", "MAX_FAULTS", "MAX_INTEGER", "MAX_NODES", "Document", "Node", "Route", "span_between", "within")

MAX_FAULTS = 100  # shown of one file and kind


@frozen
class Document:
    """A parsed file: plain data, and the place of each piece. `data` is None when there are problems.

    `source` is the part of the text that is YAML, which starts `line_offset` lines below the first; None where it could
    not be read. `bom` says that the file starts with a byte order mark, which the text leaves out.
    """

    path: str
    text: str
    data: Any = None
    body: str = ""
    problems: tuple[Diagnostic, ...] = ()
    source: str | None = None
    line_offset: int = 0
    bom: bool = False

    @property
    def raw(self) -> bytes:
        """The bytes of the file; empty for one that is not text."""
        return (BOM_UTF8 if self.bom else b"") + self.text.encode()

    @cached_property
    def root(self) -> Node | None:
        """The place of the whole, and in it of all it holds; None where none is known."""
        try:
            return Placer(self.source).root() if self.source is not None else None
        except (Stop, yaml.YAMLError, ValueError):
            return None  # JSON that YAML cannot read

    def span(self, route: Route = (), *, key: bool = False) -> Span:
        """The place of the value at `route`, or of its key; of the nearest enclosing value when it is not there."""
        node = self.root
        for depth, step in enumerate(route):
            if node is None or node[2] is None or step not in node[2]:
                break
            key_node, value_node = node[2][step]
            node = key_node if key and depth == len(route) - 1 else value_node
        if node is None:
            return Span(self.path)
        span = span_between(self.path, node[0], node[1], self.line_offset)
        return span if span.end_column > 1 or self.text.endswith("\n") else _clamped(span, self._end)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text with their ends, split once for all that is asked of them."""
        return lines_of(self.text)

    @cached_property
    def _end(self) -> tuple[int, int]:
        return _end_of(self.text)

    def problem(
        self, rule: str, message: str, route: Route = (), *, key: bool = False, help: str = "",
        severity: Severity = Severity.ERROR, fix: Fix | None = None,
    ) -> Diagnostic:  # fmt: skip
        """A finding at `route`, by default an error."""
        return Diagnostic(rule, severity, message, self.span(route, key=key), help, fix=fix)

    def rewrite_fix(self, route: Route, written: str, title: str) -> Fix:
        """The fix that writes the value at `route` again."""
        return Fix(title, (Replacement(self.span(route), written),))

    def source_text(self, route: Route) -> str:
        """The value at `route` as the file writes it; empty when it spans several lines or is not there."""
        span = self.span(route)
        if span.line != span.end_line or span.line > len(self.lines):
            return ""
        return self.lines[span.line - 1][span.column - 1 : span.end_column - 1]


def span_between(path: str, start: Any, end: Any, offset: int) -> Span:
    """The span from one yaml.Mark to another, in a text that starts `offset` lines above the YAML."""
    return Span(path, start.line + 1 + offset, start.column + 1, end.line + 1 + offset, end.column + 1)


def within(span: Span, text: str) -> Span:
    """The span without the line that the YAML parser adds to a text that ends without a line break."""
    return _clamped(span, _end_of(text))


def _end_of(text: str) -> tuple[int, int]:
    """The line and the column behind the last character of a text."""
    lines = BREAK.split(text)
    return len(lines), len(lines[-1]) + 1


def _clamped(span: Span, last: tuple[int, int]) -> Span:
    line, column = min((span.line, span.column), last)
    return Span(span.path, line, column, *min((span.end_line, span.end_column), last))
