"""Whether the one issue of a watch is to be open after a window, as the windows before it decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges.issue import CLOSED, KEEP, OPEN
from mlops_gitops.monitoring.outcome import Finding, Observation, Outcome
from mlops_gitops.records.monitoring import Watch

NOTE = "note"  # the action that opens no issue


@frozen
class IssueState:
    """What the issue of a watch is to be: `wanted` is OPEN, CLOSED, or KEEP for no change.

    `alarm` is the last alarm of those that an issue stands open for, and its window; None where there is none, or the
    last window is muted.
    """

    wanted: str
    alarm: tuple[Observation, Finding] | None = None


def issue_state(watch: Watch, windows: Sequence[Observation]) -> IssueState:
    """The state of the issue after these windows.

    `consecutive` alarms open it, counted until a window is fine; it opens at the earliest a `cooldown` after it opened
    before. A window that could not be judged, or whose alarm is muted, changes nothing.
    """
    state, alarms, opened = IssueState(KEEP), 0, None
    is_open = False
    for window, finding in findings(watch.id, windows):
        if finding.outcome is Outcome.FINE:
            state, alarms, is_open = IssueState(CLOSED), 0, False
        elif finding.outcome is not Outcome.ALARM or finding.muted is not None:
            state = IssueState(KEEP, None if finding.muted else state.alarm)
        else:
            alarms += 1
            if not is_open and alarms >= watch.consecutive and _has_cooled(watch, opened, window):
                is_open, opened = True, window
            wanted = OPEN if is_open and watch.action != NOTE else KEEP
            state = IssueState(wanted, (window, finding) if is_open else None)
    return state


def findings(watch: str, windows: Sequence[Observation]) -> list[tuple[Observation, Finding]]:
    """What a watch found in each window of the calendar, in its order: of one that was judged again, the last answer.

    A file that was named by hand is no window of the calendar, and decides nothing.
    """
    found: dict[tuple[str, str], tuple[Observation, Finding]] = {}
    for window in windows:
        for finding in window.findings:
            if finding.watch == watch and window.window.index is not None:
                found[window.window.end or "", window.window.start or ""] = (window, finding)
    return [found[times] for times in sorted(found)]


def _has_cooled(watch: Watch, opened: Observation | None, now: Observation) -> bool:
    if watch.cooldown is None or opened is None or not (opened.window.end and now.window.end):
        return True
    return datetime.fromisoformat(now.window.end) - datetime.fromisoformat(opened.window.end) >= watch.cooldown
