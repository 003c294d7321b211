"""Losses whose scores say what the other label would cost: rows that were not drawn are allowed for."""

from __future__ import annotations

import math

import pytest

from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.intervals.scored_loss import MOST_SEEN, Unseen, scored_loss_interval

SMOOTH = Estimate(0.02, lambda alpha: 0.02 - 0.002 * (1 - alpha), lambda alpha: 0.02 + 0.002 * (1 - alpha), "mean")


def test_without_a_wrong_row_three_in_n_may_be_wrong() -> None:
    estimate = scored_loss_interval(SMOOTH, [Unseen(1.0, 200, 0, 4.6)], [])
    unseen = (1 - 0.05 ** (1 / 200)) * 4.6
    assert estimate.upper(0.05) == pytest.approx(0.02 + math.hypot(0.0019, unseen))
    assert estimate.lower(0.05) == SMOOTH.lower(0.05)
    assert estimate.method == "scored_loss"


def test_strata_are_independent_and_each_counts_by_its_share() -> None:
    one, two = Unseen(0.5, 100, 0, 4.6), Unseen(0.25, 50, 1, 9.2)
    alone = [scored_loss_interval(SMOOTH, [part], []).upper(0.05) - 0.02 for part in (one, two)]
    both = scored_loss_interval(SMOOTH, [one, two], []).upper(0.05) - 0.02
    assert both**2 == pytest.approx(alone[0] ** 2 + alone[1] ** 2 - 0.0019**2)


def test_where_moments_show_more_they_decide_alone() -> None:
    assert scored_loss_interval(SMOOTH, [Unseen(1.0, 100_000, 0, 4.6)], []) is SMOOTH
    assert scored_loss_interval(SMOOTH, [Unseen(1.0, 200, MOST_SEEN, 4.6)], []) is SMOOTH


def test_cheaper_labels_are_allowed_for_below_and_bounds_stay_in_the_span() -> None:
    estimate = scored_loss_interval(SMOOTH, [], [Unseen(1.0, 200, 0, 4.6)], (0.0, math.inf))
    assert (estimate.lower(0.05), estimate.upper(0.05)) == (0.0, SMOOTH.upper(0.05))


def test_bounds_are_monotone_in_alpha() -> None:
    estimate = scored_loss_interval(SMOOTH, [Unseen(1.0, 2900, 0, 2.0)], [])
    bounds = [estimate.upper(alpha) for alpha in (0.001, 0.01, 0.05, 0.1, 0.3, 0.5)]
    assert bounds == sorted(bounds, reverse=True)
