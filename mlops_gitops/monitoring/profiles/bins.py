"""Quantile bins that keep rows to themselves: each holds enough, and a value that many rows share has its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from mlops_gitops.monitoring.profiles.profile import FEWEST

MOST_BINS = 1000
_EXACT = 2.0**53  # below it, one less than a whole number is a float64 of its own


def candidate_edges(quantiles: Sequence[float], *, whole: bool) -> list[float]:
    """Increasing edges from quantiles in order; below a value that repeats is an edge more, so that a bin is its own.

    That edge is one less among `whole` numbers, else the next smaller float64.
    """
    times = Counter(quantiles)
    below = {_below(value, whole) for value, count in times.items() if count > 1}
    return sorted(edge + 0.0 for edge in below | times.keys() if math.isfinite(edge))  # never minus zero


def _below(value: float, whole: bool) -> float:
    return value - 1 if whole and abs(value) < _EXACT else math.nextafter(value, -math.inf)


def merged(edges: Sequence[float], counts: Sequence[int]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """The bins, each that is too small joined to the smaller of its neighbours, so that large ones stay alone.

    One that is empty joins the next, whose edge is a value. `counts` has one number more than `edges`. At least FEWEST
    values must be there.
    """
    kept, held = list(edges), list(counts)
    while len(held) > 1 and min(held) < FEWEST:
        place = held.index(min(held))
        smaller = place + 1 < len(held) and (not held[place] or held[place + 1] < held[place - 1])
        right = place == 0 or smaller
        edge = place if right else place - 1
        held[edge : edge + 2] = [held[edge] + held[edge + 1]]
        del kept[edge]
    return tuple(kept), tuple(held)
