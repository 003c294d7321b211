"""Proposes the next step of a rollout that is ready for it: its next wave, or that it settles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.orchestration.promote import Intent, build_request, carried_decisions, carry_out
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion import promotion_change
from mlops_gitops.records.decision import PAUSE
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.evidence.wave_evidence import HOLDING, PENDING, UPDATING
from mlops_gitops.rollout.next_step import NextStep
from mlops_gitops.rollout.rollout_state import FROZEN, PAUSED, READY, RolloutState, rollout_state
from mlops_gitops.runtime import clock

WHY = "The rollout goes on."


@frozen
class DueStep:
    """The next step of a rollout, the record of the wave that it is in, and the new decisions that it carries along.

    `evidence` are the digests of the observations that it depends on.
    """

    record: Promotion
    step: NextStep
    decisions: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What it does."""
        return self.step.words

    @property
    def asks(self) -> str:
        """The approvals that it needs; "" where it needs none."""
        return ", ".join(filter(None, (in_words(self.step.approvals), *self.decisions)))


def states(context: Context) -> list[RolloutState]:
    """The state of each rollout that runs, by the ledger of a context."""
    pairs = context.ledger.pairs() if context.ledger else []
    running = [pair for pair in pairs if context.ledger and context.ledger.rolling(*pair)]
    return [rollout_state(context, environment, model) for environment, model in running]


def in_words(approvals: Mapping[str, int]) -> str:
    """The approvals of each role: `data-science 1, operations 2`."""
    return ", ".join(f"{role} {count}" for role, count in approvals.items() if count)


def carrying(workspace: Workspace, context: Context, paths: Sequence[str]) -> Context:
    """The base as it is once decisions of the work tree are merged, where it lacks them.

    Raises Error, for a pause too: no step is taken that could carry it, so it would stop nothing.
    """
    carried = carried_decisions(workspace, context.head, paths)
    head = Snapshot(Overlay(carried, context.head.tree)) if carried else context.head
    for found in head.whole.decisions() if carried else ():
        if found.path in carried and found.type == PAUSE:
            reason = f"{found.path} is a pause, and a step does not carry one: nothing is paused yet"
            raise Error(reason, help="merge it by a pull request of its own, which needs no approval")
    return replace(context, head=head, changes=dict.fromkeys(carried, "A"))


def due_step(state: RolloutState, decisions: Iterable[str] = ()) -> DueStep | None:
    """The step that a rollout is ready for; None where it is not, or where none runs."""
    if state.running is None or state.step is None or state.name != READY:
        return None
    evidence = state.hold.evidence.rests_on if state.hold.evidence else ()
    return DueStep(state.running.record, state.step, tuple(decisions), evidence)


def waiting_code(state: RolloutState) -> int:
    """The exit code of a rollout that cannot go on now: to wait is no failure."""
    if state.name in (PENDING, UPDATING, HOLDING, FROZEN, PAUSED):
        return PASSED
    return UNDECIDED if state.hold.undecided else FAILED


def propose_step(
    workspace: Workspace, base: str, due: DueStep, requested_by: Mapping[str, str] | None, *, only_show: bool = False
) -> Report:
    """Opens the pull request of a step; `requested_by` is None for the person who runs the command. Raises Error."""
    record, trusted = due.record, workspace.trusted(base)
    manifest = promotion_change.find_release(trusted, trusted, record.model, record.release)
    action = "advance" if due.step.wave else "settle"
    intent = Intent(action, record.model, record.environment, WHY, due.decisions, requested_by, due.evidence)
    request = build_request(workspace, trusted, intent, manifest)
    if due.step.wave:
        request = replace(request, wave=due.step.wave.name, approvals=dict(due.step.approvals))
    return carry_out(workspace, base, request, clock.today(), only_show=only_show)
