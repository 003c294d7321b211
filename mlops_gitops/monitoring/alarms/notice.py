"""The message that a chat tool is sent when the issue of a watch opens or closes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlops_gitops.forges.issue import IssueChange, Step
from mlops_gitops.monitoring.alarms.issue_state import findings, issue_state
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.monitoring.table import mark, window_text
from mlops_gitops.records.monitoring import Watch


def notice(watch: Watch, windows: Sequence[Observation], change: IssueChange) -> dict[str, Any] | None:
    """The message as JSON about the window that opened or closed the issue of a watch; None where none did.

    So ten windows of alarms are one message. `text` is what Slack and Mattermost show of it. Nothing in
    it comes out of the live data.
    """
    if change.issue is None or change.step not in (Step.OPEN, Step.REOPEN, Step.CLOSE):
        return None
    observation, finding = issue_state(watch, windows).alarm or findings(watch.id, windows)[-1]
    where = f"{observation.model} in {observation.environment}, {window_text(observation.window)}"
    link = f" {change.issue.url}" if change.issue.url else f" (issue #{change.issue.number})"
    return {
        "version": 1,
        "model": observation.model,
        "environment": observation.environment,
        "watch": watch.id,
        "outcome": finding.outcome.value,
        "issue": change.issue.url or f"#{change.issue.number}",
        "text": f"{where}: {watch.id} is {mark(finding.outcome)}.{link}",
    }
