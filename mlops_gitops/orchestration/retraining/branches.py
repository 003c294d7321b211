"""The branches of retrainings, and which run each of them is of."""

from __future__ import annotations

from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.retraining.outcome import BRANCHES

RUN = "Retraining-Run"  # the trailer of the commit that holds when its run started


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
    return [pull for pull in pulls if not but or f"{RUN}: {but}" not in _message(workspace, pull)]


def _message(workspace: Workspace, pull: PullRequest) -> list[str]:
    return (workspace.git.message(pull.head) or "").splitlines()
