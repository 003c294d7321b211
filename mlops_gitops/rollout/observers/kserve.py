"""InferenceServices of KServe, as `kubectl get inferenceservice -o json` prints them: version, health and traffic.

The fields of the object must name the release, its status be about the generation that there is, and the model loaded.
The share of the traffic is what the status shows, and never what was asked for: in the mode Standard (RawDeployment)
KServe ignores `canaryTrafficPercent` in silence, so that everything goes to the release at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.rollout.observing.objects import (
    State,
    Unit,
    Wanted,
    condition,
    documents,
    find_object,
    is_current,
    number,
    other_version,
    part,
    sighting,
    version,
)
from mlops_gitops.rollout.observing.observer import Expected, Observer, Sighting
from mlops_gitops.rollout.observing.report import Report

_KIND = "InferenceService"
_FAILED = ("BlockedByFailedLoad", "InvalidSpec")
_WITHOUT_REVISIONS = ("Standard", "RawDeployment")  # the modes without Knative


def read(report: Report, expected: Expected) -> Sighting:
    """The services of the target. https://github.com/kserve/kserve: pkg/apis/serving/v1beta1."""
    objects = report.objects()
    units = [
        _unit(find_object(objects, _KIND, wanted.select), wanted, expected) for wanted in documents(expected, _KIND)
    ]
    return sighting(units, len(objects))


def _unit(found: Mapping[str, Any], wanted: Wanted, expected: Expected) -> Unit:
    runs, transition = version(found, wanted), part(found, "status", "modelStatus", "transitionStatus")
    if runs is not State.SERVING:
        return Unit(runs, other_version(found, wanted), 0.0)
    if not is_current(found):
        return Unit(State.UPDATING, "KServe has not seen this generation of it yet")
    if transition in _FAILED:
        reason = part(found, "status", "modelStatus", "lastFailureInfo", "reason")
        return Unit(State.FAILED, f"KServe says {transition}" + (f": {reason}" if isinstance(reason, str) else ""))
    if transition not in ("UpToDate", "", None) or condition(found, "Ready").get("status") != "True":
        return Unit(State.UPDATING, f"KServe says {transition}" if transition else "it is not ready")
    return _with_traffic(_share(found), found, expected)


def _with_traffic(share: float | None, found: Mapping[str, Any], expected: Expected) -> Unit:
    asked = expected.traffic
    if asked is None:
        return Unit(State.SERVING, traffic=share)
    if share is None:
        return Unit(State.UPDATING, "its status says nothing of traffic")
    shown = f"{share:g} % of the traffic goes to {expected.release}, and the wave has {asked} %"
    if share > asked:
        why = (
            f"{shown}: the mode {_mode(found)} ignores canaryTrafficPercent" if _is_without_revisions(found) else shown
        )
        return Unit(State.FAILED, why, share)
    return Unit(State.UPDATING, shown, share) if share < asked else Unit(State.SERVING, traffic=share)


def _share(found: Mapping[str, Any]) -> float | None:
    """The share of the traffic that what the predictor's fields name gets, in percent; None where nothing says it."""
    status = part(found, "status")
    canaries = part(status, "canaryStatuses")
    if isinstance(canaries, list) and canaries:
        return 100.0 - _sum(canaries, "trafficPercent")
    predictor = part(status, "components", "predictor")
    entries = part(predictor, "traffic")
    if not isinstance(entries, list) or not entries:
        return 100.0 if _is_without_revisions(found) else None
    newest = part(predictor, "latestReadyRevision")
    if newest != part(predictor, "latestCreatedRevision"):
        return 0.0
    named = [each for each in entries if isinstance(each, Mapping)]
    return _sum([each for each in named if each.get("latestRevision") is True or each.get("revisionName") == newest],
                "percent")  # fmt: skip


def _sum(entries: list[Any], key: str) -> float:
    return sum(number(each, key) for each in entries)


def _is_without_revisions(found: Mapping[str, Any]) -> bool:
    return _mode(found) in _WITHOUT_REVISIONS


def _mode(found: Mapping[str, Any]) -> str:
    annotations = part(found, "metadata", "annotations") or {}
    return str(part(found, "status", "deploymentMode") or part(annotations, "serving.kserve.io/deploymentMode") or "")


OBSERVER = Observer("kserve", __doc__, "kubectl get inferenceservice NAME -o json", read)
