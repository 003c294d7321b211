"""What stands in for GitHub's answer, as a proxy's page does, is named and never takes the command down."""

from __future__ import annotations

import pytest
from cases import cases

from mlops_gitops.github.failures import GitHubFailed
from mlops_gitops.github.pulls import commit_count
from mlops_gitops.github.pushes import later, moment

NOON = "2026-01-08T12:00:00Z"


def test_a_list_does_not_say_how_many_commits_there_are() -> None:
    assert (commit_count({}), commit_count({"commits": None}), commit_count({"commits": 7})) == (0, 0, 7)
    with pytest.raises(GitHubFailed, match="commits"):
        commit_count({"commits": "many"})


def test_times_are_compared_across_zones() -> None:
    assert later("2026-01-08T14:00:00+01:00", NOON) and not later("2026-01-08T13:00:00+01:00", NOON)
    assert later(None, NOON), "a missing one may be later"


@cases("text", ["yesterday", "", "2026-01-08T12:00:00"])
def test_what_is_not_a_time_with_a_zone_is_refused(text: str) -> None:
    for ask in (lambda: moment(text), lambda: later(NOON, text), lambda: later(text, NOON)):
        with pytest.raises(GitHubFailed, match="in place of GitHub's"):
            ask()
