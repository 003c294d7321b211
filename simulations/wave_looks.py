"""Looks at the rate of a wave: how often one that is as bad as its limit passes, and one as good as that is aborted.

The limits of hits come from the code that decides; their probabilities are then summed exactly, look after look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mlops_gitops.records.evidence.observation import Measure
from mlops_gitops.records.evidence.requirements import WaveWatch
from mlops_gitops.records.rollout import Wave
from mlops_gitops.rollout.evidence.watch_looks import Plan, beyond, unproven
from simulations.tables import markdown_table
from simulations.tally import Scale

LEVEL = 0.05
LOOKS = (1, 5, 24, 96)
ENDS = ((0.01, 1_000), (0.01, 20_000), (0.1, 100), (0.1, 2_000))  # the limit, and the rows at the end of the hold
Chances = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """Probabilities for a rate at its limit, once as built and once as if every look could decide at the whole level.

    `passes_half` is how often a rate of half the limit passes, `aborts_double` how often one of twice it is aborted.
    """

    limit: float
    rows: int
    looks: int
    passes: float
    aborts: float
    passes_at_any: float
    aborts_at_any: float
    passes_half: float
    aborts_double: float


def outcomes(scale: Scale) -> Iterator[Outcome]:
    """Every setting."""
    for limit, rows in scale.choose(ENDS):
        for looks in scale.choose(LOOKS, 3):
            yield _outcome(limit, rows, looks)


def _outcome(limit: float, rows: int, looks: int) -> Outcome:
    watch = WaveWatch("errors", True, at_most=limit)
    plan = Plan(Wave("canary", ("eu",), hold=timedelta(days=1), watches=(watch,), looks=looks), LEVEL, 1)
    sizes = [rows * (number + 1) // looks for number in range(looks)]
    failing = [_fails_from(watch, size, plan.share) for size in sizes]
    passing = _passes_to(watch, rows, LEVEL)
    return Outcome(
        limit,
        rows,
        looks,
        passes=float(stats.binom.cdf(passing, rows, limit)),
        aborts=_reached(sizes, limit, failing),
        passes_at_any=_dropped(sizes, limit, [_passes_to(watch, size, LEVEL) for size in sizes]),
        aborts_at_any=_reached(sizes, limit, [_fails_from(watch, size, LEVEL) for size in sizes]),
        passes_half=_passes_once(sizes, limit / 2, failing, passing),
        aborts_double=_reached(sizes, 2 * limit, failing),
    )


# ── the limits of hits, by the code that decides ──


def _fails_from(watch: WaveWatch, rows: int, level: float) -> int:
    """The fewest hits that fail it; one more than there are rows where none does."""
    return _first(rows + 1, lambda hits: bool(beyond(watch, Measure(watch.name, hits, rows), level)))


def _passes_to(watch: WaveWatch, rows: int, level: float) -> int:
    """The most hits that pass it; −1 where none does."""
    return _first(rows + 1, lambda hits: any(unproven(watch, Measure(watch.name, hits, rows), level))) - 1


def _first(end: int, holds: Callable[[int], bool]) -> int:
    """The first number below `end` for which something holds that holds from there on; `end` where it never does."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


# ── their probabilities, look after look ──


def _alive(sizes: list[int], rate: float, keep: Callable[[int, NDArray[np.int64]], NDArray[np.bool_]]) -> Chances:
    """The chances of each number of hits after all looks, of what no look has decided."""
    chances, before = np.ones(1), 0
    for number, size in enumerate(sizes):
        added = size - before
        most = int(stats.binom.ppf(1 - 1e-12, added, rate)) + 1
        chances = np.convolve(chances, stats.binom.pmf(np.arange(most + 1), added, rate))
        chances = np.where(keep(number, np.arange(chances.size)), chances, 0.0)
        before = size
    return chances


def _reached(sizes: list[int], rate: float, limits: list[int]) -> float:
    return 1 - float(_alive(sizes, rate, lambda number, hits: hits < limits[number]).sum())


def _dropped(sizes: list[int], rate: float, limits: list[int]) -> float:
    return 1 - float(_alive(sizes, rate, lambda number, hits: hits > limits[number]).sum())


def _passes_once(sizes: list[int], rate: float, failing: list[int], passing: int) -> float:
    return float(_alive(sizes, rate, lambda number, hits: hits < failing[number])[: passing + 1].sum())


def too_many(found: list[Outcome]) -> list[Outcome]:
    """Those that err more often than the level says; sums of probabilities are exact to 1e-9."""
    return [each for each in found if max(each.passes, each.aborts) > LEVEL + 1e-9]


def table(found: list[Outcome]) -> str:
    """The table of docs/explanation/statistics.md."""
    head = ("limit", "rows at the end", "looks", "false passes", "false aborts", "passing at any look",
            "aborting at any look", "half the limit passes", "twice the limit is aborted")  # fmt: skip
    rows = [(f"{each.limit:.0%}", f"{each.rows:,}", str(each.looks), *(f"{100 * share:.1f} %" for share in (
        each.passes, each.aborts, each.passes_at_any, each.aborts_at_any, each.passes_half, each.aborts_double
    ))) for each in found]  # fmt: skip
    return markdown_table(head, rows)
