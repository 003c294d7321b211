"""retraining-approvals: who approves a pull request that a retraining opened."""

from __future__ import annotations

from cases import cases
from messages import lacking
from past import approved, context, ledger

from mlops_gitops.core.frozen import replace
from mlops_gitops.policy.examples import RETRAINED, RETRAINING, new_release
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.retraining_approvals import RULE

POLICY = Edit(RETRAINING, None, RETRAINED)
BRANCH = "retrain/churn/1.2.0"


def _asked(*by: str, branch: str = BRANCH, base: tuple[Edit, ...] = (POLICY,), fork: bool = False) -> list[str]:
    pull = replace(approved(*by), branch=branch, fork=fork)
    return [found.message for found in RULE.check(context(ledger(), base, new_release("1.2.0"), pull=pull))]


@cases("by, roles", [((), ["data-science", "operations"]), (("carol",), ["operations"]), (("carol", "bob"), [])])
def test_each_role_that_decides_must_approve(by: tuple[str, ...], roles: list[str]) -> None:
    found = _asked(*by)
    assert len(found) == len(roles)
    for message, role in zip(found, roles, strict=True):
        assert not lacking(message, role, RETRAINING)


@cases("branch", ["feature/churn", "retrain", "retrain/fraud/1.2.0", "retraining/churn/1.2.0"])
def test_other_pull_requests_are_not_asked(branch: str) -> None:
    assert _asked(branch=branch) == []


def test_a_fork_may_call_its_branch_as_it_likes_and_without_a_policy_nobody_decides() -> None:
    assert _asked(fork=True) == [] and _asked(base=()) == []
