"""Text to Document: YAML, JSON or Markdown front matter, with the place of every key and value.

YAML is read as the 1.2 core schema has it (`no` is a string, there are no tags, dates or merge keys), by one pass over
libyaml's events, so nesting and aliases are bounded before anything is built.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, TypeAlias

import yaml

from mlops_gitops.diagnostics import Diagnostic, Fix, Replacement, Severity, Span, lines_of
from mlops_gitops.tree import Tree, Unreadable

MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_CHARACTERS = 16 * 1024 * 1024  # of texts and keys, aliases written out
MAX_FAULTS = 100  # of one file and kind: whoever has made more mends those first
MAX_INTEGER = 2**53 - 1  # beyond it JSON readers disagree (RFC 8785 section 3.2.2.3)

Route: TypeAlias = tuple[str | int, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {"": None, "~": None, "true": True, "false": False, "null": None}
_WORDS |= {form(word): value for word, value in list(_WORDS.items()) for form in (str.title, str.upper)}
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_FRONT_MATTER = re.compile(r"---[ \t]*(?:\r\n?|\n)(?P<yaml>.*?)(?:^|(?<=[\r\n]))---[ \t]*(?:\r\n?|\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Node:
    """The place of one value, and of what it holds."""

    start: Any  # yaml.Mark: line and column count from 0
    end: Any
    items: dict[str | int, tuple[Node, Node]] | None = None  # key → (place of the key, place of the value)


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
            if node is None or node.items is None or step not in node.items:
                break
            key_node, value_node = node.items[step]
            node = key_node if key and depth == len(route) - 1 else value_node
        if node is None:
            return Span(self.path)
        span = _span(self.path, node.start, node.end, self.line_offset)
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
        if again.problems or _without(self.data, route) != _without(again.data, route):
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
    builder = _Builder()
    try:
        data, root = builder.document(yaml.parse(source, Loader=_LOADER))
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
                   (_span(path, first.start, first.end, offset),))
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
    """Builds data and places from YAML events, in one pass and without recursion."""

    def __init__(self) -> None:
        self.repeats: list[tuple[str, Any, Node]] = []
        self.anchors: dict[str, tuple[Any, Node, int]] = {}
        self.nodes = 0

    def document(self, events: Iterator[Any]) -> tuple[Any, Node]:
        """The one document in `events`: its data and its places. Raises _Stop, yaml.YAMLError."""
        result: tuple[Any, Node] | None = None
        stack: list[_Frame] = []
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and result is not None:
                raise _Stop("a second YAML document starts here: one document a file", event.start_mark)
            if isinstance(event, yaml.CollectionStartEvent):
                self._open(event, stack)
                continue
            if isinstance(event, yaml.CollectionEndEvent):
                value, node = self._close(event, stack)
            elif isinstance(event, yaml.ScalarEvent):
                value, node = self._scalar(event, stack)
            elif isinstance(event, yaml.AliasEvent):
                value, node = self._alias(event)
            else:
                continue
            if stack:
                self._put(event, stack[-1], value, node)
            else:
                result = (value, node)
        if result is None:
            raise ValueError("the file is empty")
        return result

    def _count(self, event: Any, more: int = 1) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            raise _Stop(f"more than {MAX_NODES:,} values, aliases written out", event.start_mark)

    def _open(self, event: Any, stack: list[_Frame]) -> None:
        self._no_tag(event)
        self._count(event)
        if len(stack) >= MAX_DEPTH:
            raise _Stop(f"nested more than {MAX_DEPTH} levels deep", event.start_mark)
        if stack and stack[-1].expects_key():
            raise _Stop("a key must be plain text", event.start_mark)
        mapping = isinstance(event, yaml.MappingStartEvent)
        stack.append(_Frame({} if mapping else [], event, self.nodes))

    def _close(self, event: Any, stack: list[_Frame]) -> tuple[Any, Node]:
        frame = stack.pop()
        node = Node(frame.start.start_mark, event.end_mark, frame.items)
        if frame.start.anchor:
            self.anchors[frame.start.anchor] = (frame.value, node, self.nodes - frame.nodes + 1)
        return frame.value, node

    def _scalar(self, event: Any, stack: list[_Frame]) -> tuple[Any, Node]:
        self._no_tag(event)
        self._count(event)
        node = Node(event.start_mark, event.end_mark)
        is_key = bool(stack) and stack[-1].expects_key()
        value = event.value if event.style or is_key else _resolve(event)
        if event.anchor:
            self.anchors[event.anchor] = (value, node, 1)
        return value, node

    def _alias(self, event: Any) -> tuple[Any, Node]:
        if event.anchor not in self.anchors:
            raise _Stop(f"the alias *{event.anchor} names nothing complete above it", event.start_mark)
        value, node, size = self.anchors[event.anchor]
        self._count(event, size)
        return value, node

    def _put(self, event: Any, frame: _Frame, value: Any, node: Node) -> None:
        if isinstance(frame.value, list):
            frame.items[len(frame.value)] = (node, node)
            frame.value.append(value)
        elif frame.key is None:
            if not isinstance(value, str):
                raise _Stop("a key must be plain text", event.start_mark)
            if value in frame.items:
                self.repeats.append((value, event, frame.items[value][0]))
            frame.key = (value, node)
        else:
            key, key_node = frame.key
            frame.value[key] = value
            frame.items[key] = (key_node, node)
            frame.key = None

    def _no_tag(self, event: Any) -> None:
        if event.tag not in (None, "!"):
            raise _Stop(f"the tag {event.tag} is not accepted: write the value without it", event.start_mark)


@dataclass(slots=True)
class _Frame:
    value: Any
    start: Any
    nodes: int
    items: dict[str | int, tuple[Node, Node]] = field(default_factory=dict)
    key: tuple[str, Node] | None = None

    def expects_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is None


def _resolve(event: Any) -> Any:
    text: str = event.value
    if text in _WORDS:
        return _WORDS[text]
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
