"""Deployments at GitHub and their statuses, as `gh api` prints them one after another, set by an App that is named.

It counts the newest deployment of the environment that the target names, and of its statuses the newest that the App
has set: anybody who may write to a repository can set others. Its commit must be the record's or a later one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlops_gitops.documents.foreign_json import quoted
from mlops_gitops.rollout.observing.objects import State, Unit, commit_state, part, sighting
from mlops_gitops.rollout.observing.observer import Expected, Observer, Sighting
from mlops_gitops.rollout.observing.report import Report, ReportFault

_STATES = {
    "success": State.SERVING, "failure": State.FAILED, "error": State.FAILED, "inactive": State.OLD,
    "in_progress": State.UPDATING, "queued": State.UPDATING, "pending": State.UPDATING,
}  # fmt: skip


def read(report: Report, expected: Expected) -> Sighting:
    """The newest deployment. https://docs.github.com/en/rest/deployments."""
    objects, name = report.objects(), expected.observe.name
    deployments = [each for each in objects if "sha" in each and each.get("environment") == name and _id(each)]
    if not deployments:
        raise ReportFault(f"it holds no deployment to the environment {quoted(name)}")
    return sighting([_unit(max(deployments, key=_id), objects, expected)], len(objects))


def _unit(deployment: Mapping[str, Any], objects: Sequence[Mapping[str, Any]], expected: Expected) -> Unit:
    runs = commit_state(deployment.get("sha"), expected)
    if runs is not State.SERVING:
        return Unit(runs, "the newest deployment is of another commit than the record's or a later one of the branch")
    account, place = f"{expected.observe.app}[bot]", f"/deployments/{_id(deployment)}"
    statuses = [each for each in objects if str(each.get("deployment_url", "")).endswith(place) and _id(each)]
    by_app = [each for each in statuses if part(each, "creator", "login") == account]
    if not by_app:
        others = f", and {len(statuses)} are by others" if statuses else ""
        return Unit(State.UPDATING, f"{account} has set no status of deployment {_id(deployment)}{others}")
    state = max(by_app, key=_id).get("state")
    return Unit(_STATES.get(str(state), State.UPDATING), f"{account} says {quoted(state)}")


def _id(found: Mapping[str, Any]) -> int:
    number = found.get("id")
    return number if isinstance(number, int) and not isinstance(number, bool) else 0


OBSERVER = Observer(
    "github", __doc__, "gh api repos/OWNER/NAME/deployments/ID; gh api repos/OWNER/NAME/deployments/ID/statuses", read
)
