"""Simulated years of one watch on drift: how many windows alarm a year although nothing drifts.

Counts of merged bins are drawn, a reference once for each year. The watch has the whole budget of 0.1 a year, so that
each look has a level of 0.1 divided by the looks. In the hardest case the limit is 0, or all columns are at it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import special

from mlops_gitops.monitoring.calendar import FEWEST_WINDOWS
from mlops_gitops.monitoring.drift.between_windows import of_roots
from mlops_gitops.monitoring.drift.noncentral import roots, stabilised_distance
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from simulations.drift import SEED, changed, mean_shift, shares_of, true_psi
from simulations.tally import Numbers, Scale, Truths

BUDGET = 0.1
MOST = 4e6  # counts that are drawn at once
GROUP = 5  # columns that are the same
FEW = 4  # rows


@dataclass(frozen=True)
class Watched:
    """A year of one watch with `psi: limit`.

    `varying` is the standard deviation of the mean of the columns between windows, in standard deviations of a row,
    and `overdispersed` how much more shares vary than rows do, beside it; in both, all windows have the same mean.
    `references` is how many reference windows there are; 0 is the profile of a release, which has 20,000 rows.
    """

    looks: int = 52
    rows: int = 5_000
    columns: int = 20
    alike: bool = False
    limit: float = 0.0
    varying: float = 0.0
    overdispersed: float = 1.0
    references: int = 0
    reference_rows: int = 20_000
    effect: float | None = field(default=None, repr=False)  # the true one, if it is not the limit

    @property
    def level(self) -> float:
        """The level of each column, by the first step of Holm's procedure, which decides whether any alarms."""
        return BUDGET / self.looks / self.columns

    @property
    def sizes(self) -> tuple[int, int]:
        """The rows of a window and of the reference."""
        return self.rows, self.references * self.rows or self.reference_rows


@dataclass(frozen=True)
class Years:
    """Alarming windows a year, with the standard error of that."""

    watched: Watched
    years: int
    alarms: float
    error: float


DAILY = Watched(looks=365, rows=1_000)
STEADY = tuple(
    replace(plan, columns=columns, alike=alike)
    for plan, most in ((Watched(), 100), (DAILY, 20))
    for columns, alike in ((5, False), (20, False), (20, True), (100, False), (100, True))
    if alike or columns <= most
)
AT_LIMIT = tuple(replace(Watched(), limit=limit) for limit in (0.02, 0.1))
RESTLESS = tuple(replace(Watched(), limit=limit, effect=0.0, varying=0.1, alike=True) for limit in (0.0, 0.02, 0.1))
KINDS = ((0.0, 1.0), (0.1, 1.0), (0.5, 1.0), (0.0, 4.0))
WINDOWS = (
    *(
        replace(Watched(), columns=1, varying=varying, overdispersed=overdispersed, references=count, limit=limit)
        for count in (8, 12, 26)
        for limit in (0.0, 0.02)
        for varying, overdispersed in KINDS
    ),
    replace(DAILY, columns=1, varying=0.5, references=8),
    replace(DAILY, columns=1, varying=0.5, references=28),
    replace(Watched(), alike=True, varying=0.1, references=12),
    replace(Watched(), columns=100, alike=True, varying=0.1, references=26),
    replace(DAILY, columns=20, alike=True, varying=0.1, references=28),
)
SETTINGS = {
    "steady": STEADY, "at the limit": AT_LIMIT, "restless": RESTLESS, "reference windows": WINDOWS,
}  # fmt: skip


def simulated(watched: Watched, years: int) -> Years:
    """So many years, drawn in chunks of their own seeds."""
    seed = (SEED, zlib.crc32(repr(watched).encode()))
    base = shares_of("equal", watched.sizes)
    distinct = watched.columns // GROUP if watched.alike else watched.columns
    chunk = max(int(MOST / (watched.looks * distinct * base.size)), 1)
    counts = []
    for start in range(0, years, chunk):
        rng = np.random.default_rng([*seed, start])
        counts.append(_alarms(rng, watched, (min(chunk, years - start), distinct)))
    alarms = np.concatenate(counts)
    return Years(watched, years, float(alarms.mean()), float(alarms.std() / np.sqrt(years)))


def _alarms(rng: np.random.Generator, watched: Watched, shape: tuple[int, int]) -> Numbers:
    """The alarming windows of each year; `shape` is years and columns that are drawn."""
    return np.asarray(found(watched, *drawn_years(rng, watched, shape)).any(-1).sum(-1), float)


def drawn_years(
    rng: np.random.Generator, watched: Watched, shape: tuple[int, int]
) -> tuple[Numbers, Numbers, Numbers | None]:
    """Counts of references (years, columns, bins), windows (years, windows, columns, bins) and reference windows."""
    years, columns = shape
    base = shares_of("equal", watched.sizes)
    after = changed(base, mean_shift, true_psi, watched.limit if watched.effect is None else watched.effect)
    if watched.references:
        each = _windows(rng, watched, base, (years, watched.references, columns)).swapaxes(1, 2)
        reference = each.sum(-2)
    else:
        each, reference = None, rng.multinomial(watched.reference_rows, base, shape).astype(float)
    return reference, _windows(rng, watched, after, (years, watched.looks, columns)), each


def _windows(rng: np.random.Generator, watched: Watched, shares: Numbers, shape: tuple[int, int, int]) -> Numbers:
    """Counts of windows, of shape (years, windows, columns, bins); all columns of a window move together."""
    every = np.broadcast_to(shares, (*shape[:2], 1, shares.size))
    if watched.varying:
        edges = special.ndtri(np.cumsum(shares)[:-1])
        inner = special.ndtr(edges - watched.varying * rng.standard_normal((*shape[:2], 1, 1)))
        every = np.diff(inner, prepend=0.0, append=1.0, axis=-1)
    if watched.overdispersed > 1:
        total = (watched.rows - watched.overdispersed) / (watched.overdispersed - 1)
        gamma = rng.gamma(total * shares, size=(*shape, shares.size))
        every = gamma / gamma.sum(-1, keepdims=True)
    return rng.multinomial(watched.rows, np.broadcast_to(every, (*shape, shares.size))).astype(float)


def found(watched: Watched, reference: Numbers, window: Numbers, each: Numbers | None) -> Truths:
    """Which columns alarm, of shape (years, windows, columns): where they may, by the code that decides."""
    hit = may_alarm(watched, reference[:, None], window)
    if each is not None:
        pair = BinnedPair(BinnedSample(reference[:, None]), BinnedSample(window))
        hit &= of_roots(pair, BinnedSample(each[:, None])).p_value(np.sqrt(watched.limit)) <= watched.level
    years, _, columns = places = np.nonzero(hit)
    pair = BinnedPair(BinnedSample(reference[years, columns]), BinnedSample(window[places]))
    hit[places] = stabilised_distance(pair).p_value(watched.limit) <= watched.level
    return hit


def may_alarm(watched: Watched, reference: Numbers, window: Numbers) -> Truths:
    """Which columns can alarm: no other has a p value below the level.

    Small counts only shorten a distance, so one that is too small without that alarms in no case. Where each bin has a
    share of both samples that is 4 rows of the smaller one, small counts shorten by less than half, and the distance
    alone decides.
    """
    sizes = watched.sizes
    size, least = 1 / (1 / sizes[0] + 1 / sizes[1]), FEW / min(sizes)
    apart = roots(BinnedSample(window))
    apart -= roots(BinnedSample(reference))
    statistic = size * np.einsum("...i,...i", apart, apart)
    may = statistic > special.chndtrix(1 - 2 * watched.level, window.shape[-1] - 1, watched.limit * size)
    return np.asarray(may | (window.min(-1) < least * sizes[0]) | (reference.min(-1) < least * sizes[1]))


def every(scale: Scale) -> Iterator[Years]:
    """Every setting, or some with few columns for a test."""
    few = (
        Watched(columns=5),
        Watched(columns=5, limit=0.02),
        replace(Watched(), columns=5, alike=True, limit=0.02, effect=0.0, varying=0.1),
        replace(Watched(), columns=1, varying=0.5, references=FEWEST_WINDOWS),
    )
    for watched in [one for part in SETTINGS.values() for one in part] if scale.full else few:
        yield simulated(watched, scale.replicates)
