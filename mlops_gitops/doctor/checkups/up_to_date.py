"""A pull request is merged only onto the base that it was judged against.

The status of a commit is judged against the base of that moment. `check --all` judges again after each merge. Until
then a pull request that passed before could be merged into what has changed since: a stricter policy, a freeze, a
record that was removed. With the strict rule GitHub merges only a branch that holds the newest commit of the base; a
merge queue builds each pull request on that commit itself. It reads the rulesets that apply to the branch, its classic
protection and the merge queue.

In the ruleset on the branch, under "Require status checks to pass": "Require branches to be up to date before
merging".
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, not_needed, ok_or_fault, unverified
from mlops_gitops.forges.settings import Queue, Settings, Unknown


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding."""
    branch = facts.branch
    up_to_date = settings.holds(lambda rules: rules.up_to_date)
    if up_to_date is not True and isinstance(settings.queue, Queue):
        yield not_needed(f"the merge queue of {branch} builds each pull request on its newest commit")
    elif up_to_date is not True and isinstance(settings.queue, Unknown):
        yield unverified(f"could not tell whether {branch} has a merge queue: {settings.queue.reason}")
    else:
        yield ok_or_fault(
            up_to_date,
            f"a pull request holds the newest commit of {branch} when it is merged",
            f"a pull request that was judged against an older {branch} can be merged before it is judged again",
            f'in the ruleset on {branch}, with the status checks: "Require branches to be up to date before merging"',
        )


CHECKUP = Checkup(
    "up-to-date",
    __doc__,
    examine,
    ok=(Case(settings={"rulesets.up_to_date": False, "queue": Queue(1, 1, 1)}),),
    bad=(Case(settings={"rulesets.up_to_date": False}),),
    unsure=(
        Case(settings={"rulesets.up_to_date": False, "protection": Unknown("the token may not read it")}),
        Case(settings={"rulesets.up_to_date": False, "queue": Unknown("the server does not tell")}),
    ),
)
