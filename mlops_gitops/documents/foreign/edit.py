"""One scalar of a file replaced: composed again, exactly that scalar differs, or nothing is written."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.foreign.compose import compose
from mlops_gitops.documents.foreign.find import find
from mlops_gitops.documents.foreign.nodes import EditRefusal, Field, Scalar, Stream, scalars, shape
from mlops_gitops.documents.foreign.scalar_text import written
from mlops_gitops.documents.tree import Tree, Unreadable


@frozen
class Found:
    """A scalar as it is: its value, and the stretch of the text that writes it."""

    stream: Stream
    scalar: Scalar

    def holds(self, value: str | int) -> bool:
        """Whether the scalar has this value already."""
        return self.scalar.value == str(value)


def look_up(field: Field, data: bytes) -> Found:
    """The scalar of a file. Raises EditRefusal."""
    stream = compose(field.path, data)
    return Found(stream, find(stream, field.select, field.field))


def read_field(tree: Tree, field: Field) -> Found:
    """The scalar of a file of a tree. Raises EditRefusal."""
    return look_up(field, _bytes(tree, field.path))


def edited_files(tree: Tree, edits: Iterable[tuple[Field, str]]) -> dict[str, bytes]:
    """The files of a tree with several scalars replaced, by path. Raises EditRefusal."""
    edited: dict[str, bytes] = {}
    for field, value in edits:
        data = edited[field.path] if field.path in edited else _bytes(tree, field.path)
        edited[field.path] = replaced(field, data, value)
    return edited


def _bytes(tree: Tree, path: str) -> bytes:
    try:
        data = tree.read(path)
    except Unreadable as error:
        raise EditRefusal(f"{path} {error}") from error
    if data is None:
        raise EditRefusal(f"there is no file {path}", help="a target is a file of this very repository")
    return data


def replaced(field: Field, data: bytes, value: str | int) -> bytes:
    """The bytes of the file with one scalar replaced; the same bytes where it has the value. Raises EditRefusal."""
    found = look_up(field, data)
    if found.holds(value):
        return data
    stream, place, where = found.stream, found.scalar.place, f"{field.path}: {field.field}"
    try:
        text = written(found.scalar, value)
    except ValueError as error:
        raise EditRefusal(f"{where} cannot become {str(value)!r}: {error}", line=place.line) from error
    edited = (stream.text[: place.start] + text + stream.text[place.end :]).encode()
    edited = (BOM_UTF8 if stream.bom else b"") + edited
    _require_alone(found, compose(field.path, edited), str(value), where)
    return edited


def _require_alone(found: Found, after: Stream, value: str, where: str) -> None:
    """Raises EditRefusal unless this scalar has the value and everything else says what it said before."""
    before = found.stream
    old = [scalar for document in before.documents for scalar in scalars(document)]
    new = [scalar for document in after.documents for scalar in scalars(document)]
    number = next(n for n, scalar in enumerate(old) if scalar.place == found.scalar.place)
    changed = {n for n, pair in enumerate(zip(old, new, strict=False)) if shape(pair[0]) != shape(pair[1])}
    edited = new[number] if number < len(new) else None
    alike = len(old) == len(new) and _structure(before) == _structure(after) and before.aliased == after.aliased
    if not alike or changed != {number} or not isinstance(edited, Scalar) or edited.value != value:
        raise EditRefusal(f"{where} cannot be replaced alone", line=found.scalar.place.line)


def _structure(stream: Stream) -> list[object]:
    return [_hollow(shape(document)) for document in stream.documents]


def _hollow(said: object) -> object:
    """What `shape` gives without the texts of scalars."""
    if isinstance(said, tuple) and said and said[0] == "scalar":
        return "scalar", said[3:]
    return tuple(_hollow(part) for part in said) if isinstance(said, tuple) else said
