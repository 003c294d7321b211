"""YAML events to plain data, or to the place of every value, in one pass whose nesting and aliases are bounded."""

from __future__ import annotations

import math
import re
from sys import intern
from typing import Any, TypeAlias

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

MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_CHARACTERS = 16 * 1024 * 1024  # of texts and keys, aliases written out
MAX_INTEGER = 2**53 - 1  # beyond it JSON readers disagree (RFC 8785 section 3.2.2.3)

Route: TypeAlias = tuple[str | int, ...]
# The place of one value: where it starts and ends (yaml.Mark: line and column count from 0), and what it holds by
# key: (place of the key, place of the value).
Node: TypeAlias = "tuple[Any, Any, dict[str | int, tuple[Node, Node]] | None]"

_parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BETWEEN = {StreamStartEvent, DocumentStartEvent, DocumentEndEvent}
_NUMBERS_START = frozenset("-+.0123456789")
_INT = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {"": None, "~": None, "true": True, "false": False, "null": None}
_WORDS |= {form(word): value for word, value in list(_WORDS.items()) for form in (str.title, str.upper)}
_SEPARATORS = "\x85\u2028\u2029"
_ANCHOR = re.compile(r"&[^\s,\[\]{}]+\s+")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")


class Stop(Exception):
    """A fault that makes a document unreadable, where it starts, and what to do."""

    def __init__(self, message: str, mark: Any, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mark = mark
        self.help = help


class Mark:
    """A place in a text, as yaml.Mark has it: line, column and index count from 0."""

    def __init__(self, line: int, column: int, index: int) -> None:
        self.line, self.column, self.index = line, column, index


class Builder:
    """Builds data from YAML events, in one pass; depth is bounded before each step down."""

    def __init__(self, source: str) -> None:
        self.source, self.stand_ins = _without_separators(source)
        self.event = _parser(self.source).get_event
        self.repeated = False  # whether a mapping has one key twice
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0

    def document(self) -> Any:
        """What the one document there is holds. Raises Stop, yaml.YAMLError, ValueError."""
        found: list[Any] = []
        while type(event := self.event()) is not StreamEndEvent:
            kind = type(event)
            if kind is DocumentStartEvent and found:
                help = "one document a file: remove this line"
                raise Stop("a second YAML document starts here", event.start_mark, help)
            if kind not in _BETWEEN:
                found = [self._value(event, 0)]
        if not found:
            raise ValueError("the file is empty")
        return self._finished(found[0])

    def _finished(self, value: Any) -> Any:
        return _restored(value, self.stand_ins) if self.stand_ins else value

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event, key=False)
        if kind is AliasEvent:
            return self._alias(event)
        self._open(event, depth)
        before = self.nodes
        value = (self._mapping if kind is MappingStartEvent else self._sequence)(event, depth + 1)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, self.nodes - before + 1)
        return value

    def _mapping(self, _: Any, depth: int) -> Any:
        value: dict[str, Any] = {}
        following = self.event
        # Nearly everything is a scalar without tag or anchor: asking here saves a call for each.
        while type(event := following()) is not MappingEndEvent:
            if type(event) is ScalarEvent and event.tag is None and event.anchor is None and self.nodes < MAX_NODES:
                self.nodes += 1
                key = intern(event.value)
            else:
                key = self._key(event, depth)
            if key in value:
                self.repeated = True
            event = following()
            if type(event) is ScalarEvent and event.tag is None and event.anchor is None and self.nodes < MAX_NODES:
                self.nodes += 1
                value[key] = _once(event.value) if event.style else _resolve(event)
            else:
                value[key] = self._value(event, depth)
        return value

    def _sequence(self, _: Any, depth: int) -> Any:
        value: list[Any] = []
        while type(event := self.event()) is not SequenceEndEvent:
            value.append(self._value(event, depth))
        return value

    def _key(self, event: Any, depth: int) -> Any:
        if type(event) is ScalarEvent:
            return self._scalar(event, key=True)
        if type(event) is AliasEvent:
            key = self._alias(event)
            if isinstance(key, str):
                return key
        else:
            self._open(event, depth)
        raise Stop("a key must be plain text", event.start_mark)

    def _scalar(self, event: Any, *, key: bool) -> Any:
        self.nodes += 1
        self._refuse(event)
        value = intern(event.value) if key else _once(event.value) if event.style else _resolve(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1)
        return value

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            from mlops_gitops.core.yaml_faults import undefined_alias  # most files have no fault

            fault = undefined_alias(self.source, event.start_mark.index)
            raise Stop(fault.message, event.start_mark, fault.help)
        value, size = self.anchors[event.anchor]
        self.nodes += size
        self._refuse(event)
        return value

    def _open(self, event: Any, depth: int) -> None:
        self.nodes += 1
        if event.tag is not None or self.nodes > MAX_NODES:
            self._refuse(event)
        if depth >= MAX_DEPTH:
            raise Stop(f"nested more than {MAX_DEPTH} levels deep", event.start_mark)

    def _refuse(self, event: Any) -> None:
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            written = self.source[event.start_mark.index : event.end_mark.index].partition(" ")[0]
            written = written if written.startswith("!") else tag
            raise Stop(f"the tag {written} is not accepted", event.start_mark, "write the value without it")
        if self.nodes > MAX_NODES:
            raise Stop(f"more than {MAX_NODES:,} values, aliases written out", event.start_mark)


class Placer(Builder):
    """Finds the place of every value in a text whose data could be built.

    Few files need the place of a value, so most save the time and memory of this.
    """

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.repeats: list[tuple[str, Any, Node]] = []
        self.shared: set[int] = set()  # the ids of places that an alias names too

    def root(self) -> Node:
        """The place of the document, and of all it holds. Raises what `document` raises."""
        root: Node = self.document()[1]
        return root

    def _finished(self, value: Any) -> Any:
        return value

    # A value is here its text, None for what is none and so no key, and its place.

    def _mapping(self, start: Any, depth: int) -> tuple[None, Node]:
        items: dict[str | int, tuple[Node, Node]] = {}
        while type(event := self.event()) is not MappingEndEvent:
            key, place = self._key(event, depth)
            if key in items:
                self.repeats.append((key, event, items[key][0]))
            items[key] = (place, self._value(self.event(), depth)[1])
        return None, (start.start_mark, event.end_mark, items)

    def _sequence(self, start: Any, depth: int) -> tuple[None, Node]:
        items: dict[str | int, tuple[Node, Node]] = {}
        while type(event := self.event()) is not SequenceEndEvent:
            node = self._value(event, depth)[1]
            items[len(items)] = (node, node)
        return None, (start.start_mark, event.end_mark, items)

    def _key(self, event: Any, depth: int) -> Any:
        return self._value(event, depth)

    def _scalar(self, event: Any, *, key: bool) -> tuple[str, Node]:
        self.nodes += 1
        self._refuse(event)
        text = event.value.translate(self.stand_ins) if self.stand_ins else event.value
        scalar = (text, (self._start(event), event.end_mark, None))
        if event.anchor is not None:
            self.anchors[event.anchor] = (scalar, 1)
        return scalar

    def _start(self, event: Any) -> Any:
        """Where a scalar starts, behind its anchor."""
        mark = event.start_mark
        anchor = _ANCHOR.match(self.source, mark.index) if event.anchor is not None else None
        if anchor is None or anchor.end() > event.end_mark.index:
            return mark
        return Mark(mark.line, mark.column + len(anchor[0]), anchor.end())

    def _alias(self, event: Any) -> Any:
        value = super()._alias(event)
        self.shared.add(id(value[1]))
        return value


def _without_separators(source: str) -> tuple[str, dict[int, int]]:
    """The text with other characters where libyaml ends lines and YAML 1.2 does not, and what those stand for.

    Its places are then those of an editor, and `# a comment` ends where every other parser ends it.
    """
    found = [separator for separator in _SEPARATORS if separator in source]
    if not found:
        return source, {}
    taken = set(map(ord, source))
    free = (code for code in range(0xE000, 0xF900) if code not in taken)  # for private use
    try:
        stand_ins = {ord(separator): next(free) for separator in found}
    except StopIteration:
        raise ValueError("it holds U+2028 and every character for private use") from None
    return source.translate(stand_ins), {code: separator for separator, code in stand_ins.items()}


def _restored(value: Any, stand_ins: dict[int, int]) -> Any:
    """The data with the characters that stood for others made those again."""
    if isinstance(value, str):
        return value.translate(stand_ins)
    if isinstance(value, list):
        return [_restored(item, stand_ins) for item in value]
    if isinstance(value, dict):
        return {_restored(key, stand_ins): _restored(item, stand_ins) for key, item in value.items()}
    return value


_lately: dict[str, str] = {}


def _once(text: str) -> str:
    """One string for equal texts of late: neighbouring files repeat each other's digests."""
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
            raise Stop("a number this long is not exact", event.start_mark, "put it in quotes")
        number = int(text, 0 if text[:2] in ("0o", "0x") else 10)
        if abs(number) > MAX_INTEGER:
            raise Stop(f"whole numbers beyond {MAX_INTEGER} are not exact", event.start_mark, "put it in quotes")
        return number
    if _NOT_FINITE.match(text):
        raise Stop(f"{text} is not a finite number", event.start_mark, "write a number, or put the text in quotes")
    if not _FLOAT.match(text):
        return text
    if not math.isfinite(real := float(text)):
        raise Stop(f"{text} is not a finite number", event.start_mark, "write a number, or put the text in quotes")
    return real


def require_bounded(data: Any) -> None:
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
