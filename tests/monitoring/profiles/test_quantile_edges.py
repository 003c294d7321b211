"""Quantiles by counts are those of the values written out."""

from __future__ import annotations

import random

from mlops_gitops.monitoring.profiles.bins import MOST_BINS
from mlops_gitops.monitoring.profiles.profile import FEWEST
from mlops_gitops.monitoring.profiles.quantile_edges import quantiles_by_counts


def written_out(values: dict[float, int]) -> list[float]:
    """The value at each place k·n/bins of all rows in order, rounded up, for k from 1 to bins − 1."""
    rows = [value for value, count in sorted(values.items()) for _ in range(count)]
    bins = max(1, min(MOST_BINS, len(rows) // FEWEST))
    return [rows[-(-place * len(rows) // bins) - 1] for place in range(1, bins)]


def test_they_are_the_values_at_their_places() -> None:
    draw = random.Random(5)
    for distinct in (1, 2, 7, 60):
        for most in (1, 30, 900):
            values = {float(draw.randint(-99, 99)): draw.randint(1, most) for _ in range(distinct)}
            assert quantiles_by_counts(values) == written_out(values), values


def test_there_are_at_most_so_many_bins() -> None:
    values = {float(number): FEWEST for number in range(MOST_BINS + 50)}
    assert quantiles_by_counts(values) == written_out(values) and len(quantiles_by_counts(values)) == MOST_BINS - 1
