"""A Kustomization or HelmRelease of Flux, as `kubectl get … -o json` prints it: the commit or the values, and health.

Of a Kustomization the commit that it has applied must be the record's or a later one of the branch. Of a HelmRelease
its own fields must name the release. Both must be ready, for the generation that there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.rollout.observing.objects import (
    State,
    Unit,
    Wanted,
    commit_state,
    condition,
    documents,
    find_object,
    is_current,
    other_version,
    part,
    sighting,
    version,
)
from mlops_gitops.rollout.observing.observer import Expected, Observer, Sighting
from mlops_gitops.rollout.observing.report import Report

_KUSTOMIZATION, _HELM = "Kustomization", "HelmRelease"


def read(report: Report, expected: Expected) -> Sighting:
    """The object of the target. https://fluxcd.io/flux/components/."""
    objects, observe = report.objects(), expected.observe
    if observe.kind == _HELM:
        units = [_release(find_object(objects, _HELM, wanted.select), wanted) for wanted in documents(expected, _HELM)]
    else:
        select = {"name": observe.name} | ({"namespace": observe.namespace} if observe.namespace else {})
        units = [_kustomization(find_object(objects, _KUSTOMIZATION, select), expected)]
    return sighting(units, len(objects))


def _kustomization(found: Mapping[str, Any], expected: Expected) -> Unit:
    ready = condition(found, "Ready")
    tried = commit_state(part(found, "status", "lastAttemptedRevision"), expected)
    if ready.get("status") == "False" and tried is State.SERVING:
        return Unit(State.FAILED, f"Flux says {ready.get('reason')}")
    runs = commit_state(part(found, "status", "lastAppliedRevision"), expected)
    if runs is not State.SERVING:
        return Unit(runs, "it has applied another commit than the record's or a later one of the branch")
    return _ready(found)


def _release(found: Mapping[str, Any], wanted: Wanted) -> Unit:
    runs = version(found, wanted)
    if runs is not State.SERVING:
        return Unit(runs, other_version(found, wanted))
    if is_current(found) and condition(found, "Ready").get("status") == "False":
        return Unit(State.FAILED, f"Flux says {condition(found, 'Ready').get('reason')}")
    return _ready(found)


def _ready(found: Mapping[str, Any]) -> Unit:
    if not is_current(found):
        return Unit(State.UPDATING, "Flux has not seen this generation of it yet")
    if condition(found, "Ready").get("status") == "True":
        return Unit(State.SERVING)
    return Unit(State.UPDATING, f"Flux says {condition(found, 'Ready').get('reason') or 'nothing of its readiness'}")


OBSERVER = Observer("flux", __doc__, "kubectl get kustomization NAME -n flux-system -o json", read)
