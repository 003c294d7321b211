"""What a drift statistic is: one file in statistics/, from two samples in the same bins to an estimate."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import frozen
from mlops_gitops.statistics.quantiles import Number

if TYPE_CHECKING:
    from mlops_gitops.monitoring.drift.between_windows import Variation
    from mlops_gitops.monitoring.drift.binning import Binning, ColumnCounts
    from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
    from mlops_gitops.monitoring.profiles.profile import Column
    from mlops_gitops.statistics.estimate import Estimate

PACKAGE = "monitoring.statistics"
NUMBERS = frozenset({"number", "date"})
EVERY_KIND = NUMBERS | {"category", "boolean"}


@frozen
class DriftStatistic:
    """One measure of how far a window is from its reference; `id` is its key in `effect:` of monitoring.yaml.

    `limit` says what a limit means, and `largest` is the largest value that the statistic can have. `kinds` are the
    kinds of column, as a profile names them. `binning` takes the column, the reference and the independent rows of a
    window, and says which bins are compared. `estimate` is that of a pair, and `p_value` the probability, at most, of
    one as far away when the true value is the limit: the least alpha whose lower bound exceeds it.

    The value to the power of 1/`power` is a distance. `variation` is that of a pair beside reference windows, whose
    counts have shape (…, windows, bins).
    """

    id: str
    summary: str
    source: str
    range: str
    limit: str
    kinds: frozenset[str]
    binning: Callable[[Column, ColumnCounts, float], Binning]
    estimate: Callable[[BinnedPair], Estimate]
    p_value: Callable[[BinnedPair, float], Number]
    variation: Callable[[BinnedPair, BinnedSample], Variation]
    power: int = 1
    largest: float = float("inf")


@cache
def drift_statistic(name: str) -> DriftStatistic:
    """The statistic of that key of `effect:`. Raises LookupError for another."""
    found: DriftStatistic = plugins.load(PACKAGE, name, "STATISTIC")
    return found
