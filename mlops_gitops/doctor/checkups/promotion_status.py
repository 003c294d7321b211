"""The status `mlops-gitops/promotion` is required, from an App that no workflow can speak for.

The status holds the approvals, freezes and order of a promotion. Not required, a promotion merges without them. A
status without a named App can be set by anybody who may write to the repository, and one from GitHub Actions by any
workflow that a writer adds to a branch; both are forgeable, so they prove nothing against a writer.

Require it in the ruleset on the branch, and choose as its source the App that sets it, whose key lives in an
environment that only the default branch can use. Without an App, choose GitHub Actions, which keeps out what a person's
token sets: then it is a note.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, forgeable, ok, ok_or_fault, unverified
from mlops_gitops.doctor.sample_edits import WITHOUT_APP
from mlops_gitops.forges.pull_request import STATUS
from mlops_gitops.forges.settings import Required, Settings, Unknown


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """Whether it is required, and then whether it is forgeable."""
    fix = f"in the ruleset on {facts.branch}: require the status {STATUS}, from your App"
    required = settings.holds(lambda rules: any(check.context == STATUS for check in rules.required))
    if required is not True:
        bad = f"{STATUS} is not required, so a promotion merges without approvals, freezes and order"
        yield ok_or_fault(required, f"{STATUS} is required", bad, fix)
        return
    apps = {check.app for check in settings.required() if check.context == STATUS}
    yield _source(settings, apps, without_app=facts.acts_without_app)


def _source(settings: Settings, apps: set[int | None], *, without_app: bool) -> Finding:
    """A status that two sources require must satisfy both: one App that is not Actions is enough."""
    actions = settings.actions_app
    unread = next(settings.unread_sources(), None)
    named = sorted(app for app in apps if app is not None and app != actions)
    if named and isinstance(actions, Unknown):
        return unverified(f"could not tell whether App {named[0]} is GitHub Actions itself: {actions.reason}")
    if named:
        return ok(f"{STATUS} is required from App {named[0]}; keep its key where only the default branch can use it")
    who = "anybody who may write can set it" if apps == {None} else "any workflow can set it, as GitHub Actions"
    if unread:
        return unverified(f"{STATUS} is required, but {who} unless it is required elsewhere too: {unread.reason}")
    if without_app and None in apps:
        return fault(f"{STATUS} is forgeable: {who}", "choose GitHub Actions as its source: no App is used here")
    fix = "choose as its source the App that sets it, with its key in an environment limited to the default branch"
    return forgeable(f"{STATUS} is forgeable: {who}", known=without_app, fix=fix)


CHECKUP = Checkup(
    "promotion-status",
    __doc__,
    examine,
    ok=(Case(WITHOUT_APP, {"rulesets.required": (Required(STATUS, 15368),)}),),
    bad=(
        Case(WITHOUT_APP, {"rulesets.required": (Required(STATUS, None),)}),
        Case(WITHOUT_APP, {"rulesets.required": ()}),
        Case(settings={"rulesets.required": ()}),
        Case(settings={"rulesets.required": (Required(STATUS, None),)}),
        Case(settings={"rulesets.required": (Required(STATUS, 15368),)}),
    ),
    unsure=(
        Case(settings={"actions_app": Unknown("it is another server")}),
        Case(settings={"rulesets.required": (), "protection": Unknown("the token may not read it")}),
        Case(settings={"rulesets.required": (Required(STATUS, None),), "protection": Unknown("it may not be read")}),
    ),
)
