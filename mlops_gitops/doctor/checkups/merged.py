"""What judges and what is released is merged: the branch holds the files as they are here.

Releases, gates and approvals are judged by what is merged. A file that is here alone, or differs here, decides nothing
yet, and `release` does not take it for what is merged. It compares mlops.yaml, DVC's settings, the card and KPIs of
each model, and the files by which DVC tracks it, with the branch as this clone knows it.

Commit them on a branch, push it, and open a pull request.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup, Part
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, fault, ok
from mlops_gitops.pipelines.dvc_projects import config_path, project_folders
from mlops_gitops.policy.rule import Edit
from mlops_gitops.promotion.manifest import differing, made_of

_TO_MERGE = "commit it on a branch, then: mlops-gitops pr open"


def examine(facts: Facts) -> Iterator[Finding]:
    """One finding for each file; one for all before the first merge."""
    candidate = facts.candidate
    if candidate.unmerged is not None:
        yield fault(candidate.unmerged.message, candidate.unmerged.help, candidate.files.project_path)
        return
    models = (made_of(facts.base, candidate.files, model) for model in candidate.models)
    settings = map(config_path, project_folders(facts.base.tree))
    paths = differing(facts.base, candidate.files, {candidate.files.project_path, *settings}.union(*models))
    for path in paths:
        there = "differs here" if facts.base.tree.exists(path) else "is not there"
        yield fault(
            f"{path} is not merged" + (f": on {facts.branch} it {there}" if facts.branch else ""), _TO_MERGE, path
        )
    if not paths:
        yield ok(f"{facts.branch} holds the files as they are here")


CHECKUP = Checkup(
    "merged",
    __doc__,
    examine,
    Part.RELEASE,
    ok=(Case(here=(Edit("models/churn/notes.txt", None, "mine"),), local=True),),
    bad=(
        Case(here=(Edit("models/churn/README.md", "Pricing.", "Prices."),), local=True),
        Case(here=(Edit(".dvc/config", "remote", "# mine\nremote"),), local=True),
        Case(here=(Edit("dvc.lock", "schema: '2.0'", "schema: '2.0'  # mine"),), local=True),
    ),
)
