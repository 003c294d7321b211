"""Looks at the rate of a wave: how often one that is as bad as its limit passes, and one as good as that is aborted.

The limits of hits come from the code that decides; their probabilities are then summed exactly, look after look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
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
NEVER = -1  # hits that no look passes


@dataclass(frozen=True)
class Outcome:
    """Probabilities for a rate at its limit, once as built and once as if every look could decide at the whole level.

    `rows` are those at the end of the hold; with `extends` as many come in an extension, and one look more. Of `passes`
    no look has aborted it before, and of `aborts` none has passed it: the worst of both. `passes_half` is how often a
    rate of half the limit passes, `aborts_double` how often one of twice it is aborted.
    """

    limit: float
    rows: int
    looks: int
    extends: bool
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
            yield from (_outcome(limit, rows, looks, extends) for extends in (False, True))


def _outcome(limit: float, rows: int, looks: int, extends: bool) -> Outcome:
    watch, day = WaveWatch("errors", True, at_most=limit), timedelta(days=1)
    wave = Wave("canary", ("eu",), hold=day, watches=(watch,), looks=looks, extend=day if extends else timedelta())
    plan = Plan(wave, LEVEL, 1)
    sizes = [rows * (number + 1) // looks for number in range(looks)] + [2 * rows] * extends
    finals = [_passes_to(watch, size, plan.passing) for size in sizes[-plan.final_looks :]]
    passing = [NEVER] * (len(sizes) - len(finals)) + finals
    failing = [_fails_from(watch, size, plan.share) for size in sizes]
    no_pass, no_fail = [NEVER] * len(sizes), [size + 1 for size in sizes]
    return Outcome(
        limit,
        rows,
        looks,
        extends,
        passes=_decided(sizes, limit, passing, no_fail)[0],
        aborts=_decided(sizes, limit, no_pass, failing)[1],
        passes_at_any=_decided(sizes, limit, [_passes_to(watch, size, LEVEL) for size in sizes], no_fail)[0],
        aborts_at_any=_decided(sizes, limit, no_pass, [_fails_from(watch, size, LEVEL) for size in sizes])[1],
        passes_half=_decided(sizes, limit / 2, passing, failing)[0],
        aborts_double=_decided(sizes, 2 * limit, passing, failing)[1],
    )


# ── the limits of hits, by the code that decides ──


def _fails_from(watch: WaveWatch, rows: int, level: float) -> int:
    """The fewest hits that fail it; one more than there are rows where none does."""
    return _first(rows + 1, lambda hits: bool(beyond(watch, Measure(watch.name, hits, rows), level)))


def _passes_to(watch: WaveWatch, rows: int, level: float) -> int:
    """The most hits that pass it; NEVER where none does."""
    return _first(rows + 1, lambda hits: any(unproven(watch, Measure(watch.name, hits, rows), level))) - 1


def _first(end: int, holds: Callable[[int], bool]) -> int:
    """The first number below `end` for which something holds that holds from there on; `end` where it never does."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


# ── their probabilities, look after look ──


def _decided(sizes: list[int], rate: float, passing: list[int], failing: list[int]) -> tuple[float, float]:
    """How often looks pass it and fail it, by the first of them that decides: at most, and at least, so many hits."""
    chances, before, passed, failed = np.ones(1), 0, 0.0, 0.0  # of each number of hits that no look has decided
    for size, most, least in zip(sizes, passing, failing, strict=True):
        added = size - before
        likely = int(stats.binom.ppf(1 - 1e-12, added, rate)) + 1
        chances = np.convolve(chances, stats.binom.pmf(np.arange(likely + 1), added, rate))
        hits = np.arange(chances.size)
        failed += float(chances[hits >= least].sum())
        passed += float(chances[(hits <= most) & (hits < least)].sum())
        chances = np.where((hits > most) & (hits < least), chances, 0.0)
        before = size
    return passed, failed


def too_many(found: list[Outcome]) -> list[Outcome]:
    """Those that err more often than the level says; sums of probabilities are exact to 1e-9."""
    return [each for each in found if max(each.passes, each.aborts) > LEVEL + 1e-9]


def table(found: list[Outcome]) -> str:
    """The table of docs/explanation/statistics.md."""
    head = ("limit", "rows in the hold", "looks", "extended", "false passes", "false aborts", "passing at any look",
            "aborting at any look", "half the limit passes", "twice the limit is aborted")  # fmt: skip
    rows = [(*_setting(each), *(f"{100 * share:.1f} %" for share in (
        each.passes, each.aborts, each.passes_at_any, each.aborts_at_any, each.passes_half, each.aborts_double
    ))) for each in found]  # fmt: skip
    return markdown_table(head, rows)


def _setting(each: Outcome) -> tuple[str, ...]:
    return f"{each.limit:.0%}", f"{each.rows:,}", str(each.looks), "yes" if each.extends else "no"
