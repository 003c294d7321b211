"""A JSON Schema of somebody else's, read strictly."""

from __future__ import annotations

import json

import pytest
from cases import cases

from mlops_gitops.rollout.strict_schema import SchemaFault, faults_by

EITHER = [{"type": "integer"}, {"type": "string"}]
PREDICTOR = {
    "canaryTrafficPercent": {"type": "integer", "format": "int64"},
    "port": {"anyOf": EITHER, "x-kubernetes-int-or-string": True},
    "timeout": {"type": "integer", "nullable": True},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "anything": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"a": {}}},
    "enum": {"enum": [{"properties": {}}]},
}
# As a cluster's CRD has it: no additionalProperties anywhere, and keywords that JSON Schema does not know.
CRD = {
    "type": "object",
    "properties": {
        "spec": {"type": "object", "properties": {"predictor": {"type": "object", "properties": PREDICTOR}}}
    },
}

CASES = [
    ({"canaryTrafficPercent": 10}, ""),
    ({"canaryTrafficPercent": "10"}, "spec.predictor.canaryTrafficPercent"),
    ({"canaryTrafficPercnt": 10}, "spec.predictor"),
    ({"port": "http"}, ""),
    ({"port": []}, "spec.predictor.port"),
    ({"timeout": None}, ""),
    ({"timeout": "1s"}, "spec.predictor.timeout"),
    ({"labels": {"any": "text"}}, ""),
    ({"labels": {"any": 1}}, "spec.predictor.labels.any"),
    ({"anything": {"b": 1}}, ""),
    ({"enum": {"properties": {}}}, ""),
]


@cases("predictor,where", CASES)
def test_a_key_that_is_not_listed_and_a_wrong_type_are_found(predictor: object, where: str) -> None:
    document = {"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "x"}, "spec": {"predictor": predictor}}
    found = list(faults_by(json.dumps(CRD).encode(), document))
    assert [place for place, _ in found] == ([where] if where else []), found


NO_SCHEMAS = [
    b"{",
    b"[]",
    b"\xff",
    b"[" * 100_000,
    b'{"type": "nope"}',
    b'{"pattern": "(?"}',
    b'{"$ref": "http://127.0.0.1:9/x"}',
    b'{"$ref": "file:///etc/hostname"}',
]


@cases("schema", NO_SCHEMAS)
def test_a_schema_that_cannot_judge_is_said_so_in_one_line(schema: bytes) -> None:
    with pytest.raises(SchemaFault) as caught:
        list(faults_by(schema, {}))
    assert "\n" not in str(caught.value)


def test_a_document_with_many_faults_ends() -> None:
    found = list(faults_by(json.dumps(CRD | {"minProperties": 1}).encode(), {f"k{n}": 1 for n in range(1000)}))
    assert 1 <= len(found) <= 21
    assert all(len(message) <= 301 for _, message in found)
