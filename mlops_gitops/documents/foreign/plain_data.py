"""A document of other people's as plain data, as Kubernetes reads it: for a JSON Schema, not for an edit."""

from __future__ import annotations

from typing import Any

import yaml

from mlops_gitops.documents.foreign.nodes import Alias, EditRefusal, Mapping, Node, Scalar, Sequence, Stream
from mlops_gitops.documents.foreign.scalar_text import plain_type
from mlops_gitops.documents.yaml_reader import MAX_NODES

_LOADER = yaml.SafeLoader


def to_data(stream: Stream, document: Node) -> Any:
    """The data of a document, aliases and merge keys followed. Raises EditRefusal for tags and for too many aliases."""
    return _Reader(stream).value(document)


class _Reader:
    def __init__(self, stream: Stream) -> None:
        self.path = stream.path
        self.anchors: dict[str, Any] = {}
        self.left = MAX_NODES

    def value(self, node: Node) -> Any:
        self._count(1, node)
        if isinstance(node, Alias):
            if node.anchor not in self.anchors:
                raise EditRefusal(f"{self.path}: the alias *{node.anchor} names nothing", line=node.place.line)
            value, size = self.anchors[node.anchor]
            self._count(size, node)
            return value
        if node.tag is not None:
            raise EditRefusal(f"{self.path} has the tag {node.tag}, which no schema knows", line=node.place.line)
        before = self.left
        value = self._scalar(node) if isinstance(node, Scalar) else self._collection(node)
        if node.anchor is not None:
            self.anchors[node.anchor] = (value, before - self.left)
        return value

    def _count(self, size: int, node: Node) -> None:
        self.left -= size
        if self.left < 0:
            raise EditRefusal(f"{self.path} has over {MAX_NODES:,} values, aliases written out", line=node.place.line)

    def _collection(self, node: Mapping | Sequence) -> Any:
        if isinstance(node, Sequence):
            return [self.value(item) for item in node.items]
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.items:
            if not isinstance(key, Scalar):
                raise EditRefusal(f"{self.path} has a key that is not text", line=key.place.line)
            found = self.value(value)
            if key.value == "<<" and key.style is None:
                for source in reversed(found if isinstance(found, list) else [found]):
                    merged |= source if isinstance(source, dict) else {}
            else:
                own[key.value] = found
        return merged | own

    def _scalar(self, node: Scalar) -> Any:
        if node.style is not None or plain_type(node.value) == "text":
            return node.value
        # Where the versions of YAML differ, Kubernetes reads as YAML 1.1 has it; a date is text in its JSON.
        try:
            value = yaml.load(node.value, _LOADER)  # noqa: S506, a safe loader, and one plain scalar
        except (ValueError, OverflowError, yaml.YAMLError):  # looks like a date or a number, and is none: 2026-13-45
            return node.value
        return value if isinstance(value, bool | int | float) or value is None else node.value
