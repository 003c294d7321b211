"""Text to Document: YAML, JSON or Markdown front matter, with the place of every key and value.

YAML is read as the 1.2 core schema has it (`no` is a string, there are no tags, dates or merge keys), by one pass over
libyaml's events, so nesting and aliases are bounded before anything is built.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from sys import intern
from typing import Any, NoReturn, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from mlops_gitops.diagnostics import Diagnostic, Fix, Replacement, Severity, Span, lines_of
from mlops_gitops.tree import Tree, Unreadable

MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_CHARACTERS = 16 * 1024 * 1024  # of texts and keys, aliases written out
MAX_FAULTS = 100  # of one file and kind: whoever has made more mends those first
MAX_INTEGER = 2**53 - 1  # beyond it JSON readers disagree (RFC 8785 section 3.2.2.3)

Route: TypeAlias = tuple[str | int, ...]
# The place of one value: where it starts and ends (yaml.Mark: line and column count from 0), and what it holds by
# key: (place of the key, place of the value). A plain tuple: one is made for every value read.
Node: TypeAlias = "tuple[Any, Any, dict[str | int, tuple[Node, Node]] | None]"

_parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BETWEEN = {StreamStartEvent, DocumentStartEvent, DocumentEndEvent}
_NUMBERS_START = frozenset("-+.0123456789")
_INT = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {"": None, "~": None, "true": True, "false": False, "null": None}
_WORDS |= {form(word): value for word, value in list(_WORDS.items()) for form in (str.title, str.upper)}
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_FRONT_MATTER = re.compile(r"---[ \t]*(?:\r\n?|\n)(?P<yaml>.*?)(?:^|(?<=[\r\n]))---[ \t]*(?:\r\n?|\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: plain data, and where each piece of it stands. `data` is None when there are problems."""

    path: str
    text: str
    data: Any = None
    body: str = ""
    problems: tuple[Diagnostic, ...] = ()
    root: Node | None = field(default=None, repr=False)
    line_offset: int = 0
    raw: bytes = field(default=b"", repr=False)

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

    def rewriting(self, route: Route, written: str, title: str) -> Fix:
        """The fix that writes the value at `route` anew."""
        return Fix(title, (Replacement(self.span(route), written),))

    def written(self, route: Route) -> str:
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
        if not alone or again.written(route) != written:
            raise ValueError(f"the value at {route} cannot be rewritten alone")
        return edited


def _without(data: Any, route: Route) -> Any:
    """The data with the value at `route` blanked out. Raises ValueError where there is none."""
    if not route:
        return None
    step, *rest = route
    there = step in data if isinstance(data, dict) else isinstance(data, list) and step in range(len(data))
    if not there:
        raise ValueError(f"there is no value at {route}")
    copy: Any = data.copy()
    copy[step] = _without(data[step], tuple(rest))
    return copy


class _Stop(Exception):
    def __init__(self, message: str, mark: Any) -> None:
        super().__init__(message)
        self.message = message
        self.mark = mark


def _span(path: str, start: Any, end: Any, offset: int) -> Span:
    return Span(path, start.line + 1 + offset, start.column + 1, end.line + 1 + offset, end.column + 1)


def _inside(span: Span, text: str) -> Span:
    """The span without the line the YAML parser thinks of at the end of a text that ends in none."""
    lines = _BREAK.split(text)
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
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _broken(path, "", "unreadable", f"is not UTF-8: byte 0x{raw[error.start]:02x}", line=line)
    readers: dict[str, Callable[[str, str], Document]] = {"md": _markdown, "json": _json}
    return replace(readers.get(path.rsplit(".", 1)[-1], _yaml)(path, text), raw=raw)


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
    # JSON is nearly always YAML too: its data comes from json, its places from here, as far as YAML goes along.
    return Document(path, text, data, root=_build(path, text, text).root)


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, its in items:
        if key in value:
            raise ValueError(f"the key {key!r} stands twice")
        value[key] = its
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
        builder = _Builder(source)
        data, root = builder.document()
        if builder.anchors:
            _require_bounded(data)
    except _Stop as stop:
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
    repeats = tuple(
        Diagnostic("duplicate-key", Severity.ERROR, f"the key {key!r} stands twice in one mapping",
                   _span(path, event.start_mark, event.end_mark, offset), "keep one of them",
                   (_span(path, first[0], first[1], offset),))
        for key, event, first in builder.repeats[:MAX_FAULTS]
    )  # fmt: skip
    return Document(path, text, None if repeats else data, body, repeats, root, offset)


def _place(before: str) -> tuple[int, int]:
    """Line and column of what follows this much of a text, its lines as YAML has them."""
    lines = _BREAK.split(before)
    return len(lines), len(lines[-1]) + 1


def _require_bounded(data: Any) -> None:
    """Raises ValueError when aliases, written out, are deeper or longer than any file we would read."""
    characters = 0
    pending = [(data, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"its aliases, written out, are nested more than {MAX_DEPTH} levels deep")
        if isinstance(value, dict):
            pending += [(item, depth + 1) for pair in value.items() for item in pair]
        elif isinstance(value, list):
            pending += [(item, depth + 1) for item in value]
        elif isinstance(value, str):
            characters += len(value)
            if characters > MAX_CHARACTERS:
                raise ValueError(f"its aliases, written out, hold more than {MAX_CHARACTERS:,} characters")


class _Builder:
    """Builds data and places from YAML events, in one pass; depth is bounded before each step down."""

    def __init__(self, source: str) -> None:
        self.event = _parser(source).get_event
        self.repeats: list[tuple[str, Any, Node]] = []
        self.anchors: dict[str, tuple[Any, Node, int]] = {}
        self.nodes = 0

    def document(self) -> tuple[Any, Node]:
        """The one document there is: its data and its places. Raises _Stop, yaml.YAMLError, ValueError."""
        result: tuple[Any, Node] | None = None
        while type(event := self.event()) is not StreamEndEvent:
            kind = type(event)
            if kind is DocumentStartEvent and result is not None:
                raise _Stop("a second YAML document starts here: one document a file", event.start_mark)
            if kind not in _BETWEEN:
                result = self._value(event, 0)
        if result is None:
            raise ValueError("the file is empty")
        return result

    def _value(self, event: Any, depth: int) -> tuple[Any, Node]:
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event, key=False)
        if kind is AliasEvent:
            return self._alias(event)
        self._open(event, depth)
        before = self.nodes
        value, node = (self._mapping if kind is MappingStartEvent else self._sequence)(event, depth + 1)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, node, self.nodes - before + 1)
        return value, node

    def _mapping(self, start: Any, depth: int) -> tuple[Any, Node]:
        value: dict[str, Any] = {}
        items: dict[str | int, tuple[Node, Node]] = {}
        following, scalar = self.event, self._scalar
        # Nearly everything is a scalar: asking here saves a call for each.
        while type(event := following()) is not MappingEndEvent:
            key, place = scalar(event, key=True) if type(event) is ScalarEvent else self._key(event, depth)
            if key in items:
                self.repeats.append((key, event, items[key][0]))
            event = following()
            its, node = scalar(event, key=False) if type(event) is ScalarEvent else self._value(event, depth)
            value[key] = its
            items[key] = (place, node)
        return value, (start.start_mark, event.end_mark, items)

    def _sequence(self, start: Any, depth: int) -> tuple[Any, Node]:
        value: list[Any] = []
        items: dict[str | int, tuple[Node, Node]] = {}
        following = self.event
        while type(event := following()) is not SequenceEndEvent:
            item, node = self._value(event, depth)
            items[len(value)] = (node, node)
            value.append(item)
        return value, (start.start_mark, event.end_mark, items)

    def _key(self, event: Any, depth: int) -> tuple[str, Node]:
        if type(event) is AliasEvent:
            value, node = self._alias(event)
            if isinstance(value, str):
                return value, node
        else:
            self._open(event, depth)
        raise _Stop("a key must be plain text", event.start_mark)

    def _scalar(self, event: Any, *, key: bool) -> tuple[Any, Node]:
        self.nodes += 1
        if self.nodes > MAX_NODES or event.tag is not None:
            self._refuse(event)
        value = intern(event.value) if key else _once(event.value) if event.style else _resolve(event)
        node = (event.start_mark, event.end_mark, None)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, node, 1)
        return value, node

    def _alias(self, event: Any) -> tuple[Any, Node]:
        if event.anchor not in self.anchors:
            raise _Stop(f"the alias *{event.anchor} names nothing complete above it", event.start_mark)
        value, node, size = self.anchors[event.anchor]
        self.nodes += size
        self._refuse(event)
        return value, node

    def _open(self, event: Any, depth: int) -> None:
        self.nodes += 1
        self._refuse(event)
        if depth >= MAX_DEPTH:
            raise _Stop(f"nested more than {MAX_DEPTH} levels deep", event.start_mark)

    def _refuse(self, event: Any) -> None:
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            raise _Stop(f"the tag {tag} is not accepted: write the value without it", event.start_mark)
        if self.nodes > MAX_NODES:
            raise _Stop(f"more than {MAX_NODES:,} values, aliases written out", event.start_mark)


_lately: dict[str, str] = {}


def _once(text: str) -> str:
    """The same string for the same text read lately: neighbouring files repeat each other's digests."""
    if len(text) > 64:
        return text
    if len(_lately) >= 4096:
        _lately.clear()
    return _lately.setdefault(text, text)


def _resolve(event: Any) -> Any:
    text: str = event.value
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBERS_START:
        return intern(text)  # formats, remotes, stages, paths: the same few words in thousands of files
    if _INT.match(text):
        if len(text) > 20:
            raise _Stop("a number this long is not exact: quote it", event.start_mark)
        number = int(text, 0 if text[:2] in ("0o", "0x") else 10)
        if abs(number) > MAX_INTEGER:
            raise _Stop(f"whole numbers beyond {MAX_INTEGER} are not exact: quote it", event.start_mark)
        return number
    if _NOT_FINITE.match(text):
        raise _Stop(f"{text} is not a finite number", event.start_mark)
    if not _FLOAT.match(text):
        return text
    if not math.isfinite(real := float(text)):
        raise _Stop(f"{text} is not a finite number", event.start_mark)
    return real
