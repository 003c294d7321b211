"""Writes tests/validators/schemas: `python tools/crd_schemas.py KSERVE FLEET`, of checkouts of both projects.

They are the projects' own CustomResourceDefinitions, less the descriptions and what is deeper than a release reaches,
and strict: a key that they do not list is an error, where the API server drops it in silence. Each says what it is of.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import yaml

SCHEMAS = Path(__file__).parent.parent / "tests/validators/schemas"
KSERVE = "config/crd/full/serving.kserve.io_inferenceservices.yaml"
FLEET = "charts/fleet-crd/templates/crds.yaml"
_KEPT = ("type", "enum", "required", "minimum", "maximum", "pattern", "x-kubernetes-preserve-unknown-fields")


def strict(schema: dict[str, Any], depth: int) -> dict[str, Any]:
    """An OpenAPI schema as strict JSON Schema: what is deeper than `depth` may be anything of its type."""
    found = {key: schema[key] for key in _KEPT if key in schema}
    if schema.get("nullable") and "type" in found:
        found["type"] = [found["type"], "null"]
    if depth and "properties" in schema:
        found["properties"] = {key: strict(inner, depth - 1) for key, inner in schema["properties"].items()}
        if "x-kubernetes-preserve-unknown-fields" not in schema:
            found["additionalProperties"] = False
    if "items" in schema:
        found["items"] = strict(schema["items"], depth)
    if isinstance(schema.get("additionalProperties"), dict):
        found["additionalProperties"] = strict(schema["additionalProperties"], max(depth - 1, 0))
    return found


def inference_service(kserve: Path) -> dict[str, Any]:
    """That of KServe's InferenceService."""
    whole = next(_schemas(kserve, KSERVE, "InferenceService"))
    schema, path = strict(whole, 3), ("properties", "spec", "properties", "predictor", "properties")
    reduce(getitem, path, schema)["model"] = strict(reduce(getitem, path, whole)["model"], 2)
    return _of(kserve, KSERVE, schema)


def fleet_yaml(fleet: Path) -> dict[str, Any]:
    """That of fleet.yaml: the spec of a Bundle, beside what the type FleetYAML adds."""
    bundle = strict(next(_schemas(fleet, FLEET, "Bundle"))["properties"]["spec"], 4)
    text, anything = {"type": "string"}, {"type": "array"}
    more = {"name": text, "labels": {"type": "object", "additionalProperties": text}, "imageScans": anything}
    more |= {"targetCustomizations": bundle["properties"]["targets"], "overrideTargets": anything}
    bundle["properties"] |= more
    return _of(fleet, FLEET, bundle)


def _schemas(checkout: Path, path: str, kind: str) -> Iterator[dict[str, Any]]:
    for definition in yaml.safe_load_all(_git(checkout, "show", f"HEAD:{path}")):
        if definition and definition["spec"]["names"]["kind"] == kind:
            yield definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def _of(checkout: Path, path: str, schema: dict[str, Any]) -> dict[str, Any]:
    commit = _git(checkout, "log", "-1", "--format=%H %cs").strip()
    return {"$comment": f"{path} of commit {commit}, Apache-2.0; by tools/crd_schemas.py", **schema}


def _git(checkout: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", checkout, *args], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    kserve, fleet = map(Path, sys.argv[1:])
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    for name, schema in (("inferenceservice", inference_service(kserve)), ("fleet", fleet_yaml(fleet))):
        (SCHEMAS / f"{name}.json").write_text(json.dumps(schema, indent=1) + "\n")
