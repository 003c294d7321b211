"""The base branch changes by pull request only, and its history cannot be rewritten.

Merging is the promotion, so anyone who can push to the branch can promote, past every gate and approval, and anyone
who can force-push can remove a promotion from its history. `record` and `audit` find such a push, but only afterwards.
It reads the rulesets that apply to the branch and its classic protection.

Add a ruleset on the branch with "Require a pull request before merging", "Restrict deletions" and "Block force
pushes".
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, ok_or_fault
from mlops_gitops.forges.settings import Settings, Unknown


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding each for pull requests, deletion and force pushes."""
    branch = facts.branch
    yield ok_or_fault(
        settings.holds(lambda rules: rules.reviews is not None),
        f"{branch} changes by pull request only",
        f"{branch} takes pushes without a pull request",
        f'add a ruleset on {branch}: "Require a pull request before merging"',
    )
    yield ok_or_fault(
        settings.holds(lambda rules: rules.no_deletion),
        f"{branch} cannot be deleted",
        f"{branch} can be deleted, and its history with it",
        f'in the ruleset on {branch}: "Restrict deletions"',
    )
    yield ok_or_fault(
        settings.holds(lambda rules: rules.no_force_push),
        f"the history of {branch} cannot be rewritten",
        f"the history of {branch} can be rewritten by a force push",
        f'in the ruleset on {branch}: "Block force pushes"',
    )


CHECKUP = Checkup(
    "base-protection",
    __doc__,
    examine,
    bad=(
        Case(settings={"rulesets.reviews": None}),
        Case(settings={"rulesets.no_deletion": False}),
        Case(settings={"rulesets.no_force_push": False}),
    ),
    unsure=(Case(settings={"rulesets": Unknown("the token may not read it")}),),
)
