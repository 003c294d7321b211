"""Holds a request, or an answer, against GitHub's own description of its API."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

REPOSITORY = "/repos/{owner}/{repo}/"
PAGE_LIMIT = 100


@dataclass(frozen=True)
class Operation:
    """What the description says about one method of one path, and what the path's blanks were filled with."""

    method: str
    template: str
    blanks: dict[str, str]
    spec: dict[str, Any]

    @property
    def name(self) -> str:
        """Such as `POST pulls` or `GET /user`: what the front's own answers are found by."""
        return f"{self.method} {self.template.removeprefix(REPOSITORY)}"


class Description:
    """GitHub's API description, reduced, as `nodes.installed` leaves it in api.json."""

    def __init__(self, path: Path) -> None:
        self._whole = json.loads(path.read_text())
        self._patterns = sorted(map(self._pattern, self._whole["paths"]), key=lambda found: found[0], reverse=True)
        self._validators: dict[str, Draft202012Validator] = {}

    def operation(self, method: str, path: str) -> Operation | str:
        """The described operation, or why there is none."""
        for _, template, pattern in self._patterns:
            if found := pattern.fullmatch(path):
                if spec := self._whole["paths"][template].get(method.lower()):
                    blanks = {name.removeprefix("p_"): unquote(value) for name, value in found.groupdict().items()}
                    return Operation(method, template, blanks, spec)
                return f"{method} {path}: GitHub describes no {method} of {template}"
        return f"{method} {path}: GitHub describes no such path (or tests/ground/reducing.py leaves it out)"

    def fault(self, method: str, target: str, headers: dict[str, str], body: bytes) -> str | None:
        """What is wrong with a request, in one sentence; None when nothing is."""
        split = urlsplit(target)
        operation = self.operation(method, split.path)
        if isinstance(operation, str):
            return operation
        faults = self._request_faults(
            operation, split.query, {key.lower(): value for key, value in headers.items()}, body
        )
        return next((f"{method} {target}: {fault}" for fault in faults), None)

    def _request_faults(self, operation: Operation, query: str, headers: dict[str, str], body: bytes) -> Iterator[str]:
        if not headers.get("user-agent"):
            yield "no User-Agent header, which GitHub refuses"
        known = {(parameter["in"], parameter["name"]): parameter for parameter in self.parameters(operation)}
        given = [("path", name, value) for name, value in operation.blanks.items()]
        given += [("query", name, value) for name, value in parse_qsl(query, keep_blank_values=True)]
        for place, name, value in given:
            if (place, name) not in known:
                yield f"the {place} parameter {name} is not described"
            elif fault := self._text_fault(known[place, name]["schema"], value):
                yield f"the {place} parameter {name}: {fault}"
            elif name == "per_page" and int(value) > PAGE_LIMIT:
                yield f"per_page={value}: GitHub silently gives {PAGE_LIMIT} at most"
        for place, name in known:
            if (
                place == "query"
                and known[place, name].get("required")
                and name not in {n for p, n, _ in given if p == place}
            ):
                yield f"the query parameter {name} is required"
        yield from self._body_faults(operation, headers, body)

    def parameters(self, operation: Operation) -> list[dict[str, Any]]:
        return [self._resolve(parameter) for parameter in operation.spec.get("parameters", [])]

    def _body_faults(self, operation: Operation, headers: dict[str, str], body: bytes) -> Iterator[str]:
        described = operation.spec.get("requestBody")
        if not body:
            if described and described.get("required"):
                yield "a body is required"
            return
        if not described:
            yield "a body where GitHub describes none"
            return
        if "json" not in headers.get("content-type", ""):
            yield "the body's Content-Type is not JSON"
        try:
            value = json.loads(body)
        except ValueError as error:
            yield f"the body is not JSON: {error}"
            return
        schema = described["content"]["application/json"]["schema"]
        if fault := self._value_fault(schema, value):
            yield f"the body: {fault}"
        for place in self._unknown(value, [schema], "body"):
            yield f"{place} is not described, so GitHub would ignore it"

    def response_fault(self, operation: Operation, status: int, value: Any) -> str | None:
        """What is wrong with an answer, in one sentence; None when nothing is."""
        described = operation.spec["responses"].get(str(status))
        if described is None:
            return f"{operation.name}: GitHub describes no answer {status}"
        schema = self._media(described).get("schema")
        if schema is None:
            return None if value is None else f"{operation.name}: GitHub's answer {status} has no body"
        fault = self._value_fault(schema, value)
        return f"{operation.name} {status}: {fault}" if fault else None

    def example(self, name: str, status: int = 200) -> Any:
        """A copy of the description's example of an answer; `name` as in `Operation.name`."""
        method, _, template = name.partition(" ")
        whole = template if template.startswith("/") else REPOSITORY + template
        spec = self._whole["paths"][whole][method.lower()]
        media = self._media(spec["responses"][str(status)])
        example = media.get("example") or next(iter(media["examples"].values()))
        return copy.deepcopy(self._resolve(example)["value"])

    def _media(self, response: dict[str, Any]) -> dict[str, Any]:
        media: dict[str, Any] = self._resolve(response).get("content", {}).get("application/json", {})
        return media

    def _pattern(self, template: str) -> tuple[tuple[int, int], str, re.Pattern[str]]:
        item = self._whole["paths"][template]
        several = {
            parameter["name"]
            for operation in item.values()
            for parameter in map(self._resolve, operation.get("parameters", []))
            if parameter.get("x-multi-segment")
        }
        parts = re.split(r"\{(\w+)\}", template)
        texts, blanks = parts[::2], parts[1::2]
        pattern = re.escape(texts[0])
        for blank, text in zip(blanks, texts[1:], strict=True):
            pattern += f"(?P<p_{blank}>{'.+?' if blank in several else '[^/]+'})" + re.escape(text)
        # What has more fixed text is tried first: commits/{ref}/status before commits/{ref}.
        return (sum(map(len, texts)), -len(blanks)), template, re.compile(pattern)

    def _resolve(self, value: dict[str, Any]) -> dict[str, Any]:
        while isinstance(value.get("$ref"), str):
            _, _, kind, name = value["$ref"].split("/")
            value = self._whole["components"][kind][name]
        return value

    def _text_fault(self, schema: dict[str, Any], text: str) -> str | None:
        schema = self._resolve(schema)
        if "items" in schema:
            return None
        value: Any = text
        if schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]+", text):
            value = int(text)
        if schema.get("type") == "boolean" and text in ("true", "false"):
            value = text == "true"
        return self._value_fault(schema, value)

    def _value_fault(self, schema: dict[str, Any], value: Any) -> str | None:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = schema | {"components": self._whole["components"]}
            self._validators[key] = Draft202012Validator(whole)
        error = best_match(self._validators[key].iter_errors(value))
        return f"{error.json_path}: {error.message[:300]}" if error else None

    def _unknown(self, value: Any, schemas: list[dict[str, Any]], place: str) -> Iterator[str]:
        """Places in a value that no schema that could apply knows of."""
        schemas = list(self._flat(schemas))
        if isinstance(value, list):
            inner = [schema["items"] for schema in schemas if "items" in schema]
            for number, item in enumerate(value if inner else []):
                yield from self._unknown(item, inner, f"{place}[{number}]")
        if not isinstance(value, dict) or any(schema.get("additionalProperties") for schema in schemas):
            return
        known: dict[str, list[dict[str, Any]]] = {}
        for schema in schemas:
            for name, inside in schema.get("properties", {}).items():
                known.setdefault(name, []).append(inside)
        for name, item in value.items() if known else ():
            if name not in known:
                yield f"{place}.{name}"
            else:
                yield from self._unknown(item, known[name], f"{place}.{name}")

    def _flat(self, schemas: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for schema in map(self._resolve, schemas):
            yield schema
            for word in ("allOf", "anyOf", "oneOf"):
                yield from self._flat(schema.get(word, []))
