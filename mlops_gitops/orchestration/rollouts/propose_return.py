"""Proposes the return from a wave that failed: exactly one pull request, however often it is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.core.errors import PASSED
from mlops_gitops.core.frozen import frozen
from mlops_gitops.orchestration.promote import Intent, roll_back
from mlops_gitops.orchestration.rollouts.open_pulls import open_pulls
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.promotion import BACK, Promotion
from mlops_gitops.reporting.report import Link, Report
from mlops_gitops.rollout.evidence.wave_evidence import FAILED
from mlops_gitops.rollout.rollout_state import RolloutState
from mlops_gitops.rollout.staying import staying_words, unmoved


@frozen
class DueReturn:
    """The return from a wave that failed: its record, why, the observations that show it, and whether it is approved.

    It `aborts` where the opening of the rollout has approved the return in advance. `stays` are the targets that it
    leaves as they are.
    """

    record: Promotion
    why: str
    evidence: tuple[str, ...]
    aborts: bool
    stays: tuple[str, ...] = ()

    @property
    def asks(self) -> str:
        """The approvals that it needs, in words; "" where it needs none."""
        return "" if self.aborts else f"those of {self.record.environment}"

    @property
    def words(self) -> str:
        """Why, and which targets stay as they are."""
        stays = staying_words(self.stays)
        return f"{self.why} {stays}." if stays else self.why


def due_return(state: RolloutState) -> DueReturn | None:
    """The return that a rollout needs; None where its wave did not fail, or where none runs."""
    running, evidence = state.running, state.hold.evidence
    if running is None or evidence is None or state.name != FAILED:
        return None
    aborts = running.rollout is not None and running.rollout.aborts
    return DueReturn(running.record, f"{state.hold.reason}.", evidence.rests_on, aborts, unmoved(running.plan))


def propose_return(
    workspace: Workspace, due: DueReturn, requested_by: Mapping[str, str] | None, *, only_show: bool = False
) -> Report:
    """Opens the pull request; one that is open already is left as it is, so that its approvals stay. Raises Error."""
    record = due.record
    opened = open_pulls(workspace, record.environment, record.model).named(BACK)
    number = f"{record.sequence + 1:04d}-"
    if opened is not None and opened.branch.rpartition("/")[2].startswith(number) and not only_show:
        line = f"pull request #{opened.number} is open already: nothing was written"
        pull = {"number": opened.number, "branch": opened.branch, "title": opened.title, "state": opened.state}
        data = {"version": 1, "done": "unchanged", "pull_request": pull}
        return Report(data, lines=(line,), exit_code=PASSED, pull=Link(opened.number, opened.url))
    intent = Intent("rollback", record.model, record.environment, due.why, (), requested_by, due.evidence, due.aborts)
    return roll_back(workspace, intent, only_show=only_show)
