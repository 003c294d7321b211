"""The step that a rollout takes next, by its waves and the overrides in force that skip one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mlops_gitops.core.frozen import frozen
from mlops_gitops.promotion.decisions import lists_decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.rollout import Wave
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import RunningRollout


@frozen
class NextStep:
    """The wave that a rollout enters, None where it settles, and the waves that it leaves out on the way."""

    wave: Wave | None
    skipped: tuple[Wave, ...] = ()

    @property
    def approvals(self) -> Mapping[str, int]:
        """What it needs, by role: of each wave that it brings, skipped or not, the highest count."""
        brought = (*self.skipped, *((self.wave,) if self.wave else ()))
        roles = dict.fromkeys(role for wave in brought for role in wave.approvals)
        return {role: max(wave.approvals.get(role, 0) for wave in brought) for role in roles}

    @property
    def words(self) -> str:
        """What it does."""
        if self.wave is None:
            return "settles"
        names = ", ".join(wave.name for wave in self.skipped)
        return f"enters the wave {self.wave.name}" + (f", past {names}" if names else "")


def next_step(context: Context, running: RunningRollout, record: Promotion | None = None) -> NextStep:
    """The next step of a rollout whose waves are known. With a record, only by the overrides that it lists.

    A skipped wave is one that nobody waits in: the step after it brings what it brings, with its approvals too. The
    last wave is never skipped, since it brings the rest.
    """
    found = context.overrides("wave", running.record)
    skips = {decision.wave for decision in found if record is None or lists_decision(record, decision.path)}
    return _step(running, skips)


def _step(running: RunningRollout, skips: Collection[str]) -> NextStep:
    rollout = running.rollout
    following = running.following
    if rollout is None or following is None:
        return NextStep(None)
    ahead = rollout.waves[rollout.waves.index(following) :]
    taken = next((wave for wave in ahead[:-1] if wave.name not in skips), ahead[-1])
    return NextStep(taken, ahead[: ahead.index(taken)])
