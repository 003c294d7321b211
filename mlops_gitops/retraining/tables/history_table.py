"""The records of retrainings as people read them: what called for each, what came of it, and who decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.retraining.chain import RetrainingChains
from mlops_gitops.retraining.record import RetrainingRecord, RunOutcome
from mlops_gitops.retraining.serialize import decision_data

COLUMNS = ("day", "model", "cause", "what followed", "who decided")
POLICY = "the policy"


@frozen
class PastRetraining:
    """A record, and the pull request that its run opened, as its forge has it now; None where it opened none."""

    record: RetrainingRecord
    pull: PullRequest | None = None

    @property
    def approvers(self) -> tuple[str, ...]:
        """The people who approved the head of the pull request."""
        pull = self.pull
        return tuple(dict.fromkeys(r.by for r in pull.reviews if r.commit == pull.head)) if pull else ()

    @property
    def followed(self) -> str:
        """What came of the decision."""
        run = self.record.run
        if run is None:
            holds = ", ".join(blocker.hold.replace("_", " ") for blocker in self.record.decision.blockers)
            return f"no: {holds}"
        if run.outcome is RunOutcome.PROPOSED:
            return f"{run.version} proposed, {self.pull.state if self.pull else 'its pull request is not known'}"
        return run.outcome.value

    @property
    def who(self) -> str:
        """Who approved or refused: people, or the policy where it asks for no approvals."""
        if self.record.run is None:
            return POLICY
        started = f"started by {self.record.decision.by}" if self.record.decision.by else ""
        approved = f"approved by {', '.join(self.approvers)}" if self.approvers else ""
        return "; ".join(filter(None, (started, approved))) or "nobody yet"

    def to_json(self) -> dict[str, Any]:
        """All that the record says, and its pull request."""
        pull = self.pull
        run: Mapping[str, Any] | None = self.record.data["predicate"]["run"]
        found = {"number": pull.number, "state": pull.state, "approved_by": list(self.approvers)} if pull else None
        record = {"path": self.record.path, "record": self.record.digest, "created": self.record.created}
        return decision_data(self.record.decision) | record | {"run": run, "pull_request": found}


def history_table(found: list[PastRetraining]) -> Table:
    """A row for each record, oldest first."""
    rows = tuple(
        (
            past.record.decision.now[:10], past.record.decision.model, _cause(past.record), past.followed, past.who,
        )
        for past in found
    )  # fmt: skip
    return Table("", COLUMNS, rows)


def _cause(record: RetrainingRecord) -> str:
    return ", ".join(record.decision.cause.triggers) if record.decision.cause else ""


def retraining_notes(chains: RetrainingChains, faults: int) -> list[str]:
    """What is proven of the records; nothing where there are none."""
    number = len(chains.digests)
    if not number and not faults:
        return []
    proven = "see their faults above" if faults else "none was changed, and each was decided by the files it names"
    return [f"retraining: {number} record{'' if number == 1 else 's'} on {BRANCH}: {proven}"]
