"""How a scalar is written: in the quotes it had, and as the type it had, for every reader of YAML."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import yaml

from mlops_gitops.documents.foreign.nodes import Scalar

_CORE_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_CORE_WORD = re.compile(r"(~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))?\Z")
_NOT_PLAIN = re.compile(r"[-?:](\s|\Z)|[\s,\[\]{}#&*!|>'\"%@`]|---|\.\.\.")
_INSIDE = re.compile(r":(\s|\Z)|\s#|[\n\r\t,\[\]{}]|\s\Z|[^ -~]")  # commas and braces would end it in a flow mapping


def plain_type(text: str) -> str | None:
    """What a plain scalar is: `text`, `number` or `other` (true, null, a date); None where readers of YAML disagree.

    By YAML 1.1, which Kubernetes and CloudFormation read, and by the core schema of YAML 1.2.
    """
    older, newer = _older_type(text), _newer_type(text)
    return older if older == newer else None


def _newer_type(text: str) -> str:
    if _CORE_NUMBER.match(text):
        return "number"
    return "other" if _CORE_WORD.match(text) else "text"


def _older_type(text: str) -> str:
    tag = _resolver().resolve(yaml.ScalarNode, text, (True, False)).rsplit(":", 1)[-1]
    return {"str": "text", "int": "number", "float": "number"}.get(tag, "other")


@cache
def _resolver() -> Any:
    return yaml.SafeLoader("")


def written(scalar: Scalar, value: str | int) -> str:
    """The new text of a scalar. Raises ValueError where its type would change."""
    text = str(value)
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError(f"{text!r} holds a control character")
    if scalar.style == '"':
        return json.dumps(text, ensure_ascii=False)
    if scalar.style == "'":
        return "'" + text.replace("'", "''") + "'"
    before, after = plain_type(scalar.value), plain_type(text)
    if before is None:
        raise ValueError(f"{scalar.value} is read as different types by different readers of YAML: put it in quotes")
    if before == "other":
        shown = f"{scalar.value} is" if scalar.value else "it has"
        raise ValueError(f"{shown} no text or number: write a value of the type there first")
    if before == "number" and after == "number" and text.lstrip("-").isdigit():
        return text
    if before == "number":
        raise ValueError(f"{scalar.value} is a number there, and {text} is not: put it in quotes")
    return text if after == "text" and _may_be_plain(text) else json.dumps(text, ensure_ascii=False)


def _may_be_plain(text: str) -> bool:
    return bool(text) and not _NOT_PLAIN.match(text) and not _INSIDE.search(text)
