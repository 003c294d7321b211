"""The workflows that judge and record are switched on.

GitHub switches off the schedule of a public repository that nobody has committed to for 60 days, and anybody who may
write can switch a workflow off. What it should have judged or recorded is then silently missed.

`gh workflow enable FILE`, or the button on the workflow's page.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok, unverified
from mlops_gitops.doctor.workflow_files import Workflow
from mlops_gitops.forges.settings import Settings, Unknown
from mlops_gitops.policy.rule import Edit


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding for each workflow that runs a command of ours or makes a required check."""
    yield from facts.unread_workflows()
    for source in settings.unread_sources():
        yield unverified(f"could not read which workflows make a required check: {source.reason}")
    makers = facts.makers().values()
    yield from (unverified(workflows.reason) for workflows in makers if isinstance(workflows, Unknown))
    making = {workflow.path for workflows in makers if not isinstance(workflows, Unknown) for workflow in workflows}
    ours = {path for path, workflow in facts.workflows.items() if _is_ours(workflow)}
    for path in sorted(making | ours):
        yield _state_finding(path, settings.workflows)
    if not making | ours:
        yield not_needed("no workflow is seen to run a command of ours or to make a required check")


def _is_ours(workflow: Workflow) -> bool:
    return any(step.commands() for job in workflow.jobs for step in job.steps)


def _state_finding(path: str, states: object) -> Finding:
    if isinstance(states, Unknown):
        return unverified(f"could not tell whether it is switched on: {states.reason}", path=path)
    state = states.get(path) if isinstance(states, dict) else None
    if state is None:
        return unverified("GitHub knows no workflow of this path yet", "let it run once", path)
    if state == "active":
        return ok(f"{path} is switched on")
    why = {"disabled_inactivity": " after 60 idle days", "disabled_manually": " by somebody"}.get(state, f": {state}")
    return fault(f"it is switched off{why}", f"gh workflow enable {path.rpartition('/')[2]}", path)


_STATES = {f".github/workflows/{name}.yml": "active" for name in ("ci", "lint", "mlops", "promote")}

CHECKUP = Checkup(
    "workflows-enabled",
    __doc__,
    examine,
    bad=(
        Case(settings={"workflows": _STATES | {".github/workflows/mlops.yml": "disabled_inactivity"}}),
        Case(settings={"workflows": _STATES | {".github/workflows/ci.yml": "disabled_manually"}}),
    ),
    unsure=(
        Case(settings={"workflows": Unknown("the token lacks actions: read")}),
        Case(settings={"workflows": {}}),
        Case((Edit(".github/workflows/ci.yml", "jobs:\n", "jobs: []\nx:\n"),)),
    ),
)
