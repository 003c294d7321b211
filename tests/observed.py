"""Reports in a few words: lines of devices, and objects as clusters and clouds print them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import replace
from mlops_gitops.records.promotion import TargetValue
from mlops_gitops.records.target import Observe
from mlops_gitops.rollout.observing.observer import Expected, Fleet, Sighting, observer_of
from mlops_gitops.rollout.observing.report import Report

NEW, OLD = "b" * 64, "a" * 64  # digests of the release on its way, and of the one in force
COMMIT, EARLIER = "c" * 40, "d" * 40
AT = "2026-01-08T10:00:00Z"


def line(device: str, sha256: str = NEW, state: str = "serving", **more: Any) -> str:
    """A line of a device."""
    said = {"device": device, "release": "1.1.0", "sha256": sha256, "state": state, "at": AT}
    return json.dumps(said | more) + "\n"


def fleet(total: int, *others: str) -> Fleet:
    """Devices 0, 1, … that the waves have reached, and others that are on the roster."""
    return Fleet(dict.fromkeys(map(str, range(total)), ""), frozenset(others), frozenset([NEW]), frozenset([OLD]))


def values(uri: str, select: Mapping[str, str], field: str) -> tuple[TargetValue, ...]:
    """The one field that a record sets."""
    return (TargetValue("eu-api", "deploy/churn.yaml", select, field, uri),)


def expected(
    by: str, kind: str = "", field: str = "spec.image", traffic: int | None = None, **observe: str
) -> Expected:
    """What a target with one document shows: the URI with NEW in place of that with OLD."""
    select = {"kind": kind, "name": "churn"} if kind else {}
    wanted, before = (values(f"s3://m/{digest}/", select, field) for digest in (NEW, OLD))
    commits, earlier = frozenset([COMMIT]), frozenset([EARLIER])
    return Expected("1.1.0", Observe(by, **observe), wanted, before, traffic, commits, earlier)


def seen(what: Expected, *reported: Any) -> Sighting:
    """What an observer makes of values, one after another, or of a text."""
    text = "".join(each if isinstance(each, str) else json.dumps(each) for each in reported)
    return observer_of(what.observe.by).read(Report(io.BytesIO(text.encode())), what)


def state(what: Expected, *reported: Any) -> str:
    """The state of the one unit that is there."""
    counts = seen(what, *reported).counts
    assert counts.total == 1
    names = ("serving", "updating", "old", "other", "failed", "silent")
    return next(name for name in names if getattr(counts, name))


def of_fleet(found: Fleet) -> Expected:
    """What a roster shows."""
    return replace(Expected("1.1.0", Observe("devices")), fleet=found)


def inference_service(
    share: int | None, digest: str = NEW, *, generation: int = 3, mode: str = "Knative", **status: Any
) -> dict[str, Any]:
    """An InferenceService whose newest revision gets `share` percent, None for a status without traffic."""
    entries = [{"latestRevision": True, "revisionName": "churn-2", "percent": share},
               {"revisionName": "churn-1", "percent": 100 - (share or 0), "tag": "prev"}]  # fmt: skip
    predictor = {"latestReadyRevision": "churn-2", "latestCreatedRevision": "churn-2"}
    predictor |= {"traffic": entries} if share is not None else {}  # type: ignore[dict-item]
    found = {
        "observedGeneration": 3, "deploymentMode": mode, "modelStatus": {"transitionStatus": "UpToDate"},
        "conditions": [{"type": "Ready", "status": "True"}], "components": {"predictor": predictor},
    }  # fmt: skip
    return {
        "apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService",
        "metadata": {"name": "churn", "namespace": "prod", "generation": generation},
        "spec": {"predictor": {"model": {"storageUri": f"s3://m/{digest}/"}}}, "status": found | status,
    }  # fmt: skip


def deployment(digest: str = NEW, updated: int = 3, **status: Any) -> dict[str, Any]:
    """A Deployment of three replicas."""
    found = {
        "observedGeneration": 7,
        "replicas": 3,
        "updatedReplicas": updated,
        "availableReplicas": 3,
        "conditions": [],
    }
    return {"kind": "Deployment", "metadata": {"name": "churn", "generation": 7},
            "spec": {"replicas": 3, "image": f"s3://m/{digest}/"}, "status": found | status}  # fmt: skip
