"""A job that judges by history has the whole of it, with its tags.

`actions/checkout` fetches one commit and no tags by default. History tools say "nothing found" there; ours refuse a
shallow clone by name, so the job fails each time. It looks at the checkout before each step that runs a command of
ours that reads history or receipts.

Give that checkout `fetch-depth: 0`. It fetches tags too. `persist-credentials` is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, fault, not_needed, note, ok, unverified
from mlops_gitops.doctor.workflow_files import ANY, EXPRESSION, Job, Workflow
from mlops_gitops.doctor.workflow_runs import NEEDS_HISTORY, all_jobs
from mlops_gitops.policy.rule import Edit


def examine(facts: Facts) -> Iterator[Finding]:
    """One finding for each job that needs history."""
    if facts.shallow:
        yield note("this clone is shallow: commands that read history refuse it", "git fetch --unshallow --tags")
    yield from facts.unread_workflows()
    workflows = facts.workflows
    jobs = dict.fromkeys(job for workflow in workflows.values() for job in _jobs(workflow, workflows))
    for path, job_id, finding in jobs:
        yield finding if finding.path else ok(f"the job {job_id} of {path} has the whole history")
    if not jobs:
        yield not_needed("no workflow is seen to run a command that reads history")


def _jobs(workflow: Workflow, workflows: Mapping[str, Workflow]) -> Iterator[tuple[str, str, Finding]]:
    for path, job in all_jobs(workflow, workflows):
        finding = _job_finding(path, job)
        if finding:
            yield path, job.id, finding


def _job_finding(path: str, job: Job) -> Finding | None:
    """The finding on a job that needs history; None for one that does not."""
    depth: object = None
    for step in job.steps:
        if step.action == "actions/checkout":
            depth = step.inputs.get("fetch-depth", 1)
        elif "--unshallow" in step.run:
            depth = 0
        commands = [name for name, _ in step.commands() if name in NEEDS_HISTORY or name == ANY]
        if commands:
            finding = _step_finding(path, job, commands[0], depth)
            if finding.path:
                return finding
    needs_history = any(name in NEEDS_HISTORY for step in job.steps for name, _ in step.commands())
    return ok(f"the job {job.id} has the whole history") if needs_history else None


def _step_finding(path: str, job: Job, command: str, depth: object) -> Finding:
    what = f"the job {job.id} runs {'a command of ours' if command == ANY else command}"
    if depth is None:
        return unverified(f"{what}, and no actions/checkout is seen before it", "use actions/checkout", path)
    if EXPRESSION in str(depth):
        return unverified(f"{what} after a checkout whose fetch-depth an expression decides", "fetch-depth: 0", path)
    if str(depth) == "0":
        return ok(what)
    if command == ANY:
        return unverified(f"{what} after a shallow checkout; which, an expression decides", "fetch-depth: 0", path)
    return fault(f"{what} after a shallow checkout without tags", "give actions/checkout fetch-depth: 0", path)


_MLOPS = ".github/workflows/mlops.yml"
_DEPTH = "with: {fetch-depth: 0}"

CHECKUP = Checkup(
    "checkout-history",
    __doc__,
    examine,
    ok=(
        Case((Edit(_MLOPS, _DEPTH, "with: {fetch-depth: '0', persist-credentials: false}"),), local=True),
        Case((Edit(_MLOPS, _DEPTH, "with: {lfs: true}\n      - run: git fetch --unshallow --tags"),)),
    ),
    bad=(
        Case((Edit(_MLOPS, _DEPTH, "with: {fetch-depth: 1}"),)),
        Case((Edit(_MLOPS, _DEPTH, "with: {fetch-tags: true}"),), local=True),
    ),
    unsure=(
        Case((Edit(_MLOPS, _DEPTH, "with: {fetch-depth: '${{ inputs.depth }}'}"),)),
        Case((Edit(_MLOPS, "actions/checkout@v4", "example/checkout@v1"),)),
        Case((Edit(_MLOPS, "jobs:\n", "jobs: []\nx:\n"),)),
    ),
)
