"""What follows from observations: records, the issues of watches, messages to a chat tool, and rollbacks proposed."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.orchestration.monitoring.keep_issues import Kept, close_unplanned, keep_issues
from mlops_gitops.orchestration.monitoring.propose_rollbacks import propose_rollbacks
from mlops_gitops.orchestration.monitoring.read_windows import Monitor
from mlops_gitops.orchestration.monitoring.records_branch import record_observations, recorded_chain
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.monitoring import KIND, Monitoring
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion


@frozen
class Written:
    """What was written, a line each; `failed` where an issue could not be, `opened` where one is open now."""

    lines: tuple[str, ...]
    failed: bool = False
    opened: bool = False


def write_outcomes(workspace: Workspace, monitors: Sequence[Monitor], observations: Sequence[Observation]) -> Written:
    """Records the observations, keeps the issues of the models, and closes those of what is watched no more.

    The records come first: an issue follows from what is on record. Raises Undecided where they cannot be written.
    """
    if not workspace.git.has_remote():
        return Written(("nothing is recorded: this repository has no remote to keep the records",))
    for monitor in monitors:
        _require_known_records(monitor)
    recorded = record_observations(workspace, observations)
    lines = [f"recorded: {found.record.path}" for found in recorded if found.is_new]
    total = Kept()
    for monitor in monitors:
        windows = _windows(workspace, monitor)
        kept = keep_issues(workspace.forge, monitor.plan, monitor.environment, windows, _project(workspace))
        lines += [*kept.lines(), *propose_rollbacks(workspace, monitor, windows)]
        total += kept
    closed = _close_unplanned(workspace, monitors)
    lines, total = [*lines, *closed.lines()], total + closed
    return Written(tuple(lines or ["nothing new is written"]), bool(total.errors), total.opened > 0)


def _require_known_records(monitor: Monitor) -> None:
    """Raises Undecided where a promotion names a record that the branch lacks: a new one would hide that it is gone."""
    for entry in monitor.ledger.chain(monitor.environment, monitor.plan.model):
        digest = entry.record.predicate.get("monitoring") if isinstance(entry.record, Promotion) else None
        if digest and monitor.chain.with_digest(digest) is None:
            reason = f"{BRANCH} lacks the record {digest[:17]}… that {entry.record.path} names"
            help = "fetch the branch; where it was deleted or set back, push it again from a clone that has it"
            raise Undecided(reason, help=help)


def _close_unplanned(workspace: Workspace, monitors: Sequence[Monitor]) -> Kept:
    """Closes the issues of what no monitoring.yaml watches any more, where these monitors are all there are.

    An issue of a file that is not valid is left as it is: what it watches is not known.
    """
    found = [entry.record for entry in workspace.at(workspace.base()).entries() if entry.kind.name == KIND.name]
    plans = [record for record in found if isinstance(record, Monitoring)]
    planned = {(plan.model, environment) for plan in plans for environment in plan.environments}
    if len(plans) < len(found) or planned != {(monitor.plan.model, monitor.environment) for monitor in monitors}:
        return Kept()
    return close_unplanned(workspace.forge, plans)


def _windows(workspace: Workspace, monitor: Monitor) -> list[Observation]:
    chain = recorded_chain(workspace, monitor.environment, monitor.plan.model)
    return [record.observation for record in chain.records]


def _project(workspace: Workspace) -> Project | None:
    return workspace.at(workspace.base()).project
