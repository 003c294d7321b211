"""retraining-approvals: who approves the release that a retraining made, and that the manifest says so."""

from __future__ import annotations

from cases import cases
from messages import lacking
from past import approved, context, ledger

from mlops_gitops.core.frozen import replace
from mlops_gitops.policy.examples import LIVE, RETRAINED, RETRAINING, new_release
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.retraining_approvals import RULE

POLICY = Edit(RETRAINING, None, RETRAINED)
BRANCH, RELEASE = "retrain/churn/1.2.0", "releases/churn/1.2.0.yaml"
CAUSE = Edit(RELEASE, "evaluation:", f'retraining: {{cause: "sha256:{"7" * 64}"}}\nevaluation:')
WINDOWS = Edit(RELEASE, "evaluation:", f"{LIVE}evaluation:")


def _asked(
    *by: str, branch: str = BRANCH, base: tuple[Edit, ...] = (POLICY,), more: tuple[Edit, ...] = (CAUSE,),
    fork: bool = False,
) -> list[str]:  # fmt: skip
    pull = replace(approved(*by), branch=branch, fork=fork)
    return [found.message for found in RULE.check(context(ledger(), base, new_release("1.2.0"), *more, pull=pull))]


@cases("by, roles", [((), ["data-science", "operations"]), (("carol",), ["operations"]), (("carol", "bob"), [])])
def test_each_role_that_decides_must_approve(by: tuple[str, ...], roles: list[str]) -> None:
    found = _asked(*by)
    assert len(found) == len(roles)
    for message, role in zip(found, roles, strict=True):
        assert not lacking(message, role, RETRAINING)


@cases("branch", ["feature/churn", "retrain", "retrain/fraud/1.2.0", "retraining/churn/1.2.0"])
def test_a_release_of_people_is_not_asked(branch: str) -> None:
    assert _asked(branch=branch, more=()) == []
    assert len(_asked(branch=branch)) == 2  # whatever its branch is called, a cause is a retraining


def test_a_fork_may_call_its_branch_as_it_likes() -> None:
    assert _asked(fork=True, more=()) == []
    assert len(_asked(fork=True)) == 2


def test_a_cause_without_a_policy_on_the_base_is_refused() -> None:
    (found,) = _asked(base=())
    assert not lacking(found, "retraining.yaml", "churn")
    assert _asked(base=(), more=()) == []


@cases("branch, more, fact", [(BRANCH, (), BRANCH), ("feature/churn", (WINDOWS,), "live windows")])
def test_a_retrained_release_names_its_cause(branch: str, more: tuple[Edit, ...], fact: str) -> None:
    found = _asked("carol", "bob", branch=branch, more=more)
    assert len(found) == 1 and not lacking(found[0], fact, "retraining: {cause")
