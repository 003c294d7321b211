"""A bill of materials: valid by the format's own schema, the same bytes each time, and true to the release."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import distribution
from typing import Any

import governed
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from mlops_gitops.compliance.bom import bill_of_materials
from mlops_gitops.core.frozen import replace
from mlops_gitops.records.release import Pin, Release

SCHEMAS = ("bom-1.6", "spdx", "jsf-0.82")
ENVIRONMENT_HASH = "a" * 64


@cache
def validator() -> Draft7Validator:
    """CycloneDX's own schema, from the library of the same project; of that library nothing else is used."""
    places = [distribution("cyclonedx-python-lib").locate_file(f"cyclonedx/schema/_res/{name}.SNAPSHOT.schema.json")
              for name in SCHEMAS]  # fmt: skip
    schemas = [json.loads(place.read_text("utf-8")) for place in places]
    registry: Registry[Any] = Registry().with_resources((s["$id"], Resource.from_contents(s)) for s in schemas)
    return Draft7Validator(schemas[0], registry=registry)


def bom(release: Release | None = None) -> dict[str, Any]:
    subject = governed.subject()
    assert subject.release is not None
    return bill_of_materials(release or subject.release, subject.card(), ENVIRONMENT_HASH, subject.promotion())


def test_it_is_valid_by_the_schema_of_cyclonedx_1_6() -> None:
    assert [error.message for error in validator().iter_errors(bom())] == []
    broken = bom()
    broken["components"][0]["hashes"] = [{"alg": "SHA-256", "content": "short"}]
    assert list(validator().iter_errors(broken))  # so the schema is one that finds faults


def test_it_is_valid_without_card_and_promotion_and_of_folders() -> None:
    subject = governed.subject()
    assert subject.release is not None
    folder = replace(subject.release, artifacts=(Pin("models/churn", md5="a" * 32 + ".dir", hash="md5"),), lineage=None)
    found = bill_of_materials(folder, None, ENVIRONMENT_HASH, None)
    assert [error.message for error in validator().iter_errors(found)] == []
    assert "hashes" not in found["components"][0]
    assert {"name": "mlops-gitops:hash", "value": "a" * 32 + ".dir"} in found["components"][0]["properties"]


def test_it_holds_artifacts_and_data_by_digest_and_the_numbers_as_text() -> None:
    found = bom()
    listed = {c["name"]: c.get("hashes", []) for c in found["components"]}
    assert {"alg": "SHA-256", "content": "f" * 64} in listed["models/churn/model.skops"]
    assert {"alg": "MD5", "content": "1" * 32} in listed["data/train.csv"]
    card = found["metadata"]["component"]["modelCard"]
    assert card["quantitativeAnalysis"]["performanceMetrics"] == [{"type": "roc-auc (roc_auc)", "value": "0.9"}]
    assert card["considerations"]["technicalLimitations"] == ["One country."]
    refs = {c["bom-ref"] for c in found["components"]}
    assert set(found["dependencies"][0]["dependsOn"]) == refs


def test_the_same_release_gives_the_same_bytes_and_another_manifest_another_serial_number() -> None:
    assert json.dumps(bom()) == json.dumps(bom())
    subject = governed.subject()
    assert subject.release is not None
    other = bill_of_materials(subject.release, subject.card(), "b" * 64, None)
    assert other["serialNumber"] != bom()["serialNumber"]
