"""Whatever a report holds, an observer counts each unit once or refuses it in a line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observed import NEW, deployment, expected, fleet, inference_service, line, of_fleet, seen

from mlops_gitops.core.frozen import replace
from mlops_gitops.records.target import Observe
from mlops_gitops.rollout.observing.report import ReportFault

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["True", NEW, "Ready"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
HELM = replace(expected("flux", "HelmRelease"), observe=Observe("flux", kind="HelmRelease"))
SOUND: list[tuple[Any, Any]] = [
    (expected("kserve", "InferenceService", "spec.predictor.model.storageUri", 10), inference_service(10)),
    (expected("kubernetes", "Deployment"), deployment()),
    (
        expected("argocd", name="churn"),
        {
            "kind": "Application",
            "metadata": {"name": "churn"},
            "status": {
                "sync": {"revision": "c" * 40, "status": "Synced"},
                "health": {"status": "Healthy"},
                "operationState": {"phase": "Failed", "syncResult": {"revision": "c" * 40}},
            },
        },
    ),
    (
        expected("flux", name="churn"),
        {
            "kind": "Kustomization",
            "metadata": {"name": "churn", "generation": 1},
            "status": {
                "lastAppliedRevision": "c" * 40,
                "observedGeneration": 1,
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        },
    ),
    (
        HELM,
        {
            "kind": "HelmRelease",
            "metadata": {"name": "churn", "generation": 1},
            "spec": {"image": f"s3://m/{NEW}/"},
            "status": {"observedGeneration": 1, "conditions": []},
        },
    ),
    (
        expected("sagemaker", name="churn"),
        [
            {
                "EndpointName": "churn",
                "EndpointStatus": "InService",
                "EndpointConfigName": "c",
                "ProductionVariants": [{"VariantName": "a", "CurrentWeight": 1.0}],
            },
            {
                "EndpointConfigName": "c",
                "EndpointConfigArn": "a",
                "ProductionVariants": [{"VariantName": "a", "ModelName": "m"}],
            },
            {"ModelName": "m", "ModelArn": "a", "PrimaryContainer": {"ModelDataUrl": "x"}},
        ],
    ),
    (
        expected("github", name="prod", app="a"),
        [
            {"id": 1, "sha": "c" * 40, "environment": "prod"},
            {"id": 2, "state": "success", "creator": {"login": "a[bot]"}, "deployment_url": "x/deployments/1"},
        ],
    ),
    (of_fleet(fleet(2)), json.loads(line("0"))),
]


def _places(value: Any, route: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The route of every part of a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [route, *(found for key, inner in items for found in _places(inner, (*route, key)))]


def _with(value: Any, route: tuple[Any, ...], new: Any) -> Any:
    if not route:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[route[0]] = _with(value[route[0]], route[1:], new)
    return copied


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_counted_or_refused(data: st.DataObject) -> None:
    what, sound = data.draw(st.sampled_from(SOUND))
    odd = _with(sound, data.draw(st.sampled_from(_places(sound))), data.draw(VALUES))
    try:
        found = seen(what, odd)
    except ReportFault as refused:
        assert "\n" not in str(refused) and len(str(refused)) < 600
    else:
        assert found.counts.is_whole and (found.traffic is None or 0 <= found.traffic <= 100)


HUGE = 10**400  # more than a float holds
SHARES = [  # which of the sound reports, and where it has a share
    (0, ("status", "components", "predictor", "traffic", 0, "percent")),
    (5, (0, "ProductionVariants", 0, "CurrentWeight")),
]


def test_a_share_that_is_no_share_is_refused_and_never_nothing() -> None:
    for number, route in SHARES:
        what, sound = SOUND[number]
        for wrong in (HUGE, float("1e999"), -1, "50", True):
            text = json.dumps(_with(sound, route, wrong)).replace("Infinity", "1e999")
            with pytest.raises(ReportFault, match="share"):
                seen(what, text)


def test_a_key_that_is_there_twice_is_refused() -> None:
    for text, what in (('{"kind": "x", "kind": "InferenceService"}', SOUND[0][0]), (_TWICE, of_fleet(fleet(2)))):
        with pytest.raises(ReportFault, match="twice"):
            seen(what, text)


_TWICE = line("0").replace("{", '{"device": "1", ', 1)
