"""Every required check is one that a workflow makes for pull requests.

A required name that nothing reports stays "expected" forever, and no pull request can be merged but by somebody who
bypasses the rules; that is how people get used to bypassing them. It compares the names with those of the jobs of the
base's workflows, as GitHub writes them: `job`, `job (3.12)` for a matrix, `caller / called` for a reusable workflow.
What an expression or another repository decides is not known.

Correct the name in the ruleset or in the workflow, or name the App that reports it as its source.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.check_names import check_names
from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, note, ok, unverified
from mlops_gitops.doctor.workflow_runs import starts_on_pull_requests
from mlops_gitops.forges.pull_request import STATUS
from mlops_gitops.forges.settings import Required, Settings, Unknown
from mlops_gitops.policy.rule import Edit


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding for each required check but our status."""
    for source in settings.unread_sources():
        yield unverified(f"could not read which checks are required: {source.reason}")
    required = [check for check in settings.required() if check.context != STATUS]
    for check in required:
        yield _check_finding(facts, settings, check)
    if not required and not list(settings.unread_sources()):
        yield not_needed(f"no check is required but {STATUS}, or none at all")


def _check_finding(facts: Facts, settings: Settings, check: Required) -> Finding:
    name = f"the required check {check.context!r}"
    if check.app is not None and isinstance(settings.actions_app, Unknown):
        return unverified(f"could not tell whether {name} is a workflow's: {settings.actions_app.reason}")
    if check.app is not None and check.app != settings.actions_app:
        return note(f"{name} is reported by App {check.app}, not by a workflow")
    makes = {
        path: check_names(workflow, facts.workflows).makes(check.context) for path, workflow in facts.workflows.items()
    }
    started = {path for path in makes if starts_on_pull_requests(facts.workflows[path])}
    makers = sorted(path for path, made in makes.items() if made)
    if started & set(makers):
        return ok(f"{name} is made by {', '.join(sorted(started & set(makers)))}")
    if any(makes[path] is None for path in started) or list(facts.unread_workflows()):
        return unverified(f"could not tell whether {name} is made: an expression, another repository or a workflow "
                          "that cannot be read decides")  # fmt: skip
    if makers:
        fix = f"start it on pull_request too, or do not require {check.context!r}"
        return fault(f"{name} is made by {', '.join(makers)}, which no pull request starts", fix, makers[0])
    fix = "correct the name in the ruleset or in the workflow, or name the App that reports it as its source"
    return fault(f"{name} is made by no workflow of {facts.branch}, so nothing can be merged", fix)


_CI = ".github/workflows/ci.yml"

CHECKUP = Checkup(
    "required-checks",
    __doc__,
    examine,
    ok=(
        Case(settings={"rulesets.required": (Required("test (3.12)", None), Required("lint / ruff", 15368))}),
        Case((Edit(_CI, "  test:\n", "  test:\n    name: Test ${{ matrix.python }}\n"),),
             {"rulesets.required": (Required("Test 3.12", None),)}),
        Case((Edit(_CI, "  test:\n", "  test:\n    name: Test\n"),),
             {"rulesets.required": (Required("Test (3.12)", None),)}),
        Case(settings={"rulesets.required": (Required("codecov/patch", 254),)}),
    ),
    bad=(
        Case(settings={"rulesets.required": (Required("tests", None),)}),
        Case((Edit(_CI, "  pull_request:\n", "  workflow_dispatch:\n"),)),
        Case(settings={"rulesets.required": (Required("test (3.13)", None),)}),
    ),
    unsure=(
        Case((Edit(_CI, "[\"3.11\", \"3.12\"]", "${{ fromJSON(vars.PYTHONS) }}"),)),
        Case((Edit(_CI, "./.github/workflows/lint.yml", "example/shared/.github/workflows/lint.yml@v1"),),
             {"rulesets.required": (Required("lint / ruff", None),)}),
        Case((Edit(_CI, "jobs:\n", "jobs: []\nx:\n"),)),
        Case(settings={"protection": Unknown("the token may not read it")}),
        Case(settings={"actions_app": Unknown("it is another server")}),
    ),
)  # fmt: skip
