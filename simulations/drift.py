"""Drift: how often a window alarms whose true effect is at the limit, or nothing, and how often a shift is found.

The levels are those of a yearly budget, 3e-4 and, by Holm over 20 columns, 1.5e-5. Counts of bins are drawn directly.
The rates of PSI and chi-square are by importance sampling: counts are drawn from Dirichlet-multinomial distributions
that spread more, and weighed by the ratio of probabilities. Run it alone: `python -m simulations.drift`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from scipy import special

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.drift.merging import category_groups, interval_groups
from mlops_gitops.monitoring.drift.noncentral import Distance, stabilised_distance
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.monitoring.statistics import cramers_v, ks, wasserstein
from mlops_gitops.statistics.quantiles import bisect_root
from simulations.tally import Numbers, Scale

LEVELS = (3e-4, 1.5e-5)
SIZES = (
    (500, 1_000), (500, 20_000), (500, 1_000_000), (1_000, 1_000), (2_000, 20_000), (5_000, 5_000), (5_000, 20_000),
    (20_000, 1_000_000), (100_000, 1_000), (100_000, 20_000), (100_000, 1_000_000),
)  # fmt: skip
SEED = 20_261_130
FINE = 100  # bins of KS and Wasserstein

# the shares of the reference, the size of a change → the shares of the window
Change: TypeAlias = Callable[[Numbers, float], Numbers]


@dataclass(frozen=True)
class Rate:
    """How often one statistic alarms at one level, with the standard error of that, in shares of the level."""

    statistic: str
    setting: str
    sizes: tuple[int, int]
    limit: float
    level: float
    ratio: float
    error: float


@dataclass(frozen=True)
class Found:
    """How often a shift of one of 20 columns is found in one window, at a family level of 3e-4."""

    statistic: str
    shift: str
    sizes: tuple[int, int]
    limit: float
    effect: float
    share: float


def mean_shift(shares: Numbers, size: float) -> Numbers:
    """A normal column whose mean moves by so many standard deviations."""
    edges = special.ndtri(np.cumsum(shares)[:-1])
    return np.diff(np.concatenate([[0.0], special.ndtr(edges - size), [1.0]]))


def scale_shift(shares: Numbers, size: float) -> Numbers:
    """A normal column whose standard deviation grows by this share."""
    edges = special.ndtri(np.cumsum(shares)[:-1])
    return np.diff(np.concatenate([[0.0], special.ndtr(edges / (1 + size)), [1.0]]))


def growing_bin(shares: Numbers, size: float) -> Numbers:
    """The last bin grows; the others keep their proportions."""
    grown = shares * np.where(np.arange(shares.size) == shares.size - 1, 1 + 4 * size, 1)
    return np.asarray(grown / grown.sum())


def shrinking_bin(shares: Numbers, size: float) -> Numbers:
    """The last bin shrinks; the others keep their proportions."""
    shrunk = shares * np.where(np.arange(shares.size) == shares.size - 1, np.exp(-size), 1)
    return np.asarray(shrunk / shrunk.sum())


CHANGES: dict[str, Change] = {
    "mean": mean_shift, "scale": scale_shift, "a bin grows": growing_bin, "a bin shrinks": shrinking_bin,
}  # fmt: skip


def true_psi(p: Numbers, q: Numbers) -> float:
    """PSI of true shares."""
    return float(((q - p) * np.log(q / p)).sum())


def true_association(p: Numbers, q: Numbers) -> float:
    """Cramér's V of true shares, at equal weights."""
    return float(np.sqrt(((q - p) ** 2 / (p + q)).sum() / 2))


def true_ks(p: Numbers, q: Numbers) -> float:
    """The largest distance at an edge."""
    return float(np.abs(np.cumsum(q - p)).max())


def true_transport(positions: Numbers) -> Callable[[Numbers, Numbers], float]:
    """The Wasserstein distance of true shares, in standard deviations of the reference."""

    def effect(p: Numbers, q: Numbers) -> float:
        spread = np.sqrt(p @ positions**2 - (p @ positions) ** 2)
        return float(np.abs(np.cumsum(q - p)[:-1]) @ np.diff(positions) / spread)

    return effect


def changed(shares: Numbers, change: Change, effect: Callable[[Numbers, Numbers], float], limit: float) -> Numbers:
    """The shares of a window whose true effect is the limit, up to rounding and never above; NaN where none has it."""
    if limit == 0:
        return shares
    size = bisect_root(lambda at: np.asarray(limit - effect(shares, change(shares, float(at)))), 0.0, 12.0)
    result = change(shares, float(size) * (1 - 1e-9))
    return result if effect(shares, result) > 0.99 * limit else np.full(shares.shape, np.nan)


def drawn(rng: np.random.Generator, shares: Numbers, rows: int, spread: float, samples: int) -> tuple[Numbers, Numbers]:
    """Counts whose variance is `spread` times the multinomial one, and the logarithms of their weights."""
    total = (rows - spread) / (spread - 1)
    alpha = total * shares
    gamma = rng.gamma(alpha, size=(samples, shares.size))
    counts = rng.multinomial(rows, gamma / gamma.sum(1, keepdims=True)).astype(float)
    proposal = special.gammaln(total) - special.gammaln(rows + total)
    proposal += (special.gammaln(counts + alpha) - special.gammaln(alpha)).sum(1)
    return counts, counts @ np.log(shares) - proposal


def shares_of(kind: str, sizes: tuple[int, int]) -> Numbers:
    """The true shares of the bins that are merged for these sizes."""
    if kind == "equal":
        shares, merge = np.full(1000, 1 / 1000), interval_groups
    else:
        rows = 1 / np.arange(1.0, 41)
        shares, merge = rows / rows.sum(), category_groups
    return np.bincount(merge(shares * min(sizes)), shares).astype(float)


DISTANCES: dict[
    str, tuple[Callable[[BinnedPair], Distance], Callable[[Numbers, Numbers], float], tuple[float, ...]]
] = {
    "psi": (stabilised_distance, true_psi, (0.0, 0.02, 0.1, 0.25)),
    "cramers_v": (cramers_v.homogeneity, true_association, (0.0, 0.05, 0.1, 0.2)),
}


def alarming(distance: Distance, limit: float, level: float) -> Numbers:
    """1 where the lower bound exceeds the limit, 0 elsewhere: by the p value, which is the level where it just does."""
    return np.asarray(distance.p_value(limit) <= level, float)


def false_alarms(statistic: str, rng: np.random.Generator, scale: Scale) -> Iterator[Rate]:
    """PSI or chi-square, at the limit and without any effect."""
    limits = DISTANCES[statistic][2]
    for sizes in scale.choose(SIZES):
        for kind in ("equal", "categories"):
            shares = shares_of(kind, sizes)
            for change in scale.choose(tuple(CHANGES), 1):
                for limit in limits if change == "mean" else limits[1:]:
                    yield from alarm_rates(rng, statistic, (kind, change), (shares, sizes, limit), scale.replicates)


def alarm_rates(
    rng: np.random.Generator, statistic: str, names: tuple[str, str], setting: tuple[Numbers, tuple[int, int], float],
    samples: int,
) -> Iterator[Rate]:  # fmt: skip
    """One statistic at the limit: `names` of the bins and the change, `setting` is shares, sizes and limit."""
    measure, effect, _ = DISTANCES[statistic]
    shares, sizes, limit = setting
    after = changed(shares, CHANGES[names[1]], effect, limit)
    if np.isnan(after).any():
        return
    spread = 1 + 12 / (shares.size + 1)
    window, first = drawn(rng, after, sizes[0], spread, samples)
    reference, second = drawn(rng, shares, sizes[1], spread, samples)
    distance = measure(BinnedPair(BinnedSample(reference), BinnedSample(window)))
    squared = limit if statistic == "psi" else 4 * limit**2
    for level in LEVELS:
        hits = alarming(distance, squared, level) * np.exp(first + second) / level
        name = f"{names[0]} ({shares.size}), {names[1]}" if limit else f"{names[0]} ({shares.size})"
        yield Rate(statistic, name, sizes, limit, level, float(hits.mean()), float(hits.std() / np.sqrt(samples)))


def fine_alarms(rng: np.random.Generator, scale: Scale) -> Iterator[Rate]:
    """KS and Wasserstein on 100 bins, drawn plainly, at the first level."""
    normal, skewed = (quantiles((np.arange(FINE) + 0.5) / FINE) for quantiles in (special.ndtri, _lognormal))
    shares = np.full(FINE, 1 / FINE)
    for sizes in scale.choose(((500, 1_000), (500, 1_000_000), (5_000, 20_000))):
        for limit in (0.0, 0.1):
            after = changed(shares, mean_shift, true_ks, limit)
            yield _plain(rng, "ks", "normal, mean", (shares, after, sizes, limit, normal), scale.replicates)
            for name, positions in (("normal", normal), ("lognormal", skewed)):
                after = changed(shares, mean_shift, true_transport(positions), limit)
                setting = shares, after, sizes, limit, positions
                yield _plain(rng, "wasserstein", f"{name}, mean", setting, scale.replicates)


def _lognormal(shares: Numbers) -> Numbers:
    return np.asarray(np.exp(special.ndtri(shares)))


def _plain(
    rng: np.random.Generator, statistic: str, name: str,
    setting: tuple[Numbers, Numbers, tuple[int, int], float, Numbers], samples: int,
) -> Rate:  # fmt: skip
    shares, after, sizes, limit, positions = setting
    level, wrong, left = LEVELS[0], 0, samples
    while left > 0:
        size = min(left, 20_000)
        pair = BinnedPair(
            BinnedSample(rng.multinomial(sizes[1], shares, size).astype(float)),
            BinnedSample(rng.multinomial(sizes[0], after, size).astype(float)),
            positions,
        )
        wrong += int((lower_bounds(statistic, pair, level) > limit).sum())
        left -= size
    share = wrong / samples
    return Rate(statistic, name, sizes, limit, level, share / level, float(np.sqrt(max(wrong, 1)) / samples / level))


def lower_bounds(statistic: str, pair: BinnedPair, level: float) -> Numbers:
    """The lower bounds of KS or Wasserstein of all replicates."""
    if statistic == "ks":
        return np.asarray(ks.distances(pair)[0] - ks.allowance(pair, level))
    return np.asarray(wasserstein.transport(pair).lower(level))


def power(rng: np.random.Generator, scale: Scale) -> Iterator[Found]:
    """A shift of one of 20 columns, at the level that Holm's first step leaves it."""
    level, samples = LEVELS[0] / 20, min(scale.replicates, 20_000)
    shifts = (("mean 0.25 sd", mean_shift, 0.25), ("mean 0.2 sd", mean_shift, 0.2), ("sd +20 %", scale_shift, 0.2))
    for sizes in scale.choose(
        ((5_000, 20_000), (5_000, 1_000_000), (2_000, 20_000), (1_000, 20_000), (20_000, 20_000))
    ):
        for name, change, size in shifts:
            coarse = shares_of("equal", sizes)
            for statistic, limit in (("psi", 0.02), ("cramers_v", 0.07)):
                measure, effect, _ = DISTANCES[statistic]
                after = change(coarse, size)
                pair = _pair(rng, coarse, after, sizes, samples)
                squared = limit if statistic == "psi" else 4 * limit**2
                share = float(alarming(measure(pair), squared, level).mean())
                yield Found(statistic, name, sizes, limit, effect(coarse, after), share)
            shares = np.full(FINE, 1 / FINE)
            positions = special.ndtri((np.arange(FINE) + 0.5) / FINE)
            for statistic, limit, effect in (("ks", 0.05, true_ks), ("wasserstein", 0.1, true_transport(positions))):
                after = change(shares, size)
                drawn_pair = replace(_pair(rng, shares, after, sizes, samples), positions=positions)
                bounds = lower_bounds(statistic, drawn_pair, level)
                yield Found(statistic, name, sizes, limit, effect(shares, after), float((bounds > limit).mean()))


def _pair(rng: np.random.Generator, p: Numbers, q: Numbers, sizes: tuple[int, int], samples: int) -> BinnedPair:
    window, reference = (
        BinnedSample(rng.multinomial(rows, shares, samples).astype(float))
        for rows, shares in ((sizes[0], q), (sizes[1], p))
    )
    return BinnedPair(reference, window)


PARTS: dict[str, Callable[[np.random.Generator, Scale], Iterator[Rate] | Iterator[Found]]] = {
    "psi": partial(false_alarms, "psi"), "cramers_v": partial(false_alarms, "cramers_v"),
    "fine": fine_alarms, "power": power,
}  # fmt: skip


def main() -> None:
    """Prints what one part found, a line each."""
    from simulations import drift_shifts, drift_years  # they draw with what is in this module

    parts: dict[str, Callable[[np.random.Generator, Scale], Iterator[object]]] = {
        **PARTS, "years": lambda _, scale: drift_years.every(scale), "shifts": drift_shifts.power,
    }  # fmt: skip
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=parts)
    parser.add_argument("--samples", type=int, default=200_000, help="of each setting; for `years`, simulated years")
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    for line in parts[asked.part](np.random.default_rng(SEED), Scale(asked.samples, not asked.short)):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
