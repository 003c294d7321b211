"""Actions may open pull requests where a workflow does so with the run's own token, and else may not.

"Allow GitHub Actions to create and approve pull requests" is one switch for both. Off, a workflow that opens
promotions with `GITHUB_TOKEN` is refused. On, any workflow that a writer adds to a branch can approve, in the name of
Actions: never for a role here, since no role has it as a member, but towards the number of approvals that the branch
itself asks for.

Open promotions with the token of an App and leave the switch off; or turn it on, and require two approvals. Without an
App, people open them, and the switch stays off.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, note, ok, unverified
from mlops_gitops.doctor.workflow_runs import RUN_TOKEN, opening_tokens
from mlops_gitops.forges.settings import ActionsPermissions, Settings, Unknown
from mlops_gitops.policy.rule import Edit


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding for the switch, and a note where the run's own token may write by default."""
    actions = settings.actions
    yield from facts.unread_workflows()
    if isinstance(actions, Unknown):
        yield unverified(f"could not tell whether Actions may open pull requests: {actions.reason}")
        return
    workflows = facts.workflows
    opening = [path for path, workflow in workflows.items() if RUN_TOKEN in opening_tokens(workflow, workflows)]
    yield _switch(actions.may_approve, [] if facts.acts_without_app else opening)
    if actions.default == "write":
        yield note("the token of any run may write by default: tags, statuses and branches too",
                   'choose "Read repository contents" under Actions, Workflow permissions')  # fmt: skip


def _switch(on: bool, opening: list[str]) -> Finding:
    if on:
        fix = "open promotions with the token of an App, and turn it off"
        return note("Actions may open and approve pull requests, so an approval by it can be any writer's", fix)
    if opening:
        fix = "open them with the token of an App, or allow Actions to create and approve pull requests"
        return fault("it opens pull requests with GITHUB_TOKEN, and Actions may not open any", fix, opening[0])
    return ok("Actions may not open or approve pull requests, and no workflow is seen to need it")


_ON = ActionsPermissions("read", True)
_MLOPS = ".github/workflows/promote.yml"
_OWN = Edit(_MLOPS, "${{ steps.app.outputs.token }}", "${{ secrets.GITHUB_TOKEN }}")

CHECKUP = Checkup(
    "actions-may-open",
    __doc__,
    examine,
    ok=(Case((_OWN,), {"actions": _ON}), Case(settings={"actions": _ON})),
    bad=(Case((_OWN,)),),
    unsure=(
        Case(settings={"actions": Unknown("the token lacks administration: read")}),
        Case((Edit(".github/workflows/ci.yml", "jobs:\n", "jobs: []\nx:\n"),)),
    ),
)
