"""Schemas: shipped, described, exampled, and told apart at the right place."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import jsonschema_rs
from cases import cases

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.repository.snapshot import KINDS

NAMES = sorted(kind.schema for kind in KINDS)


@cases("name", NAMES)
def test_a_schema_is_valid_and_accepts_its_examples(name: str) -> None:
    schema = schema_validation.schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["examples"]
    for example in schema["examples"]:
        assert schema_validation.check(parse("a.json", json.dumps(example).encode()), name) == ()


def _properties(schema: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, value in schema.get("properties", {}).items():
        if isinstance(value, dict):
            yield f"{where}.{name}", value
            yield from _properties(value, f"{where}.{name}")
    for key in ("items", "additionalProperties", "then"):
        if isinstance(schema.get(key), dict):
            yield from _properties(schema[key], f"{where}[{key}]")


@cases("name", NAMES)
def test_every_property_is_described_and_every_mapping_closed(name: str) -> None:
    for where, schema in _properties(schema_validation.schema(name)):
        if not set(schema) <= {"required", "properties", "const"} or "description" in schema:
            assert schema.get("description"), where
        if schema.get("type") == "object":
            assert "additionalProperties" in schema, f"{where} would accept and ignore a key"


@cases(
    "name, text, place, fault",
    [
        ("desired-state", "kind: DesiredState\n", "1:1", "the key 'apiVersion' is missing"),
        ("kpis", "confidence: 0.9\n", "1:1", "unknown key 'confidence'"),
        ("release", "version: 1.10\n", "1:10", "version must be text, not 1.1"),
        ("project", "environments: {Prod: {}}\n", "1:16", "the name \"Prod\" in environments is not a name"),
        ("decision", "type: wavier\n", "1:7", "type is \"wavier\"; it must be one of"),
        ("desired-state", "model: a/b\n", "1:8", "is not the name of a model"),
        ("desired-state", 'model: "churn\\n"\n', "1:8", "is not the name of a model"),
        ("kpis", "kpis: [{id: a, metric: f1, data: d, gate: {on_fail: warn}}]\n", "1:43", "needs at least one of"),
        ("kpis", "kpis: [{id: a, metric: accuracy}]\n", "1:8", "the key 'data' is missing"),
        ("kpis", "kpis: [{id: a, metric: {file: m.json, key: k}, data: d}]\n", "1:54", "has no place here"),
        ("kpis", "kpis: [{id: a, metric: {file: m.csv, key: k, point: frist}}]\n", "1:53", "must be one of last, best"),
        ("kpis", "data: {d: {path: a.csv, label: y, where: true}}\n", "1:42", "data.d.where must be text, not true"),
        ("kpis", "data: {d: {path: a.csv, label: y, classes: []}}\n", "1:44", "data.d.classes is empty"),
        ("kpis", "data: {d: {path: a.csv, label: y, slices: [1]}}\n", "1:44", "data.d.slices.0 must be text, not 1"),
    ],
)  # fmt: skip
def test_a_fault_is_told_at_its_place(name: str, text: str, place: str, fault: str) -> None:
    found = schema_validation.check(parse("a.yaml", text.encode()), name)
    assert any(str(d.span) == f"a.yaml:{place}" and fault in d.message for d in found), [
        (str(d.span), d.message) for d in found
    ]


def test_an_unknown_key_offers_the_nearest() -> None:
    found = schema_validation.check(parse("a.yaml", b"modle: churn\n"), "desired-state")
    assert next(d.help for d in found if "modle" in d.message) == "did you mean 'model'?"


@cases("key", ["power", "cluster", "bootstrap"])
def test_a_gate_key_that_nothing_evaluates_is_refused(key: str) -> None:
    example = copy.deepcopy(schema_validation.schema("kpis")["examples"][0])
    example["kpis"][0]["gate"][key] = {}
    (found,) = schema_validation.check(parse("a.json", json.dumps(example).encode()), "kpis")
    assert f"unknown key '{key}'" in found.message


@cases("key", ["targets", "rollout"])
def test_a_desired_state_key_that_nothing_evaluates_yet_is_refused(key: str) -> None:
    example = schema_validation.schema("desired-state")["examples"][0] | {key: {}}
    (found,) = schema_validation.check(parse("a.json", json.dumps(example).encode()), "desired-state")
    assert f"unknown key '{key}'" in found.message


def _variants(value: Any) -> Iterator[Any]:
    """The value with each part of it replaced, one at a time."""
    yield from (None, True, -1, 1.5, "", "x\n", "a b", [], {}, "1.0.0\n", "0" * 32 + "\n")
    if isinstance(value, dict):
        for key in value:
            yield {k: v for k, v in value.items() if k != key}
            yield {**value, f"{key}x": 1}
            yield from ({**value, key: variant} for variant in _variants(value[key]))
    elif isinstance(value, list) and value:
        yield from ([variant, *value[1:]] for variant in _variants(value[0]))


@cases("name", NAMES)
def test_both_validators_agree_on_every_variant_of_the_examples(name: str) -> None:
    fast = jsonschema_rs.validator_for(schema_validation.schema(name), validate_formats=False)
    slow = schema_validation.reference_validator(name)
    for example in schema_validation.schema(name)["examples"]:
        for variant in _variants(example):
            assert fast.is_valid(variant) == slow.is_valid(variant), variant
