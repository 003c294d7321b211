"""A bill of materials of a release: CycloneDX 1.6 (ECMA-424), the part for machine learning.

https://cyclonedx.org/docs/1.6/json/. It is written here because the libraries for it drop model cards and data. The
same release gives the same bytes: it holds no time, and its serial number follows from the digest of the manifest.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops import __version__
from mlops_gitops.records.card import Card
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Pin, Release

_NAMESPACE = uuid.UUID("0f2f4f0e-6a3b-5c0e-9d1a-2a5f3c6b7d81")  # of the serial numbers of this tool, drawn once
_ROOT = "model"


def bill_of_materials(
    release: Release, card: Card | None, manifest_sha256: str, promotion: Promotion | None
) -> dict[str, Any]:
    """The document of a release: its artifacts, the data it was trained and judged on, its numbers, its card.

    `card` is the one that the release pins, None where it is not at hand; `promotion` the record whose gates hold the
    numbers. Values of metrics are text, as the format wants them.
    """
    data = list(_data_sets(release))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, manifest_sha256)}",
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "mlops-gitops", "version": __version__}]},
            "component": _model(release, card, manifest_sha256, promotion),
        },
        "components": [*map(_artifact, release.artifacts), *data],
        "dependencies": [
            {"ref": _ROOT, "dependsOn": [*map(_ref, release.artifacts), *(entry["bom-ref"] for entry in data)]}
        ],
    }


def _ref(pin: Pin) -> str:
    return f"artifact:{pin.path}"


def _model(release: Release, card: Card | None, manifest_sha256: str, promotion: Promotion | None) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "machine-learning-model", "bom-ref": _ROOT, "name": release.model, "version": release.version,
        "properties": list(_properties({"manifest": release.path, "manifest.sha256": manifest_sha256,
                                        "supersedes": release.supersedes or ""})),
        "modelCard": _model_card(release, card, promotion),
    }  # fmt: skip
    if card is not None:
        component["authors"] = [{"name": str(owner["name"])} for owner in card.block["owners"]]
        if isinstance(license := card.data.get("license"), str):
            component["licenses"] = [{"license": {"name": license}}]
    return component


def _model_card(release: Release, card: Card | None, promotion: Promotion | None) -> dict[str, Any]:
    parameters: dict[str, Any] = {"datasets": [{"ref": entry["bom-ref"]} for entry in _data_sets(release)]}
    found: dict[str, Any] = {"modelParameters": parameters}
    if promotion is not None and (metrics := list(_metrics(promotion))):
        found["quantitativeAnalysis"] = {"performanceMetrics": metrics}
    if card is None:
        return found
    if isinstance(task := card.data.get("pipeline_tag"), str):
        parameters["task"] = task
    block = card.block
    found["considerations"] = {
        "useCases": [block["intended_use"], f"Out of scope: {block['out_of_scope']}"],
        "technicalLimitations": [block["limitations"]],
        "ethicalConsiderations": [{"name": f"Risk class {card.risk}: {block['risk']['rationale']}"}],
    }
    return found


def _metrics(promotion: Promotion) -> Iterator[dict[str, Any]]:
    """The measured values of the gates on record."""
    for gate in promotion.predicate["gates"]:
        if gate["value"] is None:
            continue
        metric: dict[str, Any] = {"type": f"{gate['id']} ({gate['metric']})", "value": repr(gate["value"])}
        if interval := gate.get("interval"):
            metric["confidenceInterval"] = {"lowerBound": repr(interval[0]), "upperBound": repr(interval[1])}
        yield metric


def _artifact(pin: Pin) -> dict[str, Any]:
    more = {"hash": pin.md5 or "", "format": pin.format or ""}
    return {"type": "file", "bom-ref": _ref(pin), "name": pin.path} | _hashes(pin) | _with(more)


def _data_sets(release: Release) -> Iterator[dict[str, Any]]:
    """What the release was trained on, and what its KPIs were measured on."""
    if release.lineage is not None:
        for path, md5 in release.lineage.deps.items():
            yield _data(f"data:{path}", Pin(path, md5=md5), f"read by stage {release.lineage.stage}")
    for name, pin in release.evaluation.items():
        yield _data(f"evaluation:{name}", pin, "read by KPIs")


def _data(ref: str, pin: Pin, description: str) -> dict[str, Any]:
    content = {"type": "dataset", "name": pin.path, "description": description}
    named = {"type": "data", "bom-ref": ref, "name": pin.path, "data": [content]}
    return named | _hashes(pin) | _with({"hash": pin.digest})


def _hashes(pin: Pin) -> dict[str, Any]:
    """The digests that the format knows; that of a folder is of DVC's listing, and stays a property."""
    found = [{"alg": "SHA-256", "content": pin.sha256}] if pin.sha256 else []
    found += [{"alg": "MD5", "content": pin.md5}] if pin.md5 and not pin.is_folder else []
    return {"hashes": found} if found else {}


def _with(properties: Mapping[str, str]) -> dict[str, Any]:
    listed = list(_properties(properties))
    return {"properties": listed} if listed else {}


def _properties(values: Mapping[str, str]) -> Iterator[dict[str, str]]:
    yield from ({"name": f"mlops-gitops:{name}", "value": value} for name, value in values.items() if value)
