"""The bound that holds for any counts, where most bins of a window are empty."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_gitops.monitoring.drift.largest_part import joined_p_value, joined_square
from mlops_gitops.monitoring.drift.noncentral import stabilised_distance
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample


def _pair(window: list[float], reference: list[float]) -> BinnedPair:
    return BinnedPair(BinnedSample(np.array(reference, float)), BinnedSample(np.array(window, float)))


def test_two_bins_of_many_rows_have_their_true_distance() -> None:
    """Shares of 1/2 and 1/4: 2·(1/4)²·(4/3 + 4/5)."""
    pair = _pair([1e9, 3e9], [2e9, 2e9])
    assert joined_square(pair, 1e-4) == pytest.approx(2 / 16 * (4 / 3 + 4 / 5), rel=1e-3)


def test_a_column_that_became_constant_is_far_away() -> None:
    """Nineteen of twenty bins are empty: the main bound says nothing there, and this one nearly all."""
    pair = _pair([5000, *[0] * 19], [1000] * 20)
    assert float(stabilised_distance(pair).lower(1e-5)) == pytest.approx(3.5, abs=0.1)
    assert float(stabilised_distance(pair).p_value(0.1)) < 1e-9


def test_values_that_moved_to_half_of_the_bins_are_far_away() -> None:
    """No bin alone shows much: those below the middle, taken together, do."""
    pair = _pair([0] * 10 + [500] * 10, [1000] * 20)
    assert float(stabilised_distance(pair).lower(1e-5)) > 1


def test_the_p_value_is_where_the_bound_is_the_limit() -> None:
    pair = _pair([20, 480], [500, 500])
    found = float(joined_p_value(pair, 0.5))
    assert float(joined_square(pair, found)) == pytest.approx(0.5, rel=1e-6)
    assert float(joined_p_value(_pair([500, 500], [500, 500]), 0.1)) == 1.0


def test_alarms_by_emptied_bins_are_rarer_than_their_level() -> None:
    """Four of six bins have few rows or none, and the true distance is the limit: an alarm would be false."""
    reference, window = np.array([0.35, 0.35, 0.1, 0.1, 0.05, 0.05]), np.array([0.49, 0.49, 0.005, 0.005, 0.005, 0.005])
    limit = float(4 * ((np.sqrt(window) - np.sqrt(reference)) ** 2).sum())
    rng = np.random.default_rng(1)
    pair = BinnedPair(
        BinnedSample(rng.multinomial(2000, reference, 400).astype(float)),
        BinnedSample(rng.multinomial(200, window, 400).astype(float)),
    )
    found = stabilised_distance(pair)
    assert np.mean(found.shrinkage < 0.5) > 0.5
    assert np.mean(found.p_value(limit) <= 0.05) < 0.05
