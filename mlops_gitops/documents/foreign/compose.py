"""Bytes to a stream of nodes with places: every document of the file, whatever tags, anchors and keys it has."""

from __future__ import annotations

import json
from bisect import bisect_right
from itertools import accumulate
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from mlops_gitops.core.diagnostics import lines_of
from mlops_gitops.core.git_lfs import is_pointer
from mlops_gitops.documents.foreign.nodes import Alias, EditRefusal, Mapping, Node, Place, Scalar, Sequence, Stream
from mlops_gitops.documents.yaml_reader import MAX_DEPTH, MAX_NODES

_parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TEMPLATES = ("{{", "{%")  # of Helm, Go, Jinja
TEMPLATE_HELP = "a template is filled in by another tool: set the value in the file that fills it, such as values.yaml"


def compose(path: str, data: bytes) -> Stream:
    """The nodes of a YAML or JSON file. Raises EditRefusal for what is not text, not YAML, or too large or deep."""
    if is_pointer(data):
        raise EditRefusal(f"{path} is a Git LFS pointer, and not the file")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EditRefusal(f"{path} is not UTF-8: byte 0x{data[error.start]:02x}", line=line) from error
    bare = text.removeprefix("\ufeff")
    if path.endswith(".json"):
        _require_json(path, bare)
    composer = _Composer(path, bare)
    try:
        documents = composer.documents()
    except yaml.YAMLError as error:
        raise _not_yaml(path, bare, error) from error
    return Stream(path, bare, documents, frozenset(composer.aliased), bare != text)


def _require_json(path: str, text: str) -> None:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise EditRefusal(f"{path} is not JSON: {getattr(error, 'msg', 'nested too deeply')}", line=line) from error


def _not_yaml(path: str, text: str, error: yaml.YAMLError) -> EditRefusal:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    if any(opening in text for opening in TEMPLATES):
        return EditRefusal(f"{path} is a template, and no YAML before it is filled in", line=line, help=TEMPLATE_HELP)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
    return EditRefusal(f"{path} is not YAML: {reason}", line=line)


class _Composer:
    """Builds nodes from libyaml's events, in one pass; depth and number are bounded, and aliases not followed."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.event = _parser(text).get_event
        self.starts = [0, *accumulate(map(len, lines_of(text)))]
        self.aliased: set[str] = set()
        self.nodes = 0

    def documents(self) -> tuple[Node, ...]:
        found = []
        while type(event := self.event()) is not StreamEndEvent:
            if type(event) is DocumentStartEvent:
                node = self._node(self.event(), 0)
                if not _is_empty(node):
                    found.append(node)
        return tuple(found)

    def _node(self, event: Any, depth: int) -> Node:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            limit = (
                f"nested more than {MAX_DEPTH} levels deep" if depth > MAX_DEPTH else f"of over {MAX_NODES:,} values"
            )
            raise EditRefusal(f"{self.path} is {limit}", line=event.start_mark.line + 1)
        if type(event) is AliasEvent:
            anchor = str(event.anchor)
            self.aliased.add(anchor)
            return Alias(self._place(event, event), anchor)
        if type(event) is ScalarEvent:
            return Scalar(self._place(event, event), event.value, event.style or None, event.tag, event.anchor)
        if type(event) is MappingStartEvent:
            pairs = []
            while type(following := self.event()) is not MappingEndEvent:
                pairs.append((self._node(following, depth + 1), self._node(self.event(), depth + 1)))
            return Mapping(self._place(event, following), tuple(pairs), event.tag, event.anchor)
        items = []
        while type(following := self.event()) is not SequenceEndEvent:
            items.append(self._node(following, depth + 1))
        return Sequence(self._place(event, following), tuple(items), event.tag, event.anchor)

    def _place(self, first: Any, last: Any) -> Place:
        start, end = (min(mark.index, self.starts[-1]) for mark in (first.start_mark, last.end_mark))
        # Not the line of the mark: libyaml counts more line breaks than an editor shows.
        return Place(start, end, bisect_right(self.starts, start))


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value == "" and node.style is None and node.tag is None
