"""The pull request that rolls back, where a watch with `action: rollback` alarms about the release in force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.core.errors import Error
from mlops_gitops.monitoring.alarms.issue_state import issue_state
from mlops_gitops.monitoring.outcome import Finding, Observation
from mlops_gitops.orchestration.monitoring.read_windows import Monitor
from mlops_gitops.orchestration.promote import Intent, roll_back
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.promotion import Promotion

ACTION = "rollback"


def propose_rollbacks(workspace: Workspace, monitor: Monitor, windows: Sequence[Observation]) -> Iterator[str]:
    """Opens or finds it, and yields a line of what was done. Approvals stay as they are: people merge it.

    `windows` are the observations on record. An alarm about an earlier release, whose labels came late, rolls nothing
    back, and one that asks for what is proposed already writes nothing.
    """
    for watch in monitor.plan.watches:
        alarm = issue_state(watch, windows).alarm if watch.action == ACTION else None
        if alarm and alarm[0].release == _running(monitor):
            yield _propose(workspace, monitor, *alarm)


def _running(monitor: Monitor) -> str | None:
    entry = monitor.ledger.current(monitor.environment, monitor.plan.model)
    return entry.record.release if entry and isinstance(entry.record, Promotion) else None


def _propose(workspace: Workspace, monitor: Monitor, observation: Observation, finding: Finding) -> str:
    model, environment = monitor.plan.model, monitor.environment
    if monitor.ledger.rolling(environment, model):
        return f"no rollback of {model} in {environment} is proposed while another release is on its way there"
    day = (observation.window.start or "").partition("T")[0]
    why = f"The watch {finding.watch} alarms in the window of {day}: {finding.reason}."
    try:
        report = roll_back(workspace, Intent("rollback", model, environment, why))
    except Error as error:
        return f"no rollback of {model} in {environment} is proposed: {error.message}"
    number = f"#{report.pull.number}" if report.pull else ""
    return f"rollback of {model} in {environment}: pull request {number}".rstrip()
