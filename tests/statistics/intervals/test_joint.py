"""A difference or a ratio of two groups with clusters in common, beside what one group of all their rows gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cases import cases

from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.intervals.delta import delta_interval
from mlops_gitops.statistics.intervals.joint import ClusteredValue, joint_difference, joint_ratio, share_clusters

ALPHAS = (0.2, 0.05, 0.01)
CLUSTERS = 40


def group(seed: int, mean: float, common: np.ndarray) -> ClusteredValue:
    """The mean of one row a cluster, whose values share the effects of the clusters."""
    values = mean + common + np.random.default_rng(seed).normal(0, 0.05, CLUSTERS)
    influences = Influences(values - values.mean(), np.ones(CLUSTERS), np.arange(CLUSTERS))
    return ClusteredValue(float(values.mean()), influences)


EFFECTS = np.random.default_rng(3).normal(0, 0.3, CLUSTERS)
FIRST, SECOND = group(1, 2.0, EFFECTS), group(2, 1.6, EFFECTS)
AGAINST = group(2, 1.6, -EFFECTS)


def test_clusters_in_common() -> None:
    assert share_clusters(np.array([1, 2]), np.array([2, 3])) and not share_clusters(np.array([1]), np.array([2]))
    assert not share_clusters(None, np.array([1])) and not share_clusters(np.array([1]), None)


def test_a_difference_is_the_mean_of_the_differences_within_clusters() -> None:
    apart = FIRST.influences.per_row - SECOND.influences.per_row
    paired = delta_interval(FIRST.value - SECOND.value, Influences(apart, np.full(CLUSTERS, 2.0), np.arange(CLUSTERS)))
    found = joint_difference(FIRST, SECOND)
    assert found.value == pytest.approx(0.4, abs=0.05)
    for alpha in ALPHAS:
        assert (found.lower(alpha), found.upper(alpha)) == pytest.approx((paired.lower(alpha), paired.upper(alpha)))


def test_groups_that_move_together_have_the_closer_bounds() -> None:
    together, against = joint_difference(FIRST, SECOND), joint_difference(FIRST, AGAINST)
    assert against.upper(0.05) - against.lower(0.05) > 3 * (together.upper(0.05) - together.lower(0.05))


def test_a_ratio_and_its_inverse_have_inverse_bounds() -> None:
    forward, backward = joint_ratio(FIRST, SECOND), joint_ratio(SECOND, FIRST)
    assert forward.value == FIRST.value / SECOND.value
    for alpha in ALPHAS:
        assert 0 < forward.lower(alpha) < forward.value < forward.upper(alpha)
        assert forward.lower(alpha) == pytest.approx(1 / backward.upper(alpha))
        # Fieller: at the bound the difference of the first and so many times the second has a bound of 0.
        times = forward.lower(alpha)
        scaled = ClusteredValue(SECOND.value * times, Influences(
            SECOND.influences.per_row * times, SECOND.influences.rows, SECOND.influences.cluster
        ))  # fmt: skip
        assert joint_difference(FIRST, scaled).lower(alpha) == pytest.approx(0, abs=1e-9)


STEADY = Influences(np.zeros(CLUSTERS), np.ones(CLUSTERS), np.arange(CLUSTERS))


@cases("first, second", [
    (ClusteredValue(0.0, STEADY), SECOND),
    (FIRST, ClusteredValue(0.0, STEADY)),
    (ClusteredValue(0.0, STEADY), ClusteredValue(0.0, STEADY)),
    (ClusteredValue(3.0, STEADY), ClusteredValue(2.0, STEADY)),
])  # fmt: skip
def test_a_value_that_is_zero_or_does_not_vary_is_never_sure(first: ClusteredValue, second: ClusteredValue) -> None:
    found = joint_ratio(first, second)
    assert bool(found.lacking) == (second.value == 0)
    assert found.lower(0.05) == 0 and (found.few or found.upper(0.05) < math.inf)


def test_groups_in_one_proportion_have_it_as_both_bounds() -> None:
    scaled = ClusteredValue(1.5 * SECOND.value, Influences(
        1.5 * SECOND.influences.per_row, SECOND.influences.rows, SECOND.influences.cluster
    ))  # fmt: skip
    found = joint_ratio(scaled, SECOND)
    assert (found.lower(0.05), found.upper(0.05)) == pytest.approx((1.5, 1.5)) and found.few


def test_a_value_that_may_be_zero_bounds_nothing_from_below() -> None:
    vague = ClusteredValue(0.02, FIRST.influences)
    assert joint_ratio(vague, SECOND).lower(0.05) == 0 and joint_ratio(SECOND, vague).upper(0.05) == math.inf
