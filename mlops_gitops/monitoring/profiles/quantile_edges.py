"""Quantiles that become the edges of bins: of all rows of a small file, and of a sample of a large one.

Edges need only be good, since the rows between them are counted later, all of them. The sample follows from the rows
alone, so that one file has one profile: a row is in it by the hash of its values.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier
from mlops_gitops.monitoring.profiles.bins import MOST_BINS
from mlops_gitops.monitoring.profiles.count_values import FINITE
from mlops_gitops.monitoring.profiles.profile import FEWEST

SAMPLED = 100_000  # rows: about 100 between two edges
ROWS_APART = 100  # rows that differ, which a sample has at least


@frozen
class Sampling:
    """Which rows are sampled: one in `every`, by the SQL `row` that is a hash of a row."""

    every: int
    row: str

    @property
    def test(self) -> str:
        """The SQL test of the rows in the sample."""
        return "true" if self.every == 1 else f"{self.row} % {self.every:d} = 0"

    def fails(self, distinct: int) -> bool:
        """Whether so few rows differ that too few of them are in the sample; then each column has few values."""
        return self.every > 1 and distinct < ROWS_APART * self.every


def sampling(rows: Rows, total: int) -> Sampling:
    """The sample of a file of so many rows."""
    return Sampling(max(1, total // SAMPLED), f"hash({', '.join(map(identifier, rows.types))})")


def quantiles(value: str) -> str:
    """The aggregate of quantiles of the sampled values, so far apart that at least FEWEST rows lie between two.

    `value` and `sampled` are columns.
    """
    finite = FINITE.format(value)
    chosen = f"FILTER (WHERE sampled AND {finite})"
    bins = f"greatest(1, least({MOST_BINS}, count(*) FILTER (WHERE {finite}) // {FEWEST}))"
    places = f"[(place * count(*) {chosen} + {bins} - 1) // {bins} for place in range(1, {bins})]"
    return f"list_select(list_sort(list({value}) {chosen}), {places})"


def quantiles_by_counts(values: Mapping[float, int]) -> list[float]:
    """The same quantiles of all values, from the rows that each has."""
    n, passed = sum(values.values()), 0
    bins = max(1, min(MOST_BINS, n // FEWEST))
    found: list[float] = []
    for value, rows in sorted(values.items()):
        passed += rows
        while len(found) + 1 < bins and (len(found) + 1) * n <= passed * bins:
            found.append(value)
    return found
