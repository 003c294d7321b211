"""Named shifts of one of 20 columns: how often one look finds them, and how often one of two.

Rows are drawn in the bins of a profile, and tested by the code that tests a column, at a 20th of the level of a look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from mlops_gitops.monitoring.drift.between_windows import between_windows
from mlops_gitops.monitoring.drift.binning import Binning, ColumnCounts, pooled
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.monitoring.drift.statistic import drift_statistic
from mlops_gitops.monitoring.profiles.profile import CategoricalColumn, Column, NumericColumn
from simulations.drift_years import BUDGET
from simulations.tally import Numbers, Scale

ROWS, REFERENCE = 5_000, 20_000
COLUMNS = 20
FINE = 1000  # bins of the profile
# One tested watch of weekly windows has the whole budget, or six of them share it.
LEVELS = (BUDGET / 52 / COLUMNS, BUDGET / 52 / 6 / COLUMNS)


@dataclass(frozen=True)
class Shift:
    """True shares before and after, in the order of `ColumnCounts.every`."""

    name: str
    column: Column
    before: Numbers
    after: Numbers


@dataclass(frozen=True)
class Found:
    """How often a shift is found: `once` in one window and `twice` in at least one of two, at each of LEVELS.

    `references` is how many reference windows there are; 0 is the profile of a release with 20,000 rows.
    """

    shift: str
    statistic: str
    limit: float
    effect: float
    references: int
    once: tuple[float, ...]
    twice: tuple[float, ...]


def _numbers() -> NumericColumn:
    edges = tuple(map(float, special.ndtri(np.arange(1, FINE) / FINE)))
    counts = (REFERENCE // FINE,) * FINE
    return NumericColumn("number", REFERENCE, 0, 0, 0, edges, counts, 0.0, 1.0, None)


def _normal(mixture: tuple[tuple[float, float, float], ...]) -> Numbers:
    """Shares of a mixture of normal distributions: (share, mean, standard deviation)."""
    edges = special.ndtri(np.arange(1, FINE) / FINE)
    below = sum(share * special.ndtr((edges - mean) / sd) for share, mean, sd in mixture)
    return np.append(np.diff(below, prepend=0.0, append=1.0), [0.0, 0.0])


def shifts() -> Iterator[Shift]:
    """The shifts that the table names."""
    plain = _normal(((1.0, 0.0, 1.0),))
    mixtures = {
        "mean + 0.25 sd": ((1.0, 0.25, 1.0),),
        "mean + 0.2 sd": ((1.0, 0.2, 1.0),),
        "sd + 20 %": ((1.0, 0.0, 1.2),),
        "sd + 30 %": ((1.0, 0.0, 1.3),),
        "a segment of 20 % of rows + 1 sd": ((0.8, 0.0, 1.0), (0.2, 1.0, 1.0)),
        "a segment of 10 % of rows + 2 sd": ((0.9, 0.0, 1.0), (0.1, 2.0, 1.0)),
    }
    for name, mixture in mixtures.items():
        yield Shift(name, _numbers(), plain, _normal(mixture))
    nulls = plain * 0.95 + np.eye(FINE + 2)[-1] * 0.05
    yield Shift("5 % of values become null", _numbers(), plain, nulls)
    named = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05, 0.0, 0.0])
    yield Shift("a new category of 5 % of rows", _texts(named), named, named * 0.95 + np.eye(10)[-2] * 0.05)
    yield Shift("a new category of 2 % of rows", _texts(named), named, named * 0.98 + np.eye(10)[-2] * 0.02)
    rare, often = (np.array([1 - share, share, 0.0, 0.0]) for share in (0.1, 0.2))
    yield Shift("label shift: positives 10 % to 20 %", _texts(rare), rare, often)
    apart = tuple(_normal(((1 - share, 0.0, 1.0), (share, 1.0, 1.0))) for share in (0.1, 0.2))
    yield Shift("label shift, in a column that is 1 sd higher for positives", _numbers(), *apart)


def _texts(shares: Numbers) -> CategoricalColumn:
    counts = {f"c{place}": int(REFERENCE * share) for place, share in enumerate(shares[:-2])}
    return CategoricalColumn("category", REFERENCE, 0, counts, 0, 0, None)


def _counts(drawn: Any) -> ColumnCounts:
    *counts, other, missing = drawn.astype(int).tolist()
    return ColumnCounts(tuple(counts), other, missing)


def power(rng: np.random.Generator, scale: Scale) -> Iterator[Found]:
    """Every shift by PSI; the first also by the other statistics, and with reference windows."""
    for place, shift in enumerate(scale.choose(tuple(shifts()), 1)):
        yield _found(rng, shift, ("psi", 0.02), 0, scale.replicates)
        if place == 0:
            for statistic, limit in (("cramers_v", 0.07), ("ks", 0.05), ("wasserstein", 0.1)):
                yield _found(rng, shift, (statistic, limit), 0, scale.replicates)
            for references in scale.choose((8, 12, 26, 52), 1):
                yield _found(rng, shift, ("psi", 0.02), references, scale.replicates)


def _found(rng: np.random.Generator, shift: Shift, test: tuple[str, float], references: int, samples: int) -> Found:
    hits = np.array([_pair_of_looks(rng, shift, test, references) for _ in range(samples)])
    once, twice = hits[:, 0].mean(0), hits.any(1).mean(0)
    effect = _effect(shift, test[0])
    return Found(shift.name, *test, effect, references, tuple(map(float, once)), tuple(map(float, twice)))


def _effect(shift: Shift, statistic: str) -> float:
    """The true effect in the bins that are compared: the value of very many rows."""
    before, after = (_counts(np.rint(shares * 1e12)) for shares in (shift.before, shift.after))
    kind = drift_statistic(statistic)
    reference, window = (binned := _binning(shift, statistic, before)).samples([before, after])
    return kind.estimate(BinnedPair(reference, window, binned.positions)).value


def _binning(shift: Shift, statistic: str, reference: ColumnCounts) -> Binning:
    return drift_statistic(statistic).binning(shift.column, reference, ROWS)


def _pair_of_looks(rng: np.random.Generator, shift: Shift, test: tuple[str, float], references: int) -> Numbers:
    """Whether each of two windows alarms at each level, of shape (2, levels)."""
    statistic, limit = drift_statistic(test[0]), test[1]
    each = [_counts(rng.multinomial(ROWS, shift.before)) for _ in range(references)]
    reference = pooled(each) if each else _counts(rng.multinomial(REFERENCE, shift.before))
    windows = [_counts(rng.multinomial(ROWS, shift.after)) for _ in range(2)]
    binning = _binning(shift, test[0], reference)
    alarms = []
    for window in windows:
        whole, found, *apart = binning.samples([reference, window, *each])
        pair = BinnedPair(whole, found, binning.positions)
        estimate = statistic.estimate(pair)
        if apart:
            weeks = BinnedSample(np.array([one.counts for one in apart]))
            estimate = between_windows(estimate, statistic.variation(pair, weeks), statistic.power)
        alarms.append([not estimate.few and estimate.lower(level) > limit for level in LEVELS])
    return np.array(alarms)
