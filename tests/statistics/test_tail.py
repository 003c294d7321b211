"""Far in the tail bounds need more rows: how many, and that it is enough."""

from __future__ import annotations

import pytest
from cases import cases
from messages import lacking

from mlops_gitops.statistics.intervals.clopper_pearson import clopper_pearson_interval
from mlops_gitops.statistics.intervals.mean import MIN_ROWS, mean_interval
from mlops_gitops.statistics.intervals.mover import difference
from mlops_gitops.statistics.tail import tail_factor, tail_shortfall
from simulations import smooth, tails
from simulations.tally import Scale


def test_the_studied_confidences_need_no_more() -> None:
    assert [tail_factor(alpha) for alpha in (0.2, 0.05, 0.01)] == [1, 1, 1]
    assert [tail_factor(alpha) for alpha in (1e-3, 1e-4)] == pytest.approx([2.34, 4.09], abs=0.01)


def test_a_mean_needs_more_rows_and_says_at_which_level() -> None:
    estimate = mean_interval(100, 0.5, 0.04, 0.0, {})
    assert tail_shortfall(estimate.method, estimate.counts, 0.01) == ""
    short = tail_shortfall(estimate.method, estimate.counts, 1e-4)
    assert lacking(short, "100 rows", f"{tail_factor(1e-4) * MIN_ROWS:g}", "0.0001") == []


def test_a_share_alone_is_exact_and_a_difference_of_two_needs_both_kinds_of_rows() -> None:
    few, many = clopper_pearson_interval(995, 1000), clopper_pearson_interval(900, 1000)
    assert tail_shortfall(few.method, few.counts, 1e-4) == ""
    both = difference(many, few)
    assert few.few == both.few == ""
    assert lacking(tail_shortfall(both.method, both.counts, 1e-4), "5 rows of the rarer kind", "20") == []
    alike = difference(many, many)
    assert tail_shortfall(alike.method, alike.counts, 1e-4) == ""


@cases("level", tails.LEVELS)
def test_differences_of_shares_hold_with_both_kinds_of_rows_and_not_without(level: float) -> None:
    assert tails.difference((50, 50), (0.01, 0.99), level, 0).worst > 10 * level
    for rows, shares in (((1000, 1000), (0.05, 0.9)), ((200, 5000), (0.2, 0.01)), ((5000, 5000), (0.01, 0.99))):
        assert tails.difference(rows, shares, level, 20).worst < 2 * level


def test_a_mean_of_few_skewed_losses_is_out_of_range_so_far_in_the_tail() -> None:
    """A short run of `make soak-tails`: without it, bounds of 50 such losses err 4 times as often as 1e-3."""
    trial = next(each for each in smooth.skewed_means(Scale(0, True)) if each.name == "n 50, lognormal")
    found = tails.tail_lines(trial, (1, 2), 20_000)
    assert found[0].gates.upper > 2e-3
    assert [line.watches.worst for line in found] == [0, 0]
    assert [line.watches.few for line in found] == pytest.approx([1, 1])
