"""An approval is for what is merged: asked for, void after a push, and never by the last pusher.

`check` counts an approval only for the head it was given on, but not every pull request is a promotion: a change of
mlops.yaml or of KPIs changes what later promotions are judged by. Without these settings it merges with no approval
at all, with one of older content, or with the approval of somebody who then pushed something else.

In the ruleset on the branch, under "Require a pull request before merging": one approval or more, "Dismiss stale pull
request approvals when new commits are pushed", and "Require approval of the most recent reviewable push". Where no
environment asks for approvals, as `init --solo` writes it, this is a note.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, note, ok_or_fault
from mlops_gitops.doctor.sample_edits import ALONE
from mlops_gitops.forges.settings import Settings, Unknown


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding each for the number of approvals, stale ones, and the last push."""
    if facts.needs_no_approval:
        yield note("no environment in mlops.yaml asks for approvals, so nobody has to approve a pull request",
                   "once there are two of you, ask for approvals there and in the ruleset")  # fmt: skip
        return
    where = f"in the ruleset on {facts.branch}"
    yield ok_or_fault(
        settings.holds(lambda rules: rules.reviews is not None and rules.reviews.count > 0),
        "a pull request needs an approval",
        "a pull request needs no approval, so a change of mlops.yaml or of KPIs merges without one",
        f'{where}: "Required approvals", 1 or more',
    )
    yield ok_or_fault(
        settings.holds(lambda rules: rules.reviews is not None and rules.reviews.dismiss_stale),
        "a push makes older approvals void",
        "an approval stays when something else is pushed after it",
        f'{where}: "Dismiss stale pull request approvals when new commits are pushed"',
    )
    yield ok_or_fault(
        settings.holds(lambda rules: rules.reviews is not None and rules.reviews.last_push),
        "somebody else approves the last push",
        "an approver can push something else and merge it",
        f'{where}: "Require approval of the most recent reviewable push"',
    )


CHECKUP = Checkup(
    "stale-approvals",
    __doc__,
    examine,
    ok=(Case(ALONE, {"rulesets.reviews.count": 0}),),
    bad=(
        Case(settings={"rulesets.reviews.count": 0}),
        Case(settings={"rulesets.reviews.dismiss_stale": False}),
        Case(settings={"rulesets.reviews.last_push": False}),
    ),
    unsure=(Case(settings={"rulesets.reviews.last_push": False, "protection": Unknown("the token may not read it")}),),
)
