"""Deployments of Kubernetes, as `kubectl get deployment -o json` prints them: version, and all replicas available.

The image or the variable that names the release shows what is to run; that the replicas are updated and available shows
that something does. A tag can be moved, so name a digest.
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
    other_version,
    part,
    sighting,
    version,
)
from mlops_gitops.rollout.observing.observer import Expected, Observer, Sighting
from mlops_gitops.rollout.observing.report import Report

_KIND = "Deployment"


def read(report: Report, expected: Expected) -> Sighting:
    """The deployments of the target. https://kubernetes.io/docs/concepts/workloads/controllers/deployment/."""
    objects = report.objects()
    units = [_unit(find_object(objects, _KIND, wanted.select), wanted) for wanted in documents(expected, _KIND)]
    return sighting(units, len(objects))


def _unit(found: Mapping[str, Any], wanted: Wanted) -> Unit:
    runs, progressing = version(found, wanted), condition(found, "Progressing")
    if runs is not State.SERVING:
        return Unit(runs, other_version(found, wanted))
    if not is_current(found):
        return Unit(State.UPDATING, "Kubernetes has not seen this generation of it yet")
    if progressing.get("status") == "False":
        return Unit(State.FAILED, f"it does not progress: {progressing.get('reason')}")
    replicas = part(found, "spec", "replicas")
    asked = replicas if isinstance(replicas, int) else 1
    numbers = [part(found, "status", name) or 0 for name in ("replicas", "updatedReplicas", "availableReplicas")]
    if numbers == [asked] * 3 and asked:
        return Unit(State.SERVING)
    return Unit(State.UPDATING, f"of {asked} replicas {numbers[1]} are updated and {numbers[2]} available")


OBSERVER = Observer("kubernetes", __doc__, "kubectl get deployment NAME -o json", read)
