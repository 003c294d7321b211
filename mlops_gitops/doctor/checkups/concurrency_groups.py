"""No other workflow runs in the concurrency groups of the workflows that record and decide.

GitHub keeps the groups of a whole repository together, whichever workflow names them, in upper or lower case: a run of
another workflow in the group of `record` can take the place of one that waits, or break it off. Nothing is lost, since
the next run works from what is there; receipts and statuses come late, and a workflow that does it in a loop keeps
them from coming. It looks at the groups of every workflow of the branch that begin with `mlops-gitops`. A group that
begins with an expression is not known, and workflows of other branches are not looked at: who pushes one there is seen
in the list of runs.

Give the other workflow a group of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok
from mlops_gitops.doctor.workflow_files import Workflow
from mlops_gitops.doctor.workflow_runs import may_run, words_of_commands
from mlops_gitops.forges.settings import Settings
from mlops_gitops.policy.rule import Edit

OURS = "mlops-gitops"


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding for each other workflow in such a group."""
    yield from facts.unread_workflows()
    workflows = facts.workflows
    named = {path: _groups_like_ours(found) for path, found in workflows.items()}
    ours = {
        path
        for path, found in workflows.items()
        if may_run(found, workflows) or any(words_of_commands(found, workflows))
    }
    others = {path: groups for path, groups in named.items() if groups and path not in ours}
    for path, groups in others.items():
        fix = "give its concurrency group another name"
        yield fault(f"it runs in the group {groups[0]!r}, where it can hold up or break off what records", fix, path)
    if not any(named.values()):
        yield not_needed("no workflow has such a group")
    elif not others:
        yield ok("only workflows that run mlops-gitops have its concurrency groups")


def _groups_like_ours(workflow: Workflow) -> list[str]:
    return [group for group in workflow.groups if group.casefold().startswith(OURS)]


_MLOPS, _CI = ".github/workflows/mlops.yml", ".github/workflows/ci.yml"
_CANCELS = "concurrency: {group: MLOps-GitOps-Record, cancel-in-progress: true}\n"
_OF_A_JOB = "runs-on: ubuntu-latest\n    concurrency: mlops-gitops-${{ github.sha }}\n"
_RECORDS = Edit(_MLOPS, "jobs:\n", "concurrency: mlops-gitops-record\njobs:\n")

CHECKUP = Checkup(
    "concurrency-groups",
    __doc__,
    examine,
    ok=(
        Case((_RECORDS,)),
        Case((Edit(_CI, "jobs:\n", "concurrency: ci-${{ github.ref }}\njobs:\n"),)),
        Case((Edit(_CI, "jobs:\n", "concurrency: {group: '${{ github.workflow }}-1'}\njobs:\n"),)),
    ),
    bad=(
        Case((_RECORDS, Edit(_CI, "jobs:\n", f"{_CANCELS}jobs:\n"))),
        Case((Edit(_CI, "runs-on: ubuntu-latest\n", _OF_A_JOB),)),
    ),
    unsure=(Case((Edit(_CI, "jobs:\n", "jobs: []\nx:\n"),)),),
)  # fmt: skip
