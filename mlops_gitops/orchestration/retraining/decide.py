"""What is decided on the retraining of models, from the branch where merging promotes; nothing is written."""

from __future__ import annotations

from datetime import datetime

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.orchestration.retraining.branches import open_retrainings
from mlops_gitops.orchestration.retraining.evidence.gather import find_subject, gather
from mlops_gitops.orchestration.retraining.records import retraining_chain
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.retraining import KIND, Retraining
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.decide import Grounds, OpenRetraining, decide
from mlops_gitops.retraining.outcome import Decision
from mlops_gitops.runtime import ci_job


@frozen
class Decided:
    """A decision, with the files that decided: the policy, and what is watched of its model, None where nothing is."""

    decision: Decision
    policy: Retraining
    plan: Monitoring | None


def decide_models(
    workspace: Workspace, model: str | None, now: datetime, why: str = "", *, run: str = ""
) -> list[Decided]:
    """The decision on each model that has a retraining.yaml on the branch, or on this one; `why` starts it by hand.

    `run` is when the run started that a decision at `now` led to: it does not hold itself up. One that says it started
    before is another, which does. The branches must have been fetched. Raises Error where there is no policy or it lets
    nobody start one by hand, Undecided where records are not whole.
    """
    base = workspace.base()
    snapshot = workspace.trusted(base)
    policies = list(snapshot.require_records(KIND, Retraining, model))
    if why and model is None:
        raise Error("a reason is about one model", help="mlops-gitops retrain MODEL --why TEXT")
    if why and (closed := next((policy.path for policy in policies if not policy.by_hand), "")):
        help = "add `- {id: by-hand}` to its triggers, by pull request"
        raise Error(f"{closed} does not allow a retraining that is started by hand", help=help)
    by = _starter(workspace) if why else ""
    own = run if run and datetime.fromisoformat(run) >= now.replace(microsecond=0) else ""
    found = []
    for policy in policies:
        subject = find_subject(workspace, snapshot, policy, now)
        facts = gather(workspace, subject, now, why, by)
        found.append(Decided(decide(_grounds(workspace, snapshot, policy, own), facts), policy, subject.plan))
    return found


def _grounds(workspace: Workspace, snapshot: Snapshot, policy: Retraining, own: str) -> Grounds:
    """What the decision depends on; the run that started at `own` does not count."""
    runs = [each for each in retraining_chain(workspace, policy.model).runs if each.started != own]
    pulls = open_retrainings(workspace, policy.model, own)
    opened = [OpenRetraining(pull.number, pull.branch, pull.url) for pull in pulls]
    return Grounds(policy, snapshot.monitoring(policy.model), workspace.base(), runs, opened)


def _starter(workspace: Workspace) -> str:
    """Who starts a retraining by hand: the login of who started the job, or the address by git."""
    requester = ci_job.requester()
    return requester["login"] if requester else workspace.git.committer_email()


def retrained_models(workspace: Workspace, model: str | None) -> list[str]:
    """The models that have a retraining.yaml on the branch, or this one. Raises Error as `decide_models`."""
    return [policy.model for policy in workspace.trusted(workspace.base()).require_records(KIND, Retraining, model)]


def policy_at(workspace: Workspace, commit: str, model: str) -> Retraining:
    """The policy of a model as a commit has it. Raises Error."""
    return next(workspace.at(commit).require_records(KIND, Retraining, model))
