"""What the templates of a dvc.yaml stand for before a stage has run, filled in as DVC fills them in.

https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#templating
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from mlops_gitops.documents.tree import Tree, safe_path
from mlops_gitops.pipelines.merge_keys import load_as_dvc
from mlops_gitops.pipelines.stage_entries import mapping

MOST = 1000  # stages of one loop
LARGE = 10_000  # characters of a stage, and of a value: beyond it nothing is filled in
_TEMPLATE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_STEP = re.compile(r"[^.\[\]]+")


def template_values(tree: Tree, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the templates of the dvc.yaml at `path` may name: of params.yaml, and of its `vars:`."""
    folder, listed = posixpath.dirname(path), data.get("vars")
    values = dict(_file_values(tree, posixpath.join(folder, "params.yaml")))
    for entry in listed if isinstance(listed, list) else ():
        named = entry.partition(":")[0] if isinstance(entry, str) else ""
        values |= _file_values(tree, posixpath.normpath(posixpath.join(folder, named))) if named else mapping(entry)
    return values


def _file_values(tree: Tree, path: str) -> dict[str, Any]:
    document = load_as_dvc(tree, path) if safe_path(path) and path.endswith((".yaml", ".yml", ".json")) else None
    return mapping(document.data) if document else {}


def expanded(name: str, stage: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each stage that an entry of `stages:` makes, by its name, with its templates filled in where they are known."""
    body = mapping(stage.get("do")) if "foreach" in stage else stage
    over = _resolved(stage.get("foreach", stage.get("matrix")), values)
    if over is None or len(repr(body)) > LARGE:
        yield name, mapping(_filled(body, values))
        return
    for key, item in islice(_items(over, values, is_matrix="matrix" in stage), MOST):
        yield f"{name}@{key}", mapping(_filled(body, {**values, "item": item, "key": key}))


def _items(over: Any, values: Mapping[str, Any], *, is_matrix: bool) -> Iterator[tuple[str, Any]]:
    """The items of a loop, each with the text that its stage's name ends in."""
    if is_matrix:
        axes = {axis: _resolved(listed, values) for axis, listed in mapping(over).items()}
        numbered = [
            [
                (f"{axis}{n}" if isinstance(value, dict | list) else _text(value), value)
                for n, value in enumerate(listed)
            ]
            for axis, listed in axes.items()
            if isinstance(listed, list)
        ]
        for combination in product(*numbered) if len(numbered) == len(axes) > 0 else ():
            texts, chosen = zip(*combination, strict=True)
            yield "-".join(texts), dict(zip(axes, chosen, strict=True))
    elif isinstance(over, dict):
        yield from ((_text(key), item) for key, item in over.items())
    elif isinstance(over, list):
        composite = any(isinstance(item, dict | list) for item in over)
        yield from ((str(n) if composite else _text(item), item) for n, item in enumerate(over))


def _filled(data: Any, values: Mapping[str, Any]) -> Any:
    """Data with each template of its keys and texts filled in that stands for a text or a number."""
    if isinstance(data, dict):
        return {_filled(key, values): _filled(value, values) for key, value in data.items()}
    if isinstance(data, list):
        return [_filled(item, values) for item in data]
    return _TEMPLATE.sub(lambda found: _scalar(found, values), data) if isinstance(data, str) else data


def _scalar(found: re.Match[str], values: Mapping[str, Any]) -> str:
    value = _value(found[1], values)
    text = "" if value is None or isinstance(value, dict | list) else _text(value)
    return text if text and len(text) <= LARGE else found[0]


def _resolved(data: Any, values: Mapping[str, Any]) -> Any:
    """Data that a template alone stands for; other data as it is."""
    found = _TEMPLATE.fullmatch(data) if isinstance(data, str) else None
    return _value(found[1], values) if found else data


def _value(expression: str, values: Mapping[str, Any]) -> Any:
    """What `train.layers[0]` stands for; None where nothing has that name."""
    value: Any = values
    for step in _STEP.findall(expression):
        if isinstance(value, list) and step.isdecimal() and len(step) < 6 and int(step) < len(value):
            value = value[int(step)]
        else:
            value = mapping(value).get(step)
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
