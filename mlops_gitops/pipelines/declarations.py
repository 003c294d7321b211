"""The stages that one dvc.yaml makes, by the names that DVC gives them, with loops written out and templates filled."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

from mlops_gitops.documents.document import Document
from mlops_gitops.documents.tree import Tree
from mlops_gitops.pipelines.stage_entries import mapping
from mlops_gitops.pipelines.templates import (
    LARGE,
    PARAMS,
    TEMPLATE,
    Unknown,
    filled,
    read_context,
    scalar_text,
    select,
    whole_expression,
)

MOST_STAGES = 10_000  # of one loop
MOST_CHARACTERS = 50_000_000  # of all stages, loops written out and templates filled in: what is beyond stays as it is
VALUE = 10  # characters that a value counts for, whatever it is


class Declarations:
    """What dvc.yaml says of each stage. What a template hides stays hidden: its stage is one that may be there."""

    def __init__(self, tree: Tree, document: Document | None) -> None:
        self.tree = tree
        self.document = document
        self.stages = mapping(document.data if document else None, "stages")
        self._found: dict[str, dict[str, Any]] = {}
        self._loops: dict[str, dict[str, dict[str, Any]] | None] = {}
        self._left = MOST_CHARACTERS

    def owner(self, name: str) -> str:
        """The entry of dvc.yaml that makes a stage: `train` makes `train@eu`."""
        return name if name in self.stages else name.rpartition("@")[0]

    def names(self, owner: str) -> tuple[str, ...] | None:
        """The stages that an entry makes; None where a template hides them."""
        items = self._items(owner)
        return None if items is None else tuple(items)

    def makes(self, name: str) -> bool:
        """Whether dvc.yaml has a stage; True where a template hides that."""
        owner = self.owner(name)
        names = self.names(owner) if owner in self.stages else ()
        return name in names if names is not None else name != owner

    def all(self) -> Iterator[dict[str, Any]]:
        """What each stage declares; of a loop whose stages are hidden, what all of them do."""
        for owner in self.stages:
            yield from (self.of(name) for name in self.names(owner) or (owner,))

    def body(self, owner: str) -> dict[str, Any]:
        """What an entry declares for each stage it makes, as it is written."""
        entry = mapping(self.stages, owner)
        return mapping(entry, "do") if "do" in entry else entry

    def of(self, name: str) -> dict[str, Any]:
        """What a stage declares; empty for one that dvc.yaml does not make."""
        if name not in self._found:
            self._found[name] = self._filled(name)
        return self._found[name]

    def _filled(self, name: str) -> dict[str, Any]:
        owner = self.owner(name)
        body, items = self.body(owner), self._items(owner) or {}
        if self.document is None or TEMPLATE not in self.document.text or name not in items or self._left < 0:
            return body
        context = self._context | items[name]
        if variables := body.get("vars"):
            folder = posixpath.join(self._folder, str(filled(body.get("wdir", "."), context)))
            with suppress(Unknown):
                context = read_context(self.tree, folder, variables if isinstance(variables, list) else [], context)
        found: dict[str, Any] = filled(body, context)
        return found

    @property
    def _folder(self) -> str:
        return posixpath.dirname(self.document.path) if self.document else ""

    @cached_property
    def _context(self) -> dict[str, Any]:
        """The values that every template may name; none where one of their files cannot be read."""
        listed = mapping(self.document.data if self.document else None).get("vars")
        default = [PARAMS] if self.tree.exists(posixpath.join(self._folder, PARAMS)) else []
        try:
            return read_context(self.tree, self._folder, [*default, *(listed if isinstance(listed, list) else [])], {})
        except Unknown:
            return {}

    def _items(self, owner: str) -> dict[str, dict[str, Any]] | None:
        """The stages of an entry, each with the values that a loop gives it; None where a template hides them."""
        if owner not in self._loops:
            self._loops[owner] = None
            with suppress(Unknown):
                size = _size(self.body(owner))
                found = self._written_out(owner, min(MOST_STAGES, self._left // size))
                self._left -= len(found) * size
                self._loops[owner] = found
        return self._loops[owner]

    def _written_out(self, owner: str, most: int) -> dict[str, dict[str, Any]]:
        """The stages of an entry, at most so many. Raises Unknown."""
        entry = mapping(self.stages, owner)
        if "matrix" in entry:
            combined = _combined(self._known(entry["matrix"]), most)
            return {f"{owner}@{key}": {"key": key, "item": item} for key, item in combined}
        if "foreach" not in entry:
            return {owner: {}}
        over = self._known(entry["foreach"])
        if not isinstance(over, list | dict):
            return {}  # which DVC refuses
        if len(over) > most:
            raise Unknown
        if isinstance(over, dict):
            return {f"{owner}@{key}": {"key": key, "item": item} for key, item in over.items()}
        numbered = any(isinstance(item, dict | list) for item in over)
        return {f"{owner}@{n if numbered else scalar_text(item)}": {"item": item} for n, item in enumerate(over)}

    def _known(self, value: Any) -> Any:
        """What a loop runs over, its templates filled in. Raises Unknown."""
        if isinstance(value, dict):
            return {key: self._known(item) for key, item in value.items()}
        if name := whole_expression(value):
            return select(self._context, name)
        found = filled(value, self._context)
        if TEMPLATE in str(found):
            raise Unknown
        return found


def _combined(over: Any, most: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The combinations of a matrix, by the key of each. Raises Unknown."""
    listed = mapping(over)
    axes = {name: values for name, values in listed.items() if isinstance(values, list)}
    if not axes or len(axes) < len(listed):
        return  # which DVC refuses
    if prod(map(len, axes.values())) > most:
        raise Unknown
    for combination in product(*(enumerate(values) for values in axes.values())):
        item = dict(zip(axes, (value for _, value in combination), strict=True))
        parts = (
            f"{name}{n}" if isinstance(value, dict | list) else scalar_text(value)
            for name, (n, value) in zip(axes, combination, strict=True)
        )
        yield "-".join(parts), item


def _size(value: Any) -> int:
    """How many characters a value may have once it is filled in, at most about."""
    if isinstance(value, str):
        return VALUE + len(value) + LARGE * value.count(TEMPLATE)
    held = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    return VALUE + sum(map(_size, held))
