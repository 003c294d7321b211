"""A parsed file: plain data with the place of every key and value in its text."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import yaml

from mlops_gitops.core.diagnostics import BREAK, Diagnostic, Fix, Replacement, Severity, Span, lines_of
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.yaml_reader import MAX_DEPTH, MAX_INTEGER, MAX_NODES, Node, Placer, Route, Stop

__all__ = (
    "MAX_DEPTH", "MAX_FAULTS", "MAX_INTEGER", "MAX_NODES", "Document", "Node", "PlainText", "Route", "span_between",
    "within",
)  # fmt: skip

MAX_FAULTS = 100  # shown of one file and kind


@frozen
class PlainText:
    """A key or a value without quotes, in one line: as the file writes it, as it is read, and where."""

    text: str
    value: Any
    span: Span
    route: Route
    is_key: bool


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
    def _places(self) -> tuple[Node | None, set[int]]:
        """The place of the whole, and the ids of the places in it that an alias names too."""
        if self.source is None:
            return None, set()
        try:
            placer = Placer(self.source)
            return placer.root(), placer.shared
        except (Stop, yaml.YAMLError, ValueError):
            return None, set()  # JSON that YAML cannot read

    @property
    def root(self) -> Node | None:
        """The place of the whole, and in it of all it holds; None where none is known."""
        return self._places[0]

    def _way(self, route: Route) -> list[tuple[Node, Node]]:
        """The place of the key and of the value after each step of a route, as far as it leads."""
        node, found = self.root, list[tuple[Node, Node]]()
        for step in route:
            if node is None or node[2] is None or step not in node[2]:
                break
            found.append(node[2][step])
            node = found[-1][1]
        return found

    def span(self, route: Route = (), *, key: bool = False) -> Span:
        """The place of the value at `route`, or of its key; of the nearest enclosing value when it is not there."""
        way = self._way(route)
        node = way[-1][0 if key and len(way) == len(route) else 1] if way else self.root
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

    def heading(self, route: Route = (), *, key: bool = False) -> Span:
        """The place that a finding points at: of a mapping or a list of several lines, its first line."""
        span, way = self.span(route, key=key), self._way(route)
        node = way[-1][1] if way else self.root
        if span.line == span.end_line or node is None or node[2] is None:
            return span
        line = self.lines[span.line - 1].rstrip("\r\n")
        return Span(span.path, span.line, span.column, span.line, len(line.rstrip()) + 1)

    def plain_texts(self) -> Iterator[PlainText]:
        """Every key and value of a YAML file that has no quotes and is in one line, but what an alias names again."""
        pending: list[tuple[Route, Node, Any]] = [((), self.root, self.data)] if self.root is not None else []
        seen = set[int]()
        while pending:
            route, node, value = pending.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if node[2] is None:
                yield from self._plain(node, value, route)
            for step, (key_place, value_place) in reversed((node[2] or {}).items()):
                if isinstance(step, str):
                    yield from self._plain(key_place, step, (*route, step), is_key=True)
                pending.append(((*route, step), value_place, value[step]))

    def _plain(self, node: Node, value: Any, route: Route, *, is_key: bool = False) -> Iterator[PlainText]:
        text = (self.source or "")[node[0].index : node[1].index]
        if text[:1] not in ("", "'", '"', "|", ">", "*", "&") and not BREAK.search(text):
            yield PlainText(text, value, span_between(self.path, node[0], node[1], self.line_offset), route, is_key)

    def is_shared(self, route: Route) -> bool:
        """Whether the value at `route`, or what it is in, has an alias elsewhere, so that an edit changes both."""
        return any(id(value) in self._places[1] for _, value in self._way(route))

    def problem(
        self, rule: str, message: str, route: Route = (), *, key: bool = False, help: str = "",
        severity: Severity = Severity.ERROR, fix: Fix | None = None,
    ) -> Diagnostic:  # fmt: skip
        """A finding at `route`, by default an error."""
        return Diagnostic(rule, severity, message, self.heading(route, key=key), help, fix=fix)

    def rewrite_fix(self, route: Route, written: str, title: str) -> Fix | None:
        """The fix that writes the value at `route` again; None where that would change another value as well."""
        return None if self.is_shared(route) else Fix(title, (Replacement(self.span(route), written),))

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
