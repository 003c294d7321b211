"""From a column of a profile, and counts of a window in its bins, to the bins that a statistic compares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.drift.merging import LEAST_ROWS, Groups, category_groups, interval_groups
from mlops_gitops.monitoring.drift.samples import BinnedSample
from mlops_gitops.monitoring.profiles.profile import Column, NumericColumn
from mlops_gitops.monitoring.profiles.window_scan import ColumnScan
from mlops_gitops.statistics.quantiles import Floats

LEFT_OUT = -1


@frozen
class ColumnCounts:
    """The rows of a sample in the bins of a profile's column, or in its named categories, in their order.

    `other` rows have values that the profile does not name. `missing` rows have no finite value: null, NaN, infinite.
    """

    counts: tuple[int, ...]
    other: int = 0
    missing: int = 0
    design_effect: float = 1.0

    @property
    def every(self) -> Floats:
        """All counts, those of `other` and `missing` last."""
        return np.array([*self.counts, self.other, self.missing], float)

    @property
    def effective_size(self) -> float:
        """As many independent rows as tell the same."""
        return float(self.every.sum()) / self.design_effect


def reference_counts(column: Column) -> ColumnCounts:
    """The rows that a profile was made of."""
    effect = max(column.design_effect or 1.0, 1.0)
    if isinstance(column, NumericColumn):
        return ColumnCounts(column.counts, 0, column.nulls + column.infinite + column.nan, effect)
    return ColumnCounts(tuple(column.categories.values()), column.other, column.nulls, effect)


def window_counts(column: Column, scan: ColumnScan) -> ColumnCounts:
    """The rows of a window; their design effect is taken to be that of the profile."""
    missing, effect = scan.nulls + scan.infinite + scan.nan, reference_counts(column).design_effect
    if isinstance(column, NumericColumn):
        return ColumnCounts(scan.counts, 0, missing, effect)
    named = tuple(scan.categories.get(name, 0) for name in column.categories)
    return ColumnCounts(named, scan.other, missing, effect)


def pooled(windows: Sequence[ColumnCounts]) -> ColumnCounts:
    """The rows of several windows together, at least one of them; the largest design effect is that of all."""
    *counts, other, missing = sum(window.every for window in windows).astype(int).tolist()  # type: ignore[union-attr]
    return ColumnCounts(tuple(counts), other, missing, max(window.design_effect for window in windows))


@frozen
class Binning:
    """Which counts become one bin.

    `groups` has the bin of each count of `ColumnCounts.every`, or LEFT_OUT. `added` is a share of rows, for each bin,
    that every sample gets more: a rare bin, in which fewer than 20 rows of the smaller sample are expected, is made
    as large as 20 of its rows. An effect is then finite, equal samples stay equal, and bounds hold. `positions` are
    the values that stand for the bins.
    """

    groups: Groups
    added: Floats
    positions: Floats | None = None

    def samples(self, counted: Sequence[ColumnCounts]) -> list[BinnedSample]:
        """The samples in these bins; rare bins that are empty in all of them are left out.

        Raises Undecided for a sample without rows in them.
        """
        counts = np.array([self._merged(sample) for sample in counted])
        if not counts.sum(-1).all():
            raise Undecided("it has no rows with a value")
        there = (self.added == 0) | (counts > 0).any(0)
        counts = counts + self.added * counts.sum(-1, keepdims=True)
        return [BinnedSample(row[there], one.design_effect) for row, one in zip(counts, counted, strict=True)]

    def _merged(self, sample: ColumnCounts) -> Floats:
        kept = self.groups != LEFT_OUT
        return np.bincount(self.groups[kept], sample.every[kept], self.added.size).astype(np.float64)


def merged_bins(column: Column, reference: ColumnCounts, rows: float) -> Binning:
    """10 to 20 bins; rare and new categories are one bin, and rows without a value another.

    Raises Undecided for numbers that the profile has one bin of.
    """
    _needs_rows(reference, rows)
    smaller = min(reference.effective_size, rows)
    expected = reference.every / reference.every.sum() * smaller
    if isinstance(column, NumericColumn):
        values = interval_groups(expected[:-2])
        if smaller < 2 * LEAST_ROWS:
            raise Undecided(f"{int(smaller)} independent rows are too few: 500 are needed")
        _needs_bins(values)
        groups = np.append(values, [LEFT_OUT, values.max() + 1])
        rare = [values.max() + 1]
    else:
        values = category_groups(expected[:-1])
        groups = np.append(values, values.max() + 1)
        rare = [values.max(), values.max() + 1]
    sums = np.bincount(groups[groups != LEFT_OUT], expected[groups != LEFT_OUT])
    added = np.zeros(sums.shape)
    added[[place for place in rare if sums[place] < LEAST_ROWS]] = LEAST_ROWS / smaller
    return Binning(groups, added)


def ordered_bins(column: Column, reference: ColumnCounts, rows: float) -> Binning:
    """All bins of numbers, those without a value last, as if they were larger than all. Raises Undecided as above."""
    _needs_rows(reference, rows)
    places = np.arange(len(reference.counts))
    _needs_bins(places)
    return Binning(np.append(places, [LEFT_OUT, places.size]), np.zeros(places.size + 1))


def placed_bins(column: Column, reference: ColumnCounts, rows: float) -> Binning:
    """All bins of numbers with their positions; rows without a value are left out. Raises Undecided as above.

    A bin stands at its middle, an outer one as if it were as wide as its neighbour. The unit is the largest edge.
    """
    _needs_rows(reference, rows)
    if not isinstance(column, NumericColumn):
        raise TypeError("positions are those of numbers")
    places = np.arange(len(reference.counts))
    _needs_bins(places)
    edges = np.array(column.edges)
    edges = edges / (np.abs(edges).max() or 1.0)
    first, last = (edges[1] - edges[0], edges[-1] - edges[-2]) if edges.size > 1 else (1.0, 1.0)
    outer = np.concatenate([[edges[0] - first], edges, [edges[-1] + last]])
    groups = np.append(places, [LEFT_OUT, LEFT_OUT])
    return Binning(groups, np.zeros(places.size), (outer[1:] + outer[:-1]) / 2)


def _needs_rows(reference: ColumnCounts, rows: float) -> None:
    if not rows or not reference.effective_size:
        raise Undecided(f"the {'reference' if rows else 'window'} has no rows")


def _needs_bins(groups: Groups) -> None:
    if groups.max() < 1:
        raise Undecided("(nearly) all of its rows are in one bin, in which no change is seen")
