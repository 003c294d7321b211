"""Which bins of a profile become one: 10 to 20 bins, each with enough rows expected in the smaller sample.

Only the reference's counts and the two sizes decide. The window's counts may not: bins that are chosen by what is in
them make alarms more frequent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlops_gitops.monitoring.statistics.samples import BinnedPair, BinnedSample
from mlops_gitops.statistics.quantiles import Floats

FEWEST_BINS, MOST_BINS = 10, 20
# Rows a bin that are expected in the smaller sample before more than the fewest bins are made.
ROWS_A_BIN = 100
# Rows that are expected in the smaller sample of a bin, else it joins another.
LEAST_ROWS = 20


def merge_intervals(pair: BinnedPair) -> BinnedPair:
    """The pair with neighbouring bins merged to about equal shares of the reference.

    Counts have shape (bins,), in the order of the values. Fewer than 10 bins come out where values are heavily tied.
    A bin of fewer than 20 expected rows joins a neighbour.
    """
    bins = int(np.clip(_smaller(pair) / ROWS_A_BIN, FEWEST_BINS, MOST_BINS))
    shares = pair.reference.shares
    middles = np.cumsum(shares) - shares / 2
    groups = np.unique(np.minimum((middles * bins).astype(int), bins - 1), return_inverse=True)[1]
    return _grouped(pair, _without_small(groups, shares * _smaller(pair)))


def _without_small(groups: NDArray[np.intp], expected: Floats) -> NDArray[np.intp]:
    """The groups, with those of too few expected rows joined to the one before them, or the first to the second."""
    while (rows := np.bincount(groups, expected)).size > 1 and rows.min() < LEAST_ROWS:
        after = max(int(rows.argmin()), 1)
        groups = groups - (groups >= after)
    return groups


def merge_categories(pair: BinnedPair) -> BinnedPair:
    """The pair with rare categories merged into one bin, and no more than 20 bins.

    Counts have shape (categories,). A category of the window that the reference lacks has a count of 0 in it, and joins
    the rare ones. Where these are too rare together, they join the least frequent of the others.
    """
    expected = pair.reference.shares * _smaller(pair)
    order = np.argsort(-expected, kind="stable")
    own = order[: MOST_BINS - 1][expected[order[: MOST_BINS - 1]] >= LEAST_ROWS]
    groups = np.full(expected.shape, own.size)
    groups[own] = np.arange(own.size)
    if own.size and expected[groups == own.size].sum() < LEAST_ROWS:
        groups = np.minimum(groups, own.size - 1)
    return _grouped(pair, groups)


def _smaller(pair: BinnedPair) -> float:
    return float(min(pair.reference.effective_size, pair.window.effective_size))


def _grouped(pair: BinnedPair, groups: NDArray[np.intp]) -> BinnedPair:
    merged = (
        BinnedSample(np.bincount(groups, sample.counts).astype(np.float64), sample.design_effect)
        for sample in (pair.reference, pair.window)
    )
    return BinnedPair(*merged)
