"""Bins: quantile edges that no bin of fewer than twenty rows lies between."""

from __future__ import annotations

from mlops_gitops.monitoring.profiles import bins


def test_a_quantile_that_repeats_gets_a_bin_of_its_own() -> None:
    assert bins.candidate_edges([1.0, 5.0, 5.0, 7.0], whole=True) == [1.0, 4.0, 5.0, 7.0]
    below, own = bins.candidate_edges([0.5, 0.5], whole=False)
    assert (below < 0.5, own) == (True, 0.5)


def test_a_small_bin_joins_the_smaller_neighbour() -> None:
    assert bins.merged([1.0, 2.0, 3.0], [40, 5, 500, 30]) == ((2.0, 3.0), (45, 500, 30))
    assert bins.merged([1.0, 2.0], [3, 4, 30]) == ((), (37,))
    assert bins.merged([1.0], [20, 20]) == ((1.0,), (20, 20))
