"""A JSON Schema of somebody else's, read strictly: a key that it does not list is an error.

The API server of Kubernetes drops keys that a CRD does not list, and says nothing. A canary's share of the traffic that
is written under such a key has no effect at all, and everything would look well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from mlops_gitops.core.text import clipped

_OPEN = ("additionalProperties", "patternProperties", "unevaluatedProperties", "x-kubernetes-preserve-unknown-fields",
         "x-kubernetes-embedded-resource", "allOf", "anyOf", "oneOf", "$ref", "if")  # fmt: skip
_INSIDE = ("properties", "patternProperties", "$defs", "definitions")
_OF_EVERY_RESOURCE = ("apiVersion", "kind", "metadata")
_MOST = 20  # faults shown of one document


class SchemaFault(Exception):
    """Why a schema cannot judge anything; the message follows the path of its file."""


def faults_by(schema: bytes, data: Any) -> Iterator[tuple[str, str]]:
    """What a schema finds in a document: where, as dotted keys, and what. Raises SchemaFault."""
    validator = _validator(schema)
    for number, error in enumerate(validator.iter_errors(data)):
        if number == _MOST:
            yield "", "and more"
            return
        yield ".".join(str(step) for step in error.instance_path), clipped(" ".join(error.message.split()), 300)


@lru_cache(maxsize=8)
def _validator(schema: bytes) -> Any:
    try:
        import jsonschema_rs
    except ImportError as error:
        raise SchemaFault("needs jsonschema-rs, which is not installed here: pip install jsonschema-rs") from error
    try:
        parsed = json.loads(schema)
        if not isinstance(parsed, dict):
            raise SchemaFault("is not a JSON Schema: it must be an object")
        for key in _OF_EVERY_RESOURCE if "properties" in parsed and _is_closed(parsed) else ():
            parsed["properties"].setdefault(key, {})
        return jsonschema_rs.validator_for(_strict(parsed), validate_formats=False, retriever=_refuse)
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SchemaFault(f"is not a JSON Schema that can judge: {clipped(reason, 200)}") from error


def _refuse(address: str) -> Any:
    """No schema brings others along: neither from a network nor from a file outside of the repository."""
    raise ValueError(f"it refers to {address}")


def _is_closed(schema: dict[str, Any]) -> bool:
    return isinstance(schema.get("properties"), dict) and not any(key in schema for key in _OPEN)


def _strict(schema: Any) -> Any:
    """The schema with every object that lists its keys closed, and `nullable` as JSON Schema writes it."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict: dict[str, Any] = {}
    for key, value in schema.items():
        inside = key in _INSIDE and isinstance(value, dict)
        keep = key in ("enum", "const", "default", "example", "examples", "required")
        strict[key] = {name: _strict(v) for name, v in value.items()} if inside else value if keep else _strict(value)
    if _is_closed(schema):
        strict["additionalProperties"] = False
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        strict["type"] = [schema["type"], "null"]
    return strict
