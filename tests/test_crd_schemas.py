"""tools/crd_schemas.py: a definition of somebody's resource as strict JSON Schema, to a depth."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from cases import cases

TOP = Path(__file__).parent.parent
OPEN_API = {
    "type": "object",
    "description": "What it is.",
    "required": ["kind"],
    "properties": {
        "kind": {"type": "string"},
        "spec": {
            "type": "object",
            "properties": {
                "share": {"type": "integer", "nullable": True, "maximum": 100},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"a": {}}},
                "deep": {"type": "object", "properties": {"deeper": {"type": "string"}}},
            },
        },
    },
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("crd_schemas_tool", TOP / "tools/crd_schemas.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


JUDGED: list[tuple[str, dict[str, Any], bool]] = [
    ("all of it", {"kind": "A", "spec": {"share": 10, "labels": {"a": "b"}}}, True),
    ("null where it may be", {"kind": "A", "spec": {"share": None}}, True),
    ("a key too many is kept where the API server keeps it", {"kind": "A", "spec": {"any": {"b": 1}}}, True),
    ("deeper than it reaches", {"kind": "A", "spec": {"deep": {"other": 1}}}, True),
    ("no kind", {"spec": {}}, False),
    ("a misspelt key", {"kind": "A", "spec": {"shares": 10}}, False),
    ("text", {"kind": "A", "spec": {"share": "10"}}, False),
    ("too much", {"kind": "A", "spec": {"share": 101}}, False),
    ("a label that is no text", {"kind": "A", "spec": {"labels": {"a": 1}}}, False),
]


@cases("name, data, is_valid", JUDGED)
def test_what_is_not_listed_is_a_fault(name: str, data: dict[str, Any], is_valid: bool, tool: ModuleType) -> None:
    assert jsonschema.Draft202012Validator(tool.strict(OPEN_API, 2)).is_valid(data) is is_valid


@cases("name", ["inferenceservice", "fleet"])
def test_each_schema_says_what_it_is_of(name: str) -> None:
    schema = json.loads((TOP / f"tests/validators/schemas/{name}.json").read_text())
    assert all(word in schema["$comment"] for word in (".yaml of commit", "20", "Apache-2.0", "tools/crd_schemas.py"))
    assert schema["additionalProperties"] is False


def test_a_definition_is_read_from_a_checkout_at_its_commit(tool: ModuleType, tmp_path: Path) -> None:
    place = tmp_path / tool.FLEET
    place.parent.mkdir(parents=True)
    targets = {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}}
    whole = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"targets": targets}}}}
    version = {"schema": {"openAPIV3Schema": whole}}
    place.write_text(json.dumps({"spec": {"names": {"kind": "Bundle"}, "versions": [version]}}))
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "-m", "x"],
    ):
        subprocess.run(["git", "-C", tmp_path, *words], check=True)
    schema = tool.fleet_yaml(tmp_path)
    commit = subprocess.run(["git", "-C", tmp_path, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert commit.stdout.strip() in schema["$comment"]
    assert jsonschema.Draft202012Validator(schema).is_valid({"targetCustomizations": [{"name": "a"}]})
    assert not jsonschema.Draft202012Validator(schema).is_valid({"targetCustomizations": [{"nam": "a"}]})
