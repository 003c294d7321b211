"""The known name that a misspelt one probably means."""

from __future__ import annotations

from mlops_gitops.core.names import did_you_mean


def test_the_nearest_known_name_is_offered() -> None:
    assert "'staging'" in did_you_mean("stagng", ["production", "staging"], "mlops.yaml has others")


def test_without_a_near_name_the_help_is_the_other_one() -> None:
    assert did_you_mean("zzz", ["production", "staging"], "see the list") == "see the list"
    assert did_you_mean("zzz", []) == ""
