"""The templates of dvc.yaml, such as `${dir}/model`, filled in as DVC does it, as far as files tell.

What is not known stays as it is written: a value of a Python file, or one that YAML parsers read differently.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Any

from mlops_gitops.documents.tree import Tree
from mlops_gitops.pipelines.params_files import meant, read_parameters

TEMPLATE = "${"
LARGE = 1000  # characters of a value: a longer one is not filled in
PARAMS = "params.yaml"
_ESCAPED = "\\" + TEMPLATE
_EXPRESSION = re.compile(r"(?<!\\)\$\{(?P<name>[^}\n]{0,1000})\}")


def literal_parts(text: str) -> list[str]:
    """What stands before, between and behind the `${…}` of a text; one that does not end is literal."""
    parts, start = [], 0
    while (begin := text.find(TEMPLATE, start)) >= 0 and (end := text.find("}", begin)) >= 0:
        parts.append(text[start:begin])
        start = end + 1
    return [*parts, text[start:]]


def can_be(template: str, text: str, *, least: int = 0) -> bool:
    """Whether a text with `${…}` may become `text`, where each stands for at least so many characters.

    The time grows with the two texts, not with their product: each part is taken where it comes first.
    """
    first, *rest = literal_parts(template)
    if not rest or not text.startswith(first):
        return not rest and text == first
    *middle, last = rest
    at = len(first)
    for part in middle:
        found = text.find(part, at + least)
        if found < 0:
            return False
        at = found + len(part)
    return text.endswith(last) and len(text) - len(last) >= at + least


class Unknown(Exception):
    """A value that the files of a tree do not tell."""


def read_context(tree: Tree, folder: str, listed: Iterable[Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the `vars` of a pipeline or a stage name, and those above them. Raises Unknown.

    Files are named from `folder`, some with the keys that count: `params.yaml:train,model`.
    """
    context, loaded = dict(above), set[str]()
    for item in listed:
        path, _, keys = item.partition(":") if isinstance(item, str) else ("", "", "")
        values: Any = item if isinstance(item, dict) else None
        if path:
            place = posixpath.normpath(posixpath.join(folder, path))
            if place in loaded and not keys:
                continue
            loaded.add(place)
            values = _chosen(read_parameters(tree, place), keys)
        if not isinstance(values, dict):
            raise Unknown
        context = _joined(context, values)
    return context


def _chosen(values: dict[str, Any] | str, keys: str) -> dict[str, Any] | str:
    if isinstance(values, str) or not keys:
        return values
    names = [key for key in keys.split(",") if key]
    if any(name not in values for name in names):
        raise Unknown
    return {name: values[name] for name in names}


def _joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both mappings. Raises Unknown where both have a value, which DVC refuses."""
    found = dict(one)
    for key, value in other.items():
        if isinstance(found.get(key), dict) and isinstance(value, dict):
            value = _joined(found[key], value)
        elif key in found:
            raise Unknown
        found[key] = value
    return found


def select(context: Mapping[str, Any], name: str) -> Any:
    """The value of `a.b` or `a[0]`. Raises Unknown."""
    value: Any = context
    for step in name.replace("[", ".").replace("]", "").split("."):
        step = step.strip()
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise Unknown
    return value


def whole_expression(text: Any) -> str | None:
    """What `${…}` holds, of a text that is nothing else."""
    found = _EXPRESSION.fullmatch(text) if isinstance(text, str) else None
    return found["name"] if found and TEMPLATE not in found["name"] else None


def filled(value: Any, context: Mapping[str, Any]) -> Any:
    """A value with its templates filled in; a text of which one is not known stays as it is."""
    if isinstance(value, dict):
        return {str(filled(key, context)): filled(item, context) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, context) for item in value]
    return _filled_text(value, context) if isinstance(value, str) and TEMPLATE in value else value


def _filled_text(text: str, context: Mapping[str, Any]) -> Any:
    try:
        if name := whole_expression(text):
            value = select(context, name)
            scalar_text(value)
            return value
        known = _EXPRESSION.sub(lambda found: scalar_text(select(context, found["name"])), text)
        return known.replace(_ESCAPED, TEMPLATE)
    except Unknown:
        return text


def scalar_text(value: Any) -> str:
    """A number, a short text or a truth value as DVC writes it into a text. Raises Unknown for any other value."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is not None and not isinstance(value, str | int | float):
        raise Unknown
    if meant(value) != value or len(text := str(value)) > LARGE:
        raise Unknown
    return text
