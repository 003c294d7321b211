"""state-record: a desired state that is not valid is not reported as missing."""

from __future__ import annotations

import sample

from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.state_record import RULE

STATE = "environments/staging/churn.yaml"


def _found(tree: dict[str, bytes]) -> list[str]:
    return [found.message for found in RULE.check(sample.context(tree))]


def test_a_state_that_is_not_valid_is_named_and_one_that_is_gone_is_missing() -> None:
    (message,) = _found(sample.edited((Edit(STATE, "release:", "releases:"),)))
    assert f"{STATE} is not valid" in message and "no desired state" not in message
    (message,) = _found({path: data for path, data in sample.files().items() if path != STATE})
    assert message.endswith("churn 1.0.0, and no desired state")
