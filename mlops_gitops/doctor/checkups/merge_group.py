"""Where there is a merge queue, workflows that make required checks run on `merge_group`.

The queue makes a commit of its own for what it merges and waits for the required checks of that commit. A workflow
that `merge_group` does not start reports nothing there, and the queue gives up after its time is over. Our status is
set there by a workflow that runs `mlops-gitops check`.

Add `merge_group:` to the `on:` of each of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok, unverified
from mlops_gitops.doctor.workflow_files import Workflow
from mlops_gitops.doctor.workflow_runs import runs_command
from mlops_gitops.forges.pull_request import STATUS
from mlops_gitops.forges.settings import Queue, Settings, Unknown
from mlops_gitops.policy.rule import Edit


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding for each required check, where there is a queue."""
    if isinstance(settings.queue, Unknown):
        yield unverified(f"could not tell whether {facts.branch} has a merge queue: {settings.queue.reason}")
        return
    if settings.queue is None:
        yield not_needed(f"{facts.branch} has no merge queue")
        return
    yield from facts.unread_workflows()
    for source in settings.unread_sources():
        yield unverified(f"could not read which checks are required: {source.reason}")
    makers = facts.makers()
    for context, workflows in makers.items():
        if isinstance(workflows, Unknown):
            yield unverified(workflows.reason)
        else:
            yield _check_finding(facts, context, workflows)
    if not makers and not list(settings.unread_sources()):
        yield not_needed("no required check is a workflow's")


def _check_finding(facts: Facts, context: str, makers: tuple[Workflow, ...]) -> Finding:
    started = [workflow.path for workflow in makers if "merge_group" in workflow.triggers]
    if started:
        return ok(f"{started[0]} reports {context!r} in the merge queue")
    if makers:
        path = makers[0].path
        return fault(f"merge_group does not start it, so {context!r} is never reported in the merge queue",
                     "add merge_group: to its on:", path)  # fmt: skip
    queued = [
        workflow for workflow in facts.workflows.values() if {"merge_group", "workflow_run"} & set(workflow.triggers)
    ]
    if context == STATUS and any(runs_command(workflow, facts.workflows, "check") for workflow in queued):
        return ok(f"a workflow that starts in the merge queue sets {STATUS}")
    return unverified(f"could not tell what reports {context!r} in the merge queue: no workflow is seen to make it")


_CI = ".github/workflows/ci.yml"
_QUEUE = {"queue": Queue(1, 1, 1)}

CHECKUP = Checkup(
    "merge-group",
    __doc__,
    examine,
    ok=(Case(settings=_QUEUE), Case((Edit(_CI, "  merge_group:\n", ""),))),
    bad=(
        Case((Edit(_CI, "  merge_group:\n", ""),), _QUEUE),
        Case((Edit(".github/workflows/mlops.yml", "  merge_group:\n", ""),), _QUEUE),
    ),
    unsure=(
        Case(settings={"queue": Unknown("the server does not tell")}),
        Case((Edit(_CI, "jobs:\n", "jobs: []\nx:\n"),), _QUEUE),
    ),
)
