"""Schemas: shipped, described, exampled, and told apart at the right place."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import jsonschema_rs
from cases import cases

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.schema_messages import misformed
from mlops_gitops.repository.snapshot import KINDS
from mlops_gitops.retraining.record import BRANCH_KINDS

NAMES = sorted([*(kind.schema for kind in (*KINDS, *BRANCH_KINDS))])


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
        ("release", "version: 1.10\n", "1:10", "version must be text, not 1.10"),
        ("project", "branch:\n", "1:8", "branch must be text, and it is blank"),
        ("project", "branch: ~\n", "1:9", "branch must be text, not ~"),
        ("decision", "type: NULL\n", "1:7", "type is NULL; it must be one of"),
        ("decision", "subject:\n  model: m\n  skip: [order]\nrole: a\n", "1:1", "the key 'by' is missing"),
        ("project", "environments: {a: {after: [b, c, b]}}\n", "1:34", '"b" is in environments.a.after already'),
        ("project", "environments: {a: {approvals: {r: 0x0}}}\n", "1:35", "approvals.r: 0x0 is not at least 1"),
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
    found = _faults(name, text)
    assert any(str(d.span) == f"a.yaml:{place}" and fault in d.message for d in found), [
        (str(d.span), d.message) for d in found
    ]


def _faults(name: str, text: str) -> tuple[Diagnostic, ...]:
    return schema_validation.check(parse("a.yaml", text.encode()), name)


@cases(
    "text, written",
    [
        ("by: $\n", "1.10"),
        ("by: $\n", "007"),
        ("by: $\n", "0x1F"),
        ("by: $\n", "1e5"),
        ("role: $\n", "true"),
        ("reason: $\n", "-0.50"),
    ],
)
def test_quotes_hold_what_the_file_says(text: str, written: str) -> None:
    (found,) = [d for d in _faults("decision", text.replace("$", written)) if "must be text" in d.message]
    assert found.help == f'put it in quotes: "{written}"'
    assert found.fix and [edit.text for edit in found.fix.edits] == [f'"{written}"']
    quoted = _faults("decision", text.replace("$", f'"{written}"'))
    assert not [d for d in quoted if d.span.line == found.span.line and d.span.column == found.span.column]


@cases(
    "name, text, form",
    [
        ("project", "environments: {a: {soak: 3600}}\n", "such as 45m, 24h or 7d"),
        ("decision", "subject: {release: 1.10}\n", "a version of three numbers, such as 1.4.0, in quotes"),
    ],
)
def test_what_would_be_wrong_in_quotes_too_is_answered_with_the_form(name: str, text: str, form: str) -> None:
    (found,) = [d for d in _faults(name, text) if "must be text" in d.message]
    assert form in found.help and found.fix is None


@cases(
    "name, text, help",
    [
        ("card", "mlops: {aedt: yes}\n", "write true or false"),
        ("project", "environments: {a: {approvals: {r: 1_000}}}\n", "write 1000, without _"),
        ("kpis", "kpis: [{gate: {at_least: '0.9'}}]\n", "write 0.9, without quotes"),
        ("decision", "expires:\n", "write a day, such as 2026-01-31"),
    ],
)
def test_help_says_what_to_write(name: str, text: str, help: str) -> None:
    assert help in [found.help for found in _faults(name, text)]


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for value in schema.values():
            yield from _patterns(value)
    for value in schema if isinstance(schema, list) else ():
        yield from _patterns(value)


@cases("name", NAMES)
def test_every_pattern_has_a_meaning_in_words(name: str) -> None:
    """Nobody reads a regular expression to learn what to write."""
    for pattern in _patterns(schema_validation.schema(name)):
        words = misformed(pattern)
        assert words != "is not written as it must be" and not set("^$\\") & set(words), pattern


MERGED = """kpis:
  - &first
    id: auc
    metric: {file: m.json, key: auc}
    gate: {at_least: 0.9}
  - <<: *first
    id: recall
"""


def test_a_merge_key_is_one_finding_that_names_what_to_write() -> None:
    found = [d for d in _faults("kpis", MERGED) if d.span.line > 5]
    assert [(str(d.span), d.help) for d in found] == [("a.yaml:6:5", "write the keys here instead: metric, gate")]
    assert "merge key <<" in found[0].message


def test_what_a_mapping_lacks_is_told_on_its_first_line() -> None:
    (found,) = [d for d in _faults("decision", "apiVersion: x\nsubject:\n  model: m  \n") if "'kind'" in d.message]
    span = found.span
    assert (span.line, span.column, span.end_line, span.end_column) == (1, 1, 1, 14)


def test_an_unknown_key_offers_the_nearest() -> None:
    found = schema_validation.check(parse("a.yaml", b"modle: churn\n"), "desired-state")
    assert next(d.help for d in found if "modle" in d.message) == "did you mean 'model'?"


@cases("key", ["power", "cluster", "bootstrap"])
def test_a_gate_key_that_nothing_evaluates_is_refused(key: str) -> None:
    example = copy.deepcopy(schema_validation.schema("kpis")["examples"][0])
    example["kpis"][0]["gate"][key] = {}
    (found,) = schema_validation.check(parse("a.json", json.dumps(example).encode()), "kpis")
    assert f"unknown key '{key}'" in found.message


OF_WAVES = [  # what a wave and a target cannot say
    (("rollout", "waves", 0, "watches"), ["latency"]), (("rollout", "waves", 0, "watches", 0), {"name": "errors"}),
    (("rollout", "waves", 2, "require"), {}), (("rollout", "waves", 2, "require", "serving"), 0.95),
    (("rollout", "waves", 2, "require", "failed"), "all"), (("rollout", "evidence"), "trusted"),
    (("rollout", "abort"), "never"), (("targets", "tills", "observe"), "nagios"), (("targets", "tills", "observe"), {}),
    (("targets", "tills", "observe"), {"by": "devices"}), (("rollout", "level"), 1),
    (("rollout", "waves", 0, "looks"), 0),
]  # fmt: skip


@cases("route, value", OF_WAVES)
def test_what_no_wave_or_target_can_ask_for_is_refused_where_it_is(route: tuple[str, ...], value: object) -> None:
    example = copy.deepcopy(schema_validation.schema("desired-state")["examples"][2])
    *outer, key = route
    holder = example
    for part in outer:
        holder = holder[part]
    holder[key] = value
    (found, *_) = schema_validation.check(parse("a.json", json.dumps(example).encode()), "desired-state")
    assert str(key) in found.message or str(outer[-1]) in found.message, found.message
    assert "\n" not in found.message


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
