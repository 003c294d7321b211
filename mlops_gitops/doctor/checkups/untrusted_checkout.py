"""No workflow that has secrets checks out what a pull request brings.

`pull_request_target` and `workflow_run` run with the repository's secrets and a token that may write, for pull
requests of strangers too. A checkout of the pull request's head there puts hostile code beside them: a build script,
a plug-in of a test tool or a DVC stage is enough to take them away.

Run what needs the head on `pull_request`, which has no secrets for forks; a `pull_request_target` job that sets our
status checks nothing out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok, unverified
from mlops_gitops.doctor.workflow_files import EXPRESSION, Job
from mlops_gitops.doctor.workflow_runs import all_jobs
from mlops_gitops.policy.rule import Edit

EVENTS = ("pull_request_target", "workflow_run")
# What names the head of a pull request: the event's own fields, its reference, and the commands that fetch it.
_HEAD = re.compile(
    r"github\.head_ref|event\.pull_request\.(head|merge_commit_sha)|refs/(remotes/)?pull/|\bpull/\S*(head|merge)\b|"
    r"event\.workflow_run\.(head|pull_requests)|event\.(number|pull_request\.number)|\bgh\s+pr\s+checkout\b",
    re.IGNORECASE,
)
_FETCHES = re.compile(r"\bgh\s+pr\s+checkout\b|\bgit\b.*\b(checkout|fetch|pull|switch|clone|merge)\b", re.IGNORECASE)
_BASE = re.compile(r"\$\{\{\s*github\.(sha|ref|base_ref|ref_name|repository|event\.repository\.\w+|"
                   r"event\.pull_request\.base\.[\w.]+)\s*\}\}")  # fmt: skip


def examine(facts: Facts) -> Iterator[Finding]:
    """One finding for each workflow that runs with secrets on pull requests of strangers."""
    yield from facts.unread_workflows()
    workflows = facts.workflows
    privileged = {
        path: workflow for path, workflow in workflows.items() if any(event in workflow.triggers for event in EVENTS)
    }
    for path, workflow in privileged.items():
        event = next(event for event in EVENTS if event in workflow.triggers)
        findings = [finding for place, job in all_jobs(workflow, workflows) for finding in _faults(place, job, event)]
        yield from findings
        if not findings:
            yield ok(f"{path} checks out nothing of a pull request")
    if not privileged:
        yield not_needed(f"no workflow runs on {' or '.join(EVENTS)}")


def _faults(path: str, job: Job, event: str) -> Iterator[Finding]:
    fix = "check nothing out there, or run it on pull_request"
    what = f"the job {job.id}, which {event} starts with secrets,"
    if job.calls:
        yield unverified(f"{what} calls a workflow of another repository: {job.calls}", path=path)
    for step in job.steps:
        named = " ".join(str(step.inputs.get(name, "")) for name in ("ref", "repository"))
        fetched = "\n".join([step.run, *map(str, step.env.values())]) if _FETCHES.search(step.run) else ""
        if (step.action == "actions/checkout" and _HEAD.search(named)) or _HEAD.search(fetched):
            yield fault(f"{what} checks out the head of a pull request", fix, path)
        elif step.action == "actions/checkout" and EXPRESSION in _BASE.sub("", named):
            yield unverified(f"{what} checks out {named.strip()!r}, which may not be the base", fix, path)


_CI = ".github/workflows/ci.yml"
_ON = "  pull_request:\n"
_TARGET = Edit(_CI, _ON, "  pull_request_target:\n")
_CHECKOUT = "uses: actions/checkout@v4"

CHECKUP = Checkup(
    "untrusted-checkout",
    __doc__,
    examine,
    ok=(
        Case((_TARGET,)),
        Case((_TARGET, Edit(_CI, _CHECKOUT, f"{_CHECKOUT}\n        with: {{ref: refs/heads/main}}"))),
        Case((_TARGET, Edit(_CI, _CHECKOUT, f"{_CHECKOUT}\n        with: {{ref: '${{{{ github.base_ref }}}}'}}"))),
        Case((Edit(_CI, _CHECKOUT, f"{_CHECKOUT}\n        with: {{ref: '${{{{ github.head_ref }}}}'}}"),), local=True),
    ),
    bad=(
        Case((_TARGET, Edit(_CI, _CHECKOUT,
              f"{_CHECKOUT}\n        with: {{ref: '${{{{ github.event.pull_request.head.sha }}}}'}}"))),
        Case((_TARGET, Edit(_CI, "run: make test", "run: gh pr checkout $N && make test")), local=True),
        Case((_TARGET, Edit(_CI, "run: make test",
              "run: git fetch origin \"$SHA\"\n        env: {SHA: '${{ github.event.pull_request.head.sha }}'}"))),
    ),
    unsure=(
        Case((_TARGET, Edit(_CI, _CHECKOUT, f"{_CHECKOUT}\n        with: {{ref: '${{{{ inputs.ref }}}}'}}"))),
        Case((Edit(_CI, "jobs:\n", "jobs: []\nx:\n"),), local=True),
    ),
)  # fmt: skip
