"""Promotions are opened with the token of an App.

A pull request that is opened with the `GITHUB_TOKEN` of a run starts no `pull_request` workflow, or waits until
somebody with write access starts it, so its required checks do not come. One opened with a person's token is that
person's: they cannot approve it, and everything they may do the workflow may do too. It looks for the token that
workflows give to `promote`, `rollback`, `release` and `monitor`, and tells a token by its prefix alone.

Make a GitHub App with contents and pull requests: write, keep its key in an environment limited to the default
branch, and give its token to the step as GITHUB_TOKEN.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, note, ok, unverified
from mlops_gitops.doctor.workflow_runs import NO_TOKEN, RUN_TOKEN, opening_tokens
from mlops_gitops.forges.settings import APP, NONE, PERSON, Settings
from mlops_gitops.policy.rule import Edit

_UPGRADE = "`mlops-gitops init --github app`"


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding for each workflow that opens pull requests, and one on the token of this run."""
    yield from facts.unread_workflows()
    workflows = facts.workflows
    opening = {path: kinds for path, workflow in workflows.items() if (kinds := opening_tokens(workflow, workflows))}
    for path, kinds in opening.items():
        yield _workflow_finding(path, kinds, without_app=facts.acts_without_app)
    if not opening:
        yield not_needed("no workflow is seen to open pull requests")
    if settings.token != NONE:
        yield _own_token(settings.token)


def _workflow_finding(path: str, kinds: set[str], *, without_app: bool) -> Finding:
    if RUN_TOKEN in kinds:
        fix = "give the step the token of an App as GITHUB_TOKEN"
        message = "it opens pull requests with the run's GITHUB_TOKEN, which starts no pull_request workflow"
        if without_app:
            return note(f"what it proposes is refused, for people to propose: {message}", _UPGRADE, path)
        return fault(message, fix, path)
    if NO_TOKEN in kinds:
        return unverified("could not tell which token it opens pull requests with: none is seen in env: or with:",
                          "give the step the token of an App as GITHUB_TOKEN", path)  # fmt: skip
    return ok(f"{path} opens pull requests with a token it is given")


def _own_token(kind: str) -> Finding:
    if kind == PERSON:
        return note("the token doctor was given is a person's: what is opened with it is that person's, who cannot "
                    "approve it")  # fmt: skip
    if kind == APP:
        return note("the token doctor was given is an App's or a run's; what a run's opens starts no workflow")
    return note("the token doctor was given is of a kind it does not know")


_PROMOTE = ".github/workflows/promote.yml"
_GIVEN = "${{ steps.app.outputs.token }}"

CHECKUP = Checkup(
    "token-kind",
    __doc__,
    examine,
    ok=(Case((Edit(_PROMOTE, None, None),)), Case(settings={"token": PERSON})),
    bad=(Case((Edit(_PROMOTE, _GIVEN, "${{ github.token }}"),)),),
    unsure=(
        Case((Edit(_PROMOTE, "GITHUB_TOKEN:", "OTHER:"),)),
        Case((Edit(".github/workflows/ci.yml", "jobs:\n", "jobs: []\nx:\n"),)),
    ),
)
