"""Text to Document: YAML, JSON or Markdown front matter, with the place of every key and value.

YAML is read as the 1.2 core schema has it (`no` is a string, there are no tags, dates or merge keys), by one pass over
libyaml's events, so nesting and aliases are bounded before anything is built.
"""

from __future__ import annotations

import json
import math
import re
from codecs import BOM_UTF8
from collections.abc import Callable
from functools import cached_property
from typing import Any, NoReturn

import yaml

from mlops_gitops.core.diagnostics import BREAK, Diagnostic, Fix, Replacement, Severity, Span, lines_of
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import Tree, Unreadable
from mlops_gitops.documents.yaml_reader import (
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_NODES,
    Builder,
    Node,
    Placer,
    Route,
    Stop,
    require_bounded,
)

__all__ = ("MAX_DEPTH", "MAX_FAULTS", "MAX_INTEGER", "MAX_NODES", "Document", "Node", "Route", "load", "parse")

MAX_FAULTS = 100  # of one file and kind: whoever has made more mends those first

_FRONT_MATTER = re.compile(r"---[ \t]*(?:\r\n?|\n)(?P<yaml>.*?)(?:^|(?<=[\r\n]))---[ \t]*(?:\r\n?|\n|\Z)", re.DOTALL)


@frozen
class Document:
    """A parsed file: plain data, and where each piece of it stands. `data` is None when there are problems.

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
        """The bytes of the file; none for one that is not text."""
        return (BOM_UTF8 if self.bom else b"") + self.text.encode()

    @cached_property
    def root(self) -> Node | None:
        """The place of the whole, and in it of all it holds; None where none is known."""
        try:
            return Placer(self.source).root() if self.source is not None else None
        except (Stop, yaml.YAMLError, ValueError):
            return None  # JSON that is no YAML

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
        span = _span(self.path, node[0], node[1], self.line_offset)
        return span if span.end_column > 1 or self.text.endswith("\n") else _inside(span, self.text)

    def problem(
        self, rule: str, message: str, route: Route = (), *, key: bool = False, help: str = "",
        severity: Severity = Severity.ERROR, fix: Fix | None = None,
    ) -> Diagnostic:  # fmt: skip
        """A finding at `route`, an error unless said otherwise."""
        return Diagnostic(rule, severity, message, self.span(route, key=key), help, fix=fix)

    def rewrite_fix(self, route: Route, written: str, title: str) -> Fix:
        """The fix that writes the value at `route` anew."""
        return Fix(title, (Replacement(self.span(route), written),))

    def source_text(self, route: Route) -> str:
        """The value at `route` as the file writes it; empty when it spans several lines or is not there."""
        span = self.span(route)
        lines = lines_of(self.text)
        if span.line != span.end_line or span.line > len(lines):
            return ""
        return lines[span.line - 1][span.column - 1 : span.end_column - 1]

    def splice(self, route: Route, written: str) -> str:
        """The whole text with the value at `route` rewritten: a one-field change is a one-line diff.

        Raises ValueError where that cannot be done without touching anything else: a value that is not there, spans
        several lines, or is shared by an anchor and its aliases.
        """
        span = self.span(route)
        lines = [*lines_of(self.text), ""]
        if self.root is None or span.line != span.end_line:
            raise ValueError(f"the value at {route} spans several lines")
        line = lines[span.line - 1]
        lines[span.line - 1] = line[: span.column - 1] + written + line[span.end_column - 1 :]
        edited = "".join(lines)
        again = parse(self.path, edited.encode())
        alone = not again.problems and _without(self.data, route) == _without(again.data, route)
        if not alone or again.source_text(route) != written:
            raise ValueError(f"the value at {route} cannot be rewritten alone")
        return edited


def _without(data: Any, route: Route) -> Any:
    """The data with the value at `route` blanked out. Raises ValueError where there is none."""
    if not route:
        return None
    step, *rest = route
    exists = step in data if isinstance(data, dict) else isinstance(data, list) and step in range(len(data))
    if not exists:
        raise ValueError(f"there is no value at {route}")
    copy: Any = data.copy()
    copy[step] = _without(data[step], tuple(rest))
    return copy


def _span(path: str, start: Any, end: Any, offset: int) -> Span:
    return Span(path, start.line + 1 + offset, start.column + 1, end.line + 1 + offset, end.column + 1)


def _inside(span: Span, text: str) -> Span:
    """The span without the line the YAML parser thinks of at the end of a text that ends in none."""
    lines = BREAK.split(text)
    last = len(lines), len(lines[-1]) + 1
    line, column = min((span.line, span.column), last)
    return Span(span.path, line, column, *min((span.end_line, span.end_column), last))


def load(tree: Tree, path: str) -> Document | None:
    """Reads and parses the file at `path` by its ending; None where there is none. Never raises: see `problems`."""
    try:
        raw = tree.read(path)
    except Unreadable as error:
        return _broken(path, "", "unreadable", f"{path} {error}")
    return None if raw is None else parse(path, raw)


def parse(path: str, raw: bytes) -> Document:
    """Parses bytes as what the ending of `path` says: .md front matter, .json, else YAML."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _broken(path, "", "unreadable", f"is not UTF-8: byte 0x{raw[error.start]:02x}", line=line)
    readers: dict[str, Callable[[str, str], Document]] = {"md": _markdown, "json": _json}
    document = readers.get(path.rsplit(".", 1)[-1], _yaml)(path, text.removeprefix("\ufeff"))
    return replace(document, bom=True) if text.startswith("\ufeff") else document


def _broken(path: str, text: str, rule: str, message: str, *, line: int = 1, column: int = 1) -> Document:
    span = Span(path, line, column, line, column + 1)
    span = _inside(span, text) if text and not text.endswith("\n") else span
    return Document(path, text, problems=(Diagnostic(rule, Severity.ERROR, message, span),))


def _markdown(path: str, text: str) -> Document:
    match = _FRONT_MATTER.match(text)
    if not match:
        opened = text.startswith("---")
        message = "front matter is opened with --- and never closed" if opened else "no front matter between --- lines"
        return _broken(path, text, "syntax", message)
    return _build(path, text, match["yaml"], body=text[match.end() :], offset=1)


def _yaml(path: str, text: str) -> Document:
    return _build(path, text, text)


def _json(path: str, text: str) -> Document:
    try:
        data = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
        _require_sound(data)
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        line, column = _place(text[: error.pos])
        return _broken(path, text, "syntax", f"not JSON: {error.msg}", line=line, column=column)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return _broken(path, text, "syntax", f"not JSON we accept: {reason}")
    # JSON is nearly always YAML too: its data comes from json, its places from there, as far as YAML goes along.
    return Document(path, text, data, source=text)


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, item in items:
        if key in value:
            raise ValueError(f"the key {key!r} stands twice")
        value[key] = item
    return value


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _require_sound(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it holds a number that is not finite")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ValueError(f"whole numbers beyond {MAX_INTEGER} are not exact")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_sound(item, depth + 1)


def _build(path: str, text: str, source: str, *, body: str = "", offset: int = 0) -> Document:
    try:
        builder = Builder(source)
        data = builder.document()
        if builder.anchors:
            require_bounded(data)
    except Stop as stop:
        line, column = stop.mark.line + 1 + offset, stop.mark.column + 1
        return _broken(path, text, "syntax", stop.message, line=line, column=column)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1 + offset, mark.column + 1) if mark else (1, 1)
        reason = " ".join(filter(None, (error.context, error.problem)))
        return _broken(path, text, "syntax", f"not YAML: {reason}", line=line, column=column)
    except yaml.reader.ReaderError as error:
        line, column = _place(source.encode()[: error.position].decode(errors="replace"))
        return _broken(path, text, "syntax", f"not YAML: {error.reason}", line=line + offset, column=column)
    except (yaml.YAMLError, ValueError) as error:
        return _broken(path, text, "syntax", f"not YAML: {str(error).splitlines()[0]}")
    repeats = _repeats(path, source, offset) if builder.repeated else ()
    return Document(path, text, None if repeats else data, body, repeats, source, offset)


def _repeats(path: str, source: str, offset: int) -> tuple[Diagnostic, ...]:
    placer = Placer(source)
    placer.root()
    return tuple(
        Diagnostic("duplicate-key", Severity.ERROR, f"the key {key!r} stands twice in one mapping",
                   _span(path, event.start_mark, event.end_mark, offset), "keep one of them",
                   (_span(path, first[0], first[1], offset),))
        for key, event, first in placer.repeats[:MAX_FAULTS]
    )  # fmt: skip


def _place(before: str) -> tuple[int, int]:
    """Line and column of what follows this much of a text, its lines as YAML has them."""
    lines = BREAK.split(before)
    return len(lines), len(lines[-1]) + 1
