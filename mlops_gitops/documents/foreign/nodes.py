"""The nodes of a YAML stream as it is written: aliases are not followed, tags not applied, types not guessed."""

from __future__ import annotations

from collections.abc import Mapping as Selector
from typing import TypeAlias

from mlops_gitops.core.frozen import frozen


class EditRefusal(Exception):
    """Why a value cannot be read or replaced alone: one line, and the place where a reader should look."""

    def __init__(self, message: str, *, line: int = 1, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.help = help


@frozen
class Field:
    """One scalar of a file: which document, by `select`, and the path in it."""

    path: str
    select: Selector[str, str]
    field: str


@frozen
class Place:
    """Where a node is written: characters of the text from 0, the end exclusive, and the line of the start from 1."""

    start: int
    end: int
    line: int


@frozen
class Scalar:
    """A scalar: `style` is `"`, `'`, `|` or `>`, and None where it is plain."""

    place: Place
    value: str
    style: str | None
    tag: str | None = None
    anchor: str | None = None


@frozen
class Alias:
    """A reference to the node with an anchor."""

    place: Place
    anchor: str


@frozen
class Mapping:
    """A mapping: its keys are nodes of any kind, and one may be there twice."""

    place: Place
    items: tuple[tuple[Node, Node], ...]
    tag: str | None = None
    anchor: str | None = None


@frozen
class Sequence:
    """A list."""

    place: Place
    items: tuple[Node, ...]
    tag: str | None = None
    anchor: str | None = None


Node: TypeAlias = Scalar | Alias | Mapping | Sequence


@frozen
class Stream:
    """A whole file: its text without a byte order mark, its documents that are not empty, and all that aliases name."""

    path: str
    text: str
    documents: tuple[Node, ...]
    aliased: frozenset[str]
    bom: bool = False


def shape(node: Node) -> object:
    """What a node says, without where: equal for two nodes that readers take for the same."""
    if isinstance(node, Alias):
        return "alias", node.anchor
    if isinstance(node, Scalar):
        return "scalar", node.value, bool(node.style), node.tag, node.anchor
    if isinstance(node, Mapping):
        return "mapping", node.tag, node.anchor, tuple((shape(key), shape(value)) for key, value in node.items)
    return "sequence", node.tag, node.anchor, tuple(shape(item) for item in node.items)


def scalars(node: Node) -> list[Scalar | Alias]:
    """Every scalar and alias of a node in the order of the text, keys too."""
    if isinstance(node, Scalar | Alias):
        return [node]
    inner = [part for pair in node.items for part in pair] if isinstance(node, Mapping) else node.items
    return [scalar for part in inner for scalar in scalars(part)]
