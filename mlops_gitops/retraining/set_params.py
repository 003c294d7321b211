"""The params of a run, written into their files: one value each, and every other byte as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.read_document import load, parse
from mlops_gitops.documents.splice import splice
from mlops_gitops.documents.tree import Tree
from mlops_gitops.pipelines.templates import PARAMS

Value: TypeAlias = str | float | bool
_STEP = re.compile(r"\[([0-9]{1,9})\]|([^.\[\]]+)")  # no list has an index of more digits
_ENDINGS = ("yaml", "yml", "json")


def place_of(name: str) -> tuple[str, Route]:
    """The file of a param and its place there, as DVC names it: `train.until`, `config.yaml:layers[0].size`."""
    file, _, key = name.rpartition(":")
    steps = (int(index) if index else word for index, word in _STEP.findall(key))
    return file or PARAMS, tuple(steps)


def filled(values: Mapping[str, Value], facts: Mapping[str, str | None]) -> dict[str, Value]:
    """The values with each `{name}` in a text replaced by the fact of that name. Raises Error for one not known yet."""
    return {name: _filled(name, value, facts) if isinstance(value, str) else value for name, value in values.items()}


def _filled(param: str, text: str, facts: Mapping[str, str | None]) -> str:
    for name, fact in facts.items():
        if f"{{{name}}}" in text and fact is None:
            raise Error(f"the param {param} needs {name}, which is not known yet: no window has ended")
        text = text.replace(f"{{{name}}}", fact or "")
    return text


def value_at(tree: Tree, name: str) -> Any:
    """The value of a param; None where it is not there."""
    path, route = place_of(name)
    document = load(tree, path)
    value = document.data if document else None
    for step in route:
        if isinstance(value, dict):
            value = value.get(step)
        else:
            value = value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None
    return value


def with_params(tree: Tree, values: Mapping[str, Value]) -> dict[str, bytes]:
    """The files that hold these params, by path, with their new values.

    Raises Error for a param that is not in its file, or that cannot be written alone.
    """
    found: dict[str, Document] = {}
    for name, value in values.items():
        path, route = place_of(name)
        document = found.get(path) or _document(tree, path, name)
        found[path] = replace(parse(path, _written(document, route, name, value).encode()), bom=document.bom)
    return {path: document.raw for path, document in found.items()}


def _document(tree: Tree, path: str, name: str) -> Document:
    if path.rpartition(".")[2] not in _ENDINGS:
        raise Error(f"the param {name} cannot be set in {path}", help="keep it in a YAML or JSON file")
    document = load(tree, path)
    if document is None:
        raise Error(f"the param {name} is in {path}, and that file is not there")
    if document.problems:
        raise Error(f"the param {name} cannot be set: {path}: {document.problems[0].message}")
    return document


def _written(document: Document, route: Route, name: str, value: Value) -> str:
    try:
        return splice(document, route, json.dumps(value, ensure_ascii=False))
    except ValueError as error:
        help = f"write `{name}` into {document.path} with a value on one line, without an anchor"
        raise Error(f"the param {name} cannot be set: {error}", help=help) from error
