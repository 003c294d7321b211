"""The columns of one watch together: at which level each is tested, so that all of them alarm no more often than one.

Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979) 65–70.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.calendar import FEWEST_WINDOWS
from mlops_gitops.monitoring.drift.between_windows import between_windows
from mlops_gitops.monitoring.drift.binning import ColumnCounts, pooled
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.monitoring.drift.statistic import DriftStatistic
from mlops_gitops.monitoring.limits import Bounded
from mlops_gitops.monitoring.profiles.profile import Column
from mlops_gitops.statistics.estimate import Estimate


@frozen
class ColumnTest:
    """One column: its estimate, the probability of one as far away at the limit, and the counts of both sides."""

    estimate: Estimate
    p_value: float
    pair: BinnedPair
    windows: BinnedSample | None = None

    def at(self, level: float) -> Bounded:
        """Value and bounds at a level, with what derives them."""
        more = {} if self.windows is None else {"windows": self.windows.counts.tolist()}
        evidence = self.pair.evidence() | more | {"method": self.estimate.method}
        few = self.estimate.few
        bounds = self.estimate.lower(level), self.estimate.upper(level)
        return Bounded(self.estimate.value, *bounds, level, few, evidence | ({"few": few} if few else {}))


def column_test(
    statistic: DriftStatistic, column: Column, reference: ColumnCounts, window: ColumnCounts, limit: float
) -> ColumnTest:
    """A column of a window beside a reference. Raises Undecided where they cannot be compared."""
    _needs_kind(statistic, column)
    binning = statistic.binning(column, reference, window.effective_size)
    whole, found = binning.samples([reference, window])
    pair = BinnedPair(whole, found, binning.positions)
    return ColumnTest(statistic.estimate(pair), float(statistic.p_value(pair, limit)), pair)


def column_test_among_windows(
    statistic: DriftStatistic, column: Column, references: Sequence[ColumnCounts], window: ColumnCounts, limit: float
) -> ColumnTest:
    """A column of a window beside several reference windows. Raises Undecided for fewer than 8, and as above."""
    _needs_kind(statistic, column)
    if len(references) < FEWEST_WINDOWS:
        raise Undecided(f"{len(references)} reference windows, and {FEWEST_WINDOWS} are needed")
    reference = pooled(references)
    binning = statistic.binning(column, reference, window.effective_size)
    whole, found, *each = binning.samples([reference, window, *references])
    pair = BinnedPair(whole, found, binning.positions)
    windows = BinnedSample(np.array([sample.counts for sample in each]), whole.design_effect)
    variation = statistic.variation(pair, windows)
    p_value = max(statistic.p_value(pair, limit), variation.p_value(limit ** (1 / statistic.power)))
    return ColumnTest(
        between_windows(statistic.estimate(pair), variation, statistic.power), float(p_value), pair, windows
    )


def levels(p_values: Mapping[str, float], level: float) -> dict[str, float]:
    """The level of each column by Holm's procedure; those whose p value is at most theirs alarm, and no other.

    The k-th smallest of m p values is held to level/(m − k + 1). The first that is larger ends the procedure, and its
    level is that of the rest.
    """
    found, left, ended = {}, len(p_values), False
    for name, p in sorted(p_values.items(), key=lambda item: (item[1], item[0])):
        found[name] = level / left
        ended = ended or p > found[name]
        left -= not ended
    return found


def together(columns: Mapping[str, ColumnTest], level: float) -> dict[str, Bounded]:
    """The bounds of each column at the level that Holm's procedure gives it; a column of too few rows never alarms."""
    p_values = {name: 1.0 if column.estimate.few else column.p_value for name, column in columns.items()}
    return {name: columns[name].at(part) for name, part in levels(p_values, level).items()}


def _needs_kind(statistic: DriftStatistic, column: Column) -> None:
    if column.kind not in statistic.kinds:
        raise Undecided(f"{statistic.id} is not for a column of kind {column.kind}")
