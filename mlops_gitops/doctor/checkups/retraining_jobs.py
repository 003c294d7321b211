"""A schedule decides on retrainings, and the job that runs the pipeline may write nothing.

What retraining.yaml says is decided by `mlops-gitops retrain`, which nothing starts but a schedule. It runs the stages
of dvc.yaml: code of the default branch and of all that it installs. In the job of the App's key, or with a token that
writes, that code could open pull requests, set the required status and write receipts. So `retrain run` belongs in a
job with `permissions: {contents: read}`, with `persist-credentials: false` and without a key, and `retrain propose`,
which runs nothing of it, in another.

Run `mlops-gitops init --github` for a workflow that does it so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok, seen_in_workflows, unverified
from mlops_gitops.doctor.workflow_files import ANY, EXPRESSION, Job, Step, Workflow
from mlops_gitops.doctor.workflow_runs import all_jobs, may_run, words_of_commands
from mlops_gitops.forges.settings import Settings
from mlops_gitops.policy.examples import RETRAINED, RETRAINING
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records import retraining

_FIX = "mlops-gitops init --github writes a workflow that does"
_NOT_A_RUN = {"--check", "propose"}


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding on the schedule, and one for each job that runs a pipeline."""
    if not facts.base.has(retraining.KIND):
        yield not_needed("no model has a retraining.yaml")
        return
    unread = list(facts.unread_workflows())
    yield from unread
    workflows = facts.workflows
    yield _scheduled(workflows, unread=bool(unread))
    for workflow in workflows.values():
        for path, job in all_jobs(workflow, workflows):
            if any(_runs_pipeline(step) for step in job.steps):
                yield _job_finding(path, job)


def _scheduled(workflows: Mapping[str, Workflow], *, unread: bool) -> Finding:
    known: dict[str, bool | None] = {}
    for path, workflow in workflows.items():
        if "schedule" in workflow.triggers:
            runs = any(words[0] == "retrain" for words in words_of_commands(workflow, workflows))
            known[path] = True if runs else None if may_run(workflow, workflows) else False
    missing = "no scheduled workflow is seen to run retrain: no job decides by retraining.yaml"
    return seen_in_workflows(known, "decides on retrainings on a schedule", fault(missing, _FIX), unread=unread)


def _runs_pipeline(step: Step) -> bool:
    """Whether a step runs the pipeline of a model: `retrain` does, but for what only decides or proposes."""
    return any(name == "retrain" and not _NOT_A_RUN & {*arguments.split()} for name, arguments in step.commands())


def _job_finding(path: str, job: Job) -> Finding:
    may = _may_write(job)
    if may is None:
        reason = f"could not tell what the job {job.id}, which runs a pipeline, may do: an expression decides"
        return unverified(reason, path=path)
    if may:
        return fault(f"the job {job.id} runs a pipeline, and {may}: its code could write to GitHub",
                     "run it with permissions: {contents: read} and no key; " + _FIX, path)  # fmt: skip
    return ok(f"the job {job.id} of {path} runs a pipeline, and may write nothing")


def _may_write(job: Job) -> str | None:
    """What lets code in a job write to GitHub; empty where nothing does, None where an expression decides."""
    permissions = job.permissions
    if permissions is None:
        return "no `permissions:` limit its token"
    if permissions == "write-all":
        return "its token may write"
    if isinstance(permissions, Mapping):
        for name, level in permissions.items():
            if level == "write":
                return f"its token may write {name}"
    for step in job.steps:
        if step.action == "actions/create-github-app-token" or any("KEY" in token for token in step.tokens()):
            return "it takes the App's key"
        if step.action == "actions/checkout" and step.inputs.get("persist-credentials") is not False:
            return "its checkout keeps the token where the pipeline can read it (persist-credentials)"
    commands = [name for step in job.steps for name, _ in step.commands()]
    return None if ANY in commands or EXPRESSION in str(permissions) else ""


_RETRAINING = Edit(RETRAINING, None, RETRAINED)
_PATH = ".github/workflows/retrain.yml"
_CHECKOUT = "      - {uses: actions/checkout@v4, with: {persist-credentials: false}}\n"
_READS = "    permissions: {contents: read}\n"


def _workflow(permissions: str = _READS, before: str = _CHECKOUT, command: str = "retrain run --out handed") -> Edit:
    text = f"on: {{schedule: [{{cron: '17 8 * * *'}}]}}\njobs:\n  run:\n    runs-on: ubuntu-latest\n{permissions}"
    return Edit(_PATH, None, f"{text}    steps:\n{before}      - run: mlops-gitops {command}\n")


_APP = "      - {uses: actions/create-github-app-token@v3, with: {client-id: x, private-key: y}}\n"

CHECKUP = Checkup(
    "retraining-jobs",
    __doc__,
    examine,
    ok=(
        Case((_RETRAINING, _workflow())),
        Case((_RETRAINING, _workflow("    permissions: {contents: write}\n", "", "retrain --check"))),
        Case((Edit(RETRAINING, None, "# apiVersion: mlops-gitops/v1\n"),)),
    ),
    bad=(
        Case((_RETRAINING,)),
        Case((_RETRAINING, _workflow(""))),
        Case((_RETRAINING, _workflow("    permissions: write-all\n"))),
        Case((_RETRAINING, _workflow("    permissions: {contents: write}\n"))),
        Case((_RETRAINING, _workflow(before=_CHECKOUT.replace("false", "true")))),
        Case((_RETRAINING, _workflow(before=_CHECKOUT + _APP))),
        Case((_RETRAINING, _workflow("    permissions: {contents: write}\n", _CHECKOUT, "retrain churn"))),
    ),
    unsure=(
        Case((_RETRAINING, Edit(_PATH, None, "on: {schedule: [{cron: '17 8 * * *'}]}\njobs:\n"
              "  run: {uses: example/shared/.github/workflows/retrain.yml@v1}\n"))),
    ),
)  # fmt: skip
