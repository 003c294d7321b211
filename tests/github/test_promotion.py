"""The whole way at GitHub: release, promote, review, merge, record, roll back."""

from __future__ import annotations

import pytest
from ground.house import House


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_the_whole_way(hub: House, how: str) -> None:
    hub.ok("release", "churn", "1.0.0")
    hub.merge(how=how)
    hub.ok("promote", "churn", "--to", "staging", "--why", "First")
    hub.merge("bob", how=how)
    hub.ok("promote", "churn", "--to", "production")
    recorded = hub.merge("bob", "carol", how=how)
    assert "bob (operations)" in recorded.out
    history = hub.ok("history", "churn", "--format", "json").json
    assert history
    assert hub.ok("audit").code == 0
