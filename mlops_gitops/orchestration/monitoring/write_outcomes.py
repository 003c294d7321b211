"""What follows from observations: their records, an issue for each watch that alarms, and a message to a chat tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mlops_gitops.forges.issue import Step
from mlops_gitops.monitoring.issue_text import wanted_issue
from mlops_gitops.monitoring.outcome import Finding, Observation, Outcome
from mlops_gitops.orchestration.monitoring.observe import Monitor
from mlops_gitops.orchestration.monitoring.records_branch import record_observations
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.runtime import webhook

_DONE = {
    Step.OPEN: "opened", Step.EDIT: "updated", Step.REOPEN: "opened again", Step.CLOSE: "closed",
}  # fmt: skip


def write_outcomes(workspace: Workspace, monitors: Sequence[Monitor], observations: Sequence[Observation]) -> list[str]:
    """Records the observations, keeps their issues, and returns a line for each thing that was written.

    The records come first: an issue is about what is on record. Raises Undecided where they cannot be written.
    """
    if not workspace.git.has_remote():
        return ["nothing is recorded: this repository has no remote to keep the records"]
    recorded = record_observations(workspace, observations)
    lines = [f"recorded: {found.record.path}" for found in recorded if found.is_new]
    by_pair = {(monitor.plan.model, monitor.environment): monitor for monitor in monitors}
    for observation, found in zip(observations, recorded, strict=True):
        if found.is_new:
            monitor = by_pair[observation.model, observation.environment]
            lines += _issues(workspace, monitor, found.record.observation)
    return lines or ["on record already: nothing new is written"]


def _issues(workspace: Workspace, monitor: Monitor, observation: Observation) -> Iterator[str]:
    earlier = [record.observation for record in monitor.chain.records]
    actions = {watch.id: watch for watch in monitor.plan.watches}
    for finding in observation.findings:
        watch = actions[finding.watch]
        if finding.action == "note" or finding.muted or _waits(finding, earlier, watch.consecutive):
            continue
        wanted = wanted_issue(observation, finding, monitor.plan.owner, earlier)
        if wanted is None:
            continue
        change = workspace.forge.write_issue(wanted)
        if change.issue and change.step in _DONE:
            yield f"issue #{change.issue.number} {_DONE[change.step]}: {change.issue.title}"
            yield from _notify(monitor, observation, finding, change.step, change.issue.url)


def _waits(finding: Finding, earlier: Iterable[Observation], consecutive: int) -> bool:
    """Whether an alarm has not come often enough in a row to be an issue."""
    if finding.outcome is not Outcome.ALARM or consecutive < 2:
        return False
    before = [found.outcome for seen in earlier for found in seen.findings if found.watch == finding.watch]
    return [*before, finding.outcome][-consecutive:] != [Outcome.ALARM] * consecutive


def _notify(monitor: Monitor, observation: Observation, finding: Finding, step: Step, url: str) -> Iterator[str]:
    """A warning where the webhook of the file could not be called."""
    name = monitor.plan.webhook
    if name is None or step is Step.EDIT:
        return
    message: Mapping[str, str] = {
        "model": observation.model, "environment": observation.environment, "watch": finding.watch,
        "outcome": finding.outcome.value, "issue": url,
    }  # fmt: skip
    if fault := webhook.post(name, message):
        yield fault
