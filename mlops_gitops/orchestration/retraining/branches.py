"""The branches of retrainings, and what the commit of each says of the run that it is of."""

from __future__ import annotations

from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.retraining.outcome import BRANCHES

# The trailers of the commit: the digest of the cause, when it was decided, when the run started, how long that took.
CAUSE, DECIDED, RUN, MINUTES = "Retraining-Cause", "Retraining-Decided", "Retraining-Run", "Retraining-Minutes"


def family(model: str) -> str:
    """What begins the branch of each retraining of a model: retrain/<model>/<version>."""
    return f"{BRANCHES}/{model}/"


def open_retrainings(workspace: Workspace, model: str, but: str = "") -> list[PullRequest]:
    """The open pull requests of retrainings of a model, oldest first, but for that of the run that started at `but`.

    Those of forks are nobody's retraining.
    """
    if not workspace.git.has_remote():
        return []
    pulls = [pull for pull in workspace.forge.find(family(model)) if not pull.fork]
    return [pull for pull in pulls if not but or trailers(workspace, pull).get(RUN) != but]


def trailers(workspace: Workspace, pull: PullRequest) -> dict[str, str]:
    """The trailers of the commit of a retraining, by their names."""
    lines = (workspace.git.message(pull.head) or "").splitlines()
    named = (line.partition(": ") for line in lines)
    return {name: value for name, _, value in named if name in (CAUSE, DECIDED, RUN, MINUTES)}
