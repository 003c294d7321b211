"""The rollout that runs in an environment, and what judges it: the waves that its opening record digested."""

from __future__ import annotations

from collections.abc import Callable

from mlops_gitops.core.canonical import digest, sha256
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.rollout import Rollout, Wave
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot


@frozen
class RunningRollout:
    """The records of a rollout, the opening first, and the desired state that judges it.

    `plan` is that of the tree which the opening digested, and `tree` that tree; both None where no tree of the history
    has that digest. What a later change makes of the waves, the targets or a roster does not count.
    """

    entries: tuple[Entry, ...]
    plan: DesiredState | None
    tree: Snapshot | None

    @property
    def newest(self) -> Entry:
        """The entry of the wave that it is in."""
        return self.entries[-1]

    @property
    def record(self) -> Promotion:
        """The record of the wave that it is in."""
        return _promotion(self.newest)

    @property
    def rollout(self) -> Rollout | None:
        """Its waves."""
        return self.plan.rollout if self.plan else None

    @property
    def wave(self) -> Wave | None:
        """The wave that it is in."""
        return self.rollout.wave(self.record.wave) if self.rollout else None

    @property
    def following(self) -> Wave | None:
        """The next wave; None where it can only settle."""
        return self.rollout.after(self.record.wave) if self.rollout else None

    @property
    def words(self) -> str:
        """What is on its way, in half a sentence."""
        record = self.record
        return f"{record.environment} is rolling out {record.model} {record.release}, in the wave {record.wave}"


def running_rollout(
    ledger: Ledger | None, at: Callable[[str], Snapshot] | None, environment: str, model: str,
    before: int | None = None,
) -> RunningRollout | None:  # fmt: skip
    """The rollout that runs in an environment, by a ledger; None where none runs. `at` gives the tree of a commit.

    With `before`, the one that ran before the record of that sequence.
    """
    entries = ledger.rolling(environment, model, before) if ledger else []
    if not entries:
        return None
    opening, wanted = entries[0].commit, _promotion(entries[0]).rollout
    for commit in (opening.sha, opening.parent) if at else ():
        tree = at(commit) if at and commit else None
        state = tree.state(environment, model) if tree else None
        if tree and state and plan_digest(state, tree) == wanted:
            return RunningRollout(tuple(entries), state, tree)
    return RunningRollout(tuple(entries), None, None)


def plan_digest(state: DesiredState, tree: Snapshot) -> str:
    """The digest of what judges a rollout: the targets, the waves and the bytes of each roster."""
    rosters = {path: stored_if_possible(tree.tree, path) for path in state.rosters}
    return digest(
        {
            "targets": state.source.get("targets"),
            "rollout": state.source.get("rollout"),
            "rosters": {path: None if data is None else sha256(data) for path, data in rosters.items()},
        }
    )


def finish_or_abort(running: RunningRollout) -> str:
    """The commands that end a rollout."""
    place = f"{running.record.model} --in {running.record.environment}"
    return f"finish it: mlops-gitops advance {place}; or take it back: mlops-gitops rollback {place} --why …"


def _promotion(entry: Entry) -> Promotion:
    if not isinstance(entry.record, Promotion):
        raise TypeError(entry.record.path)  # a ledger's chain holds nothing else
    return entry.record
