"""An InferenceService: version, generation, loading and traffic as its status shows them."""

from __future__ import annotations

from typing import Any

import pytest
from cases import cases
from observed import OLD, expected, inference_service, seen, state

from mlops_gitops.rollout.observing.report import ReportFault

FIELD = "spec.predictor.model.storageUri"
CANARY = expected("kserve", "InferenceService", FIELD, 10)
WHOLE = expected("kserve", "InferenceService", FIELD, 100)
WITHOUT = expected("kserve", "InferenceService", FIELD)
RAW = inference_service(None, mode="RawDeployment")
CANARIES = [{"name": "v3", "ready": True, "trafficPercent": 90}]

SEEN = [  # what it is to show, what it shows, and what that counts as
    ("a canary", CANARY, inference_service(10), "serving"),
    ("all of it", WHOLE, inference_service(100), "serving"),
    ("a canary that gets everything", CANARY, inference_service(100), "failed"),
    ("a mode that ignores the share", CANARY, RAW, "failed"),
    ("the same, all of it", WHOLE, RAW, "serving"),
    ("more than the wave has", CANARY, inference_service(11), "failed"),
    ("less than the wave has", CANARY, inference_service(5), "updating"),
    ("no share to see", CANARY, inference_service(None), "updating"),
    ("no share asked for", WITHOUT, inference_service(None), "serving"),
    ("what was in force", CANARY, inference_service(10, OLD), "old"),
    ("something else", CANARY, inference_service(10, "f" * 64), "other"),
    ("a newer generation", CANARY, inference_service(10, generation=4), "updating"),
    ("still loading", CANARY, inference_service(10, modelStatus={"transitionStatus": "InProgress"}), "updating"),
    ("not loaded", CANARY, inference_service(10, modelStatus={"transitionStatus": "BlockedByFailedLoad"}), "failed"),
    ("a spec that cannot be", CANARY, inference_service(10, modelStatus={"transitionStatus": "InvalidSpec"}), "failed"),
    ("not ready", CANARY, inference_service(10, conditions=[]), "updating"),
    ("canaries of its own", CANARY, inference_service(None, canaryStatuses=CANARIES), "serving"),
    ("the same, all of it", WHOLE, inference_service(None, canaryStatuses=CANARIES), "updating"),
    ("no status", CANARY, inference_service(10) | {"status": None}, "updating"),
]


@cases("name, what, shown, counted", SEEN)
def test_what_a_service_shows(name: str, what: Any, shown: dict[str, Any], counted: str) -> None:
    assert state(what, shown) == counted


def test_a_mode_that_ignores_the_canary_is_named_with_what_it_does() -> None:
    found = seen(CANARY, RAW)
    assert (found.traffic, found.proof) == (100.0, "intent")
    assert "100 % of the traffic" in found.why and "10 %" in found.why and "RawDeployment" in found.why


def test_a_list_of_a_cluster_is_searched_by_name_and_kind() -> None:
    other = inference_service(100) | {"metadata": {"name": "fraud"}}
    assert state(CANARY, {"kind": "InferenceServiceList", "items": [other, inference_service(10)]}) == "serving"
    assert state(CANARY, [{"kind": "Service", "metadata": {"name": "churn"}}, inference_service(10)]) == "serving"


ODD = [
    ("", "empty"), ("{", "not JSON"), ([], "empty"), ({"kind": "Pod"}, "InferenceService churn"), ("[1]", "1"),
    ([inference_service(10), inference_service(10)], "2 objects"), ("[" * 100_000, "deep"), ("NaN", "NaN"),
    ('{"kind": "\\u0000"}', "control"), (b"\xff".decode("latin-1") * 3, "not JSON"), (inference_service(500), "500 %"),
    (inference_service(10) | {"metadata": {"name": "fraud"}}, "'fraud'"), ('{"kind": "List", "items": 5}', "List"),
]  # fmt: skip


@cases("shown, fact", ODD)
def test_what_is_no_report_is_refused(shown: Any, fact: str) -> None:
    with pytest.raises(ReportFault) as refused:
        seen(CANARY, shown)
    assert fact in str(refused.value) and "\n" not in str(refused.value)
