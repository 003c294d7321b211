"""Which bins of a column are compared: by the reference alone, none rare, rows without a value in one of their own."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_gitops.core.errors import Undecided
from mlops_gitops.monitoring.drift.binning import (
    ColumnCounts,
    merged_bins,
    ordered_bins,
    placed_bins,
    pooled,
    reference_counts,
    window_counts,
)  # fmt: skip
from mlops_gitops.monitoring.drift.merging import category_groups, interval_groups
from mlops_gitops.monitoring.profiles.profile import CategoricalColumn, NumericColumn
from mlops_gitops.monitoring.profiles.window_scan import ColumnScan


def numbers(counts: tuple[int, ...], nulls: int = 0, edges: tuple[float, ...] = ()) -> NumericColumn:
    steps = edges or tuple(float(place) for place in range(len(counts) - 1))
    return NumericColumn("number", sum(counts) + nulls, nulls, 0, 0, steps, counts, 0.0, 1.0, None)


def texts(categories: dict[str, int], other: int = 0, nulls: int = 0) -> CategoricalColumn:
    return CategoricalColumn("category", sum(categories.values()) + other + nulls, nulls, categories, other, 1, None)


def test_more_rows_make_more_bins_of_about_equal_shares() -> None:
    for rows, bins in ((500, 10), (1_500, 15), (50_000, 20)):
        shares = np.full(1000, 1 / 1000)
        sums = np.bincount(interval_groups(shares * rows), shares)
        assert sums.size == bins
        assert sums.max() < 1.1 * sums.min()


def test_tied_values_leave_fewer_bins_and_none_with_few_rows() -> None:
    for shares, sizes in (
        ([0.9, 0.05, 0.05], [0.9, 0.1]),
        ([0.01, 0.97, 0.02], [1.0]),
        ([0.5, 0.02, 0.01, 0.47], [0.53, 0.47]),
        ([0.03, 0.03, 0.9, 0.04], [0.06, 0.9, 0.04]),
    ):
        groups = interval_groups(np.array(shares) * 500)
        assert np.bincount(groups, shares) == pytest.approx(sizes), shares


def test_frequent_categories_are_bins_and_all_others_share_one() -> None:
    assert category_groups(np.array([90.0, 1, 0, 60, 47, 2])).tolist() == [0, 3, 3, 1, 2, 3]
    assert category_groups(np.full(40, 50.0)).tolist() == [*range(19), *[19] * 21]


def test_the_bins_are_the_same_whatever_the_window_holds() -> None:
    column = numbers((20,) * 1000)
    reference = reference_counts(column)
    windows = [ColumnCounts(tuple(map(int, row))) for row in (np.full(1000, 5), np.eye(1000)[3] * 5000)]
    for window in windows:
        whole, found = merged_bins(column, reference, 5_000).samples([reference, window])
        assert whole.counts.tolist() == [1000] * 20
        assert found.counts.sum() == 5_000


def test_nulls_nan_and_infinities_are_a_bin_of_their_own_on_either_side() -> None:
    column = numbers((1_000,) * 10)
    scan = ColumnScan(1_000, 30, infinite=10, nan=10, counts=(95,) * 10)
    reference, window = reference_counts(column), window_counts(column, scan)
    binning = merged_bins(column, reference, window.effective_size)
    whole, found = binning.samples([reference, window])
    assert whole.shares[-1] == pytest.approx(0.02 / 1.02)  # as large as 20 of the window's 1,000 rows
    assert found.shares[-1] == pytest.approx((0.05 + 0.02) / 1.02)
    assert len(binning.samples([reference, ColumnCounts((100,) * 10)])[0].counts) == 10
    often = numbers((1_000,) * 10, nulls=1_000)
    whole, found = merged_bins(often, reference_counts(often), 1_000).samples([reference_counts(often), window])
    assert (whole.counts[-1], found.counts[-1]) == (1_000, 50)


def test_new_and_rare_categories_share_a_bin_beside_that_of_nulls() -> None:
    column = texts({"north": 900, "south": 600, "west": 470, "east": 20}, other=10)
    scan = ColumnScan(1_010, 10, categories={"north": 500, "south": 200, "west": 190, "east": 10}, other=100)
    reference, window = reference_counts(column), window_counts(column, scan)
    whole, found = merged_bins(column, reference, 1_010).samples([reference, window])
    added = 20 / 1_010
    assert whole.counts == pytest.approx([900, 600, 470, 30 + 2_000 * added, 2_000 * added])
    assert found.counts == pytest.approx([500, 200, 190, 110 + 20, 10 + 20])


def test_all_values_of_one_bin_or_no_rows_are_undecided() -> None:
    for column, window, fact in (
        (numbers((1_000,)), ColumnCounts((50,)), "one bin"),
        (numbers((990, 10)), ColumnCounts((50, 0)), "one bin"),
        (numbers((500, 500)), ColumnCounts((10, 1)), "11 independent rows"),
        (numbers((500, 500)), ColumnCounts((0, 0)), "window has no rows"),
    ):
        with pytest.raises(Undecided, match=fact):
            merged_bins(column, reference_counts(column), window.effective_size)
    column = numbers((500, 500))
    with pytest.raises(Undecided, match="no rows with a value"):
        placed_bins(column, reference_counts(column), 9.0).samples([ColumnCounts((0, 0), missing=9)])


def test_bins_of_numbers_stand_at_their_middles_and_those_without_a_value_come_last_or_nowhere() -> None:
    column = numbers((10, 20, 30, 40), nulls=5, edges=(-1e308, 0.0, 1e308))
    reference = reference_counts(column)
    placed, ordered = placed_bins(column, reference, 50.0), ordered_bins(column, reference, 50.0)
    assert placed.positions is not None and placed.positions.tolist() == [-1.5, -0.5, 0.5, 1.5]
    assert placed.samples([reference])[0].counts.tolist() == [10, 20, 30, 40]
    assert ordered.samples([reference])[0].counts.tolist() == [10, 20, 30, 40, 5]


def test_pooled_windows_are_the_sums_of_their_rows() -> None:
    total = pooled([ColumnCounts((1, 2), 3, 4), ColumnCounts((10, 20), 30, 40, 2.0)])
    assert total == ColumnCounts((11, 22), 33, 44, 2.0)
