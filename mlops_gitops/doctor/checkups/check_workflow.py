"""A workflow runs `check` for pull requests, and it is merged.

Without it nothing judges a pull request at GitHub: a promotion merges with no gate and no approval. A workflow counts
once it is on the branch, since the first pull request that brings it is not judged by it.

`mlops-gitops init --github` writes the workflows; merge them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.doctor.checkup import Case, Checkup, Part
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, ok, unverified
from mlops_gitops.doctor.workflow_files import Workflow, read_workflows
from mlops_gitops.doctor.workflow_runs import runs_command, starts_on_pull_requests
from mlops_gitops.forges.settings import Settings
from mlops_gitops.policy.rule import Edit


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """Whether a workflow of the branch runs it, else whether one here would."""
    running = _running(facts.workflows)
    unread = list(facts.unread_workflows())
    if any(running.values()):
        yield ok(f"{next(path for path, runs in running.items() if runs)} runs check for pull requests")
    elif None in running.values() or unread:
        yield from unread
        yield unverified("could not tell whether a workflow runs check: another repository, an expression or a "
                         "workflow that cannot be read decides")  # fmt: skip
    elif path := next((path for path, runs in _running(_here(facts)).items() if runs), None):
        yield fault(f"the workflow that runs check is not merged: {facts.branch} does not have it", "merge it", path)
    else:
        yield fault("no workflow runs check for pull requests", "mlops-gitops init --github, and merge what it writes")


def _here(facts: Facts) -> dict[str, Workflow]:
    found = read_workflows(facts.candidate.files.tree)
    return {path: workflow for path, workflow in found.items() if isinstance(workflow, Workflow)}


def _running(workflows: Mapping[str, Workflow]) -> dict[str, bool | None]:
    started = {path: workflow for path, workflow in workflows.items() if starts_on_pull_requests(workflow)}
    return {path: runs_command(workflow, workflows, "check") for path, workflow in started.items()}


_MLOPS = ".github/workflows/mlops.yml"
_RUNS = "with: {command: check}"

CHECKUP = Checkup(
    "check-workflow",
    __doc__,
    examine,
    Part.RELEASE,
    bad=(
        Case((Edit(_MLOPS, _RUNS, "with: {command: validate}"),)),
        Case(
            (Edit(_MLOPS, _RUNS, "with: {command: validate}"),),
            here=(Edit(_MLOPS, "command: validate", "command: check"),),
        ),
    ),
    unsure=(Case((Edit(_MLOPS, _RUNS, "with: {command: '${{ vars.command }}'}"),)),),
)
