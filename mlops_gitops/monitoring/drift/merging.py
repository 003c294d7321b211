"""Which bins of a profile become one: 10 to 20 bins, each with enough rows expected in the smaller sample.

Only the reference's counts and the two sizes decide. The window's counts may not: bins that are chosen by what is in
them make alarms more frequent.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mlops_gitops.statistics.quantiles import Floats

FEWEST_BINS, MOST_BINS = 10, 20
# Rows a bin that are expected in the smaller sample before more than the fewest bins are made.
ROWS_A_BIN = 100
# Rows that are expected in the smaller sample of a bin, else it joins another.
LEAST_ROWS = 20

Groups: TypeAlias = NDArray[np.intp]  # the merged bin of each bin


def interval_groups(expected: Floats) -> Groups:
    """Neighbouring bins merged to about equal shares; `expected` are rows of the smaller sample, in order of values.

    Fewer than 10 bins come out where values are heavily tied. A bin of fewer than 20 expected rows joins a neighbour.
    """
    total = expected.sum()
    bins = int(np.clip(total / ROWS_A_BIN, FEWEST_BINS, MOST_BINS))
    middles = (np.cumsum(expected) - expected / 2) / total
    groups = np.unique(np.minimum((middles * bins).astype(int), bins - 1), return_inverse=True)[1]
    return _without_small(groups, expected)


def _without_small(groups: Groups, expected: Floats) -> Groups:
    """The groups, with those of too few expected rows joined to the one before them, or the first to the second."""
    while (rows := np.bincount(groups, expected)).size > 1 and rows.min() < LEAST_ROWS:
        after = max(int(rows.argmin()), 1)
        groups = groups - (groups >= after)
    return groups


def category_groups(expected: Floats) -> Groups:
    """Each frequent category by itself, at most 19, and all others in the last bin; `expected` as above.

    A category that the reference lacks has 0 expected rows, and is one of the others.
    """
    order = np.argsort(-expected, kind="stable")[: MOST_BINS - 1]
    own = order[expected[order] >= LEAST_ROWS]
    groups = np.full(expected.shape, own.size)
    groups[own] = np.arange(own.size)
    return groups
