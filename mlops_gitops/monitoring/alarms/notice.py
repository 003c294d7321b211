"""The message that a chat tool is sent when the issue of a watch opens or closes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlops_gitops.forges.issue import IssueChange, Step
from mlops_gitops.monitoring.alarms.issue_state import findings
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.monitoring.table import mark, window_text


def notice(watch: str, windows: Sequence[Observation], change: IssueChange) -> dict[str, Any] | None:
    """The message as JSON about the newest window of a watch; None where its issue neither opened nor closed.

    So ten windows of alarms are one message. `text` is what Slack and Mattermost show of it. Nothing in
    it comes out of the live data.
    """
    if change.issue is None or change.step not in (Step.OPEN, Step.REOPEN, Step.CLOSE):
        return None
    observation, finding = findings(watch, windows)[-1]
    where = f"{observation.model} in {observation.environment}, {window_text(observation.window)}"
    link = f" {change.issue.url}" if change.issue.url else f" (issue #{change.issue.number})"
    return {
        "version": 1,
        "model": observation.model,
        "environment": observation.environment,
        "watch": watch,
        "outcome": finding.outcome.value,
        "issue": change.issue.url or f"#{change.issue.number}",
        "text": f"{where}: {watch} is {mark(finding.outcome)}.{link}",
    }
