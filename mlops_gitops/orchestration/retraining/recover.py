"""A pull request of a retraining without a record: the job that opened it was stopped before it could write one.

Without the record nobody knows for whom the job acted, so no approval counts. The next run decides again by the moment
that the commit names, and writes the record; it believes the commit nothing that it does not find itself.
"""

from __future__ import annotations

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.orchestration.retraining.branches import CAUSE, DECIDED, MINUTES, RUN, open_retrainings, trailers
from mlops_gitops.orchestration.retraining.decide import Decided, decide_models
from mlops_gitops.orchestration.retraining.records import retraining_chain
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.retraining.handover.handed_run import moment
from mlops_gitops.retraining.outcome import Outcome
from mlops_gitops.retraining.record import Run, RunOutcome

_LONGEST = 10.0**6  # minutes


@frozen
class Recovered:
    """A decision that was derived again, and the run that proposed what is open."""

    decided: Decided
    run: Run


def recover(workspace: Workspace, model: str) -> Recovered | None:
    """What is to be recorded of an open pull request of this tool's own account; None where all are on record.

    Raises Undecided where its cause cannot be derived again, as that of people who started it.
    """
    pull = _unrecorded(workspace, model)
    if pull is None:
        return None
    said = trailers(workspace, pull)
    try:
        decided_at, started, minutes = moment(said[DECIDED]), moment(said[RUN]), float(said[MINUTES])
    except (KeyError, ValueError) as error:
        raise _lost(pull) from error
    decided = decide_models(workspace, model, decided_at, run=said[RUN])[0]
    cause = decided.decision.cause
    if decided.decision.outcome is not Outcome.RETRAIN or cause is None or cause.digest != said.get(CAUSE):
        raise _lost(pull)
    if not (decided_at <= started and 0 <= minutes < _LONGEST):
        raise _lost(pull)
    reason = f"pull request #{pull.number} was not on record: the job that opened it was stopped"
    version = pull.branch.rpartition("/")[2]
    url = pull.url or f"#{pull.number}"
    return Recovered(
        decided, Run(RunOutcome.PROPOSED, said[RUN], minutes, reason, version, pull.branch, pull_request=url)
    )


def _unrecorded(workspace: Workspace, model: str) -> PullRequest | None:
    records = retraining_chain(workspace, model).records
    known = {(found.run.branch, found.decision.cause.digest) for found in records if found.run and found.decision.cause}
    own = workspace.forge.own_login() or workspace.git.committer_email()  # a plain remote knows addresses alone
    for pull in open_retrainings(workspace, model):
        cause = trailers(workspace, pull).get(CAUSE, "")
        if (pull.branch, cause) not in known and pull.author.login == own:
            return pull
    return None


def _lost(pull: PullRequest) -> Undecided:
    reason = f"pull request #{pull.number} has no record of its retraining: the job that opened it was stopped"
    help = f"run that job (`retrain propose`) again with the folder it had, or: mlops-gitops pr close {pull.number}"
    return Undecided(reason, help=help)
