"""Strata hold rows enough with a label, and bounds are wide enough for the one with the fewest."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_gitops.measurement.unlabelled.strata import FEWEST, strata, widening
from simulations import missing_labels
from simulations.tally import Scale, tried


def test_a_stratum_with_few_labels_joins_the_next() -> None:
    found = strata({0: (15, 5), 1: (30, 10), 2: (40, 0), 3: (10, 30)})
    assert found.sizes == ((60, 45), (80, 50))
    assert [found.weight(interval) for interval in range(4)] == [60 / 45, 60 / 45, 80 / 50, 80 / 50]
    assert (found.labelled, FEWEST) == (95, 20)


def test_few_rows_are_one_stratum() -> None:
    found = strata({3: (4, 1), 7: (5, 0)})
    assert (found.sizes, found.weight(3), found.weight(7)) == (((10, 9),), 10 / 9, 10 / 9)


def test_labels_missing_alike_widen_nothing() -> None:
    assert widening([(100, 90), (200, 180)]) == pytest.approx(1)
    assert widening([(100, 50), (100, 100)]) == pytest.approx(2 * 150 / 200)


def test_bounds_are_wide_enough_wherever_errors_are() -> None:
    """The variance of the post-stratified mean is at most the widening squared times that of the labelled mean."""
    rng = np.random.default_rng(1)
    for _ in range(200):
        labelled = rng.integers(20, 200, 5)
        rows = labelled + rng.integers(0, 200, 5)
        variances = rng.exponential(size=5) ** 3
        exact = ((rows / rows.sum()) ** 2 * variances / labelled).sum()
        alone = (labelled * variances).sum() / labelled.sum() ** 2
        assert exact <= widening(list(zip(rows, labelled, strict=True))) ** 2 * alone * (1 + 1e-9)


def test_bounds_hold_where_labels_are_missing_by_chance_in_a_stratum_and_not_where_wrong_rows_lack_them() -> None:
    """A short run of `make soak-missing`: bounds of labelled rows alone err far more often than agreed."""
    *by_chance, worse = missing_labels.trials(Scale(0, False))
    for trial in by_chance:
        (line,) = tried(trial, (1,), 2_000, (0.05,))
        assert not line.is_beyond_chance, line
    assert line.others[missing_labels.ALONE] > 0.1
    (line,) = tried(worse, (1,), 1_000, (0.05,))
    assert line.lower > 0.9
    assert line.others[missing_labels.WORST] == 0
