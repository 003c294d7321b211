"""An Application of Argo CD, as `kubectl get application -o json` prints it: the commit that is synced, and health.

The commit must be the record's or a later one of the branch: an Application that is synced to an older one still runs
what was in force. What it shows is that the files are applied and healthy. A rollout of Argo Rollouts that is paused
makes it Suspended, and the wave waits for its verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.rollout.observing.objects import State, Unit, commit_state, find_object, part, sighting
from mlops_gitops.rollout.observing.observer import Expected, Observer, Sighting
from mlops_gitops.rollout.observing.report import Report


def read(report: Report, expected: Expected) -> Sighting:
    """The Application that the target names. https://argo-cd.readthedocs.io/en/stable/operator-manual/."""
    objects, observe = report.objects(), expected.observe
    select = {"name": observe.name} | ({"namespace": observe.namespace} if observe.namespace else {})
    return sighting([_unit(find_object(objects, "Application", select), expected)], len(objects))


def _unit(found: Mapping[str, Any], expected: Expected) -> Unit:
    status = part(found, "status") or {}
    phase = part(status, "operationState", "phase")
    if phase in ("Failed", "Error") and _state(part(status, "operationState", "syncResult"), expected) is State.SERVING:
        return Unit(State.FAILED, f"the sync of this commit ended in {phase}")
    runs = _state(part(status, "sync"), expected)
    if runs is not State.SERVING:
        return Unit(runs, "it is synced to another commit than the record's or a later one of the branch")
    health, sync = part(status, "health", "status"), part(status, "sync", "status")
    if health == "Degraded":
        return Unit(State.FAILED, "Argo CD says Degraded")
    if (sync, health) == ("Synced", "Healthy"):
        return Unit(State.SERVING)
    return Unit(State.UPDATING, f"Argo CD says {sync} and {health}")


def _state(synced: Any, expected: Expected) -> State:
    """Where it is by the revision of its one source, or by that of any of its sources which is of this repository."""
    revisions = part(synced, "revisions")
    listed = revisions if isinstance(revisions, list) and revisions else [part(synced, "revision")]
    states = [commit_state(revision, expected) for revision in listed]
    return next((state for state in (State.OLD, State.SERVING) if state in states), State.OTHER)


OBSERVER = Observer("argocd", __doc__, "kubectl get application NAME -n argocd -o json", read)
