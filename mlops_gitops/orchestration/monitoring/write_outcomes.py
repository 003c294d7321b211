"""What follows from observations: their records, the issues of the watches, and messages to a chat tool."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.orchestration.monitoring.keep_issues import Kept, keep_issues
from mlops_gitops.orchestration.monitoring.observe import Monitor
from mlops_gitops.orchestration.monitoring.records_branch import record_observations, recorded_chain
from mlops_gitops.orchestration.workspace import Workspace


@frozen
class Written:
    """What was written, a line each; `failed` where an issue could not be."""

    lines: tuple[str, ...]
    failed: bool = False


def write_outcomes(workspace: Workspace, monitors: Sequence[Monitor], observations: Sequence[Observation]) -> Written:
    """Records the observations, and keeps the issues of their models.

    The records come first: an issue follows from what is on record. Raises Undecided where they cannot be written.
    """
    if not workspace.git.has_remote():
        return Written(("nothing is recorded: this repository has no remote to keep the records",))
    recorded = record_observations(workspace, observations)
    lines = [f"recorded: {found.record.path}" for found in recorded if found.is_new]
    kept = Kept()
    for monitor in _observed(monitors, observations):
        kept += _keep(workspace, monitor)
    lines += kept.lines()
    return Written(tuple(lines or ["on record already: nothing new is written"]), failed=bool(kept.errors))


def _observed(monitors: Sequence[Monitor], observations: Sequence[Observation]) -> list[Monitor]:
    seen = {(observation.model, observation.environment) for observation in observations}
    return [monitor for monitor in monitors if (monitor.plan.model, monitor.environment) in seen]


def _keep(workspace: Workspace, monitor: Monitor) -> Kept:
    chain = recorded_chain(workspace, monitor.environment, monitor.plan.model)
    windows = [record.observation for record in chain.records]
    project = workspace.at(workspace.base()).project
    return keep_issues(workspace.forge, monitor.plan, monitor.environment, windows, project)
