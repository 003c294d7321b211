"""A watch that has not been able to tell for many windows: said once, in the window that makes the run long."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.monitoring.alarms.issue_state import findings
from mlops_gitops.monitoring.outcome import Observation, Outcome
from mlops_gitops.records.monitoring import Watch

LONG_RUN = 8  # windows


def inconclusive_run(watch: str, windows: Sequence[Observation]) -> int:
    """How many windows in a row, the last among them, were inconclusive; one that was not available is passed over."""
    run = 0
    for _, finding in findings(watch, windows):
        if finding.outcome is not Outcome.NOT_AVAILABLE:
            run = run + 1 if finding.outcome is Outcome.INCONCLUSIVE else 0
    return run


def long_run_note(watch: Watch, windows: Sequence[Observation], now: Observation) -> str:
    """The note about a run that is as long as LONG_RUN with the window `now`; empty before and after.

    `windows` are the records of the model in the environment, `now` among them or not.
    """
    until = now.window.end or ""
    known = [each for each in (*windows, now) if (each.window.end or "") <= until]
    before = [each for each in known if each.window.name != now.window.name]
    if (inconclusive_run(watch.id, before), inconclusive_run(watch.id, known)) != (LONG_RUN - 1, LONG_RUN):
        return ""
    where = f"{now.model} in {now.environment}"
    return (
        f"{watch.id} of {where} has been inconclusive in {LONG_RUN} windows in a row, and may never tell: pool windows "
        "by `over`, allow a larger change, or watch fewer columns or groups; this is said once"
    )
