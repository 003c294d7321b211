"""Whole gates: independent groups compared, all slices proven, none refuted, and how often a gate decides at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from mlops_gitops.statistics.auc_variance import auc_moments
from mlops_gitops.statistics.influence_moments import negate
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.intervals import delong, mean, mover, newcombe, tango
from mlops_gitops.statistics.quantiles import beta_lower
from simulations.populations import placements, score_levels
from simulations.smooth import draw
from simulations.tally import ALPHAS, Bounds, Numbers, Samples, Scale, Setting, Trial

# what is drawn → the lower bounds, the upper bounds and the values of its samples
Drawn: TypeAlias = dict[str, tuple[Numbers, Numbers, Numbers]]
ALPHA = 0.05  # of the gates whose power is measured


def independent_groups(scale: Scale) -> Iterator[Trial]:
    """The difference and the ratio of proportions of two groups, from the exact bounds of each."""
    for n, m in scale.choose(((100, 100), (500, 50), (50, 50), (5000, 200), (20_000, 20_000)), 2):
        for first, second in scale.choose(((0.9, 0.8), (0.05, 0.01), (0.5, 0.5), (0.99, 0.99), (0.2, 0.6))):
            name = f"{n:,} and {m:,} rows, shares {first} and {second}"
            yield Trial(name, partial(_two_groups, name, (n, first), (m, second)), 100_000)


def _two_groups(
    name: str, first: tuple[int, float], second: tuple[int, float], rng: np.random.Generator, samples: int
) -> Iterator[Samples]:
    """Each group is a number of rows and the share of hits."""
    groups = tuple(_Group(rng.binomial(*group, samples).astype(float), group[0]) for group in (first, second))
    difference, ratio = first[1] - second[1], first[1] / second[1]
    yield Samples(Setting("mover, difference", name, difference), _difference(*groups), np.ones(samples, bool))
    yield Samples(Setting("mover, ratio", name, ratio), _ratio(*groups), groups[1].share > 0)


@dataclass(frozen=True)
class _Group:
    """The hits of each replicate among the rows of a group."""

    hits: Numbers
    rows: int

    @property
    def share(self) -> Numbers:
        return self.hits / self.rows

    def lower(self, alpha: float) -> Numbers:
        return np.asarray(beta_lower(self.hits, self.rows, alpha))

    def upper(self, alpha: float) -> Numbers:
        return np.asarray(1 - beta_lower(self.rows - self.hits, self.rows, alpha))


def _difference(first: _Group, second: _Group) -> Bounds:
    def below(group: _Group, other: _Group, alpha: float) -> Numbers:
        lower, upper = group.lower(alpha), other.upper(alpha)
        return np.asarray(mover.difference_lower(group.share, lower, other.share, upper))

    return lambda alpha: (below(first, second, alpha), -below(second, first, alpha))


def _ratio(first: _Group, second: _Group) -> Bounds:
    def below(group: _Group, other: _Group, alpha: float) -> Numbers:
        return np.asarray(mover.ratio_lower(group.share, group.lower(alpha), other.share, other.upper(alpha)))

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        inverse = below(second, first, alpha)
        return below(first, second, alpha), np.where(inverse > 0, 1 / np.where(inverse > 0, inverse, 1), np.inf)

    return bounds


@dataclass(frozen=True)
class Sliced:
    """Gates over slices: how often they err, and what a rule that is not ours does with the same samples."""

    slices: int
    rule: str
    what: str
    alpha: float
    share: float
    naive: float
    replicates: int


def slices(rng: np.random.Generator, scale: Scale) -> Iterator[Sliced]:
    """Slices of 400 rows: recalls against 0.8, and candidates no better or worse than their baseline."""
    for number in scale.choose((1, 2, 5, 10, 20, 50), 3):
        shape = (scale.replicates, number)
        good = rng.binomial(400, 0.97, shape).astype(float)
        good[:, 0] = rng.binomial(400, 0.8, scale.replicates)
        gained, lost = rng.poisson(8, shape).astype(float), rng.poisson(8, shape).astype(float)
        for alpha in ALPHAS[1:]:
            proven = (beta_lower(good, 400, alpha) > 0.8).all(1)
            yield Sliced(
                number, "proven", "one slice at its threshold, passed", alpha,
                float(proven.mean()), float((good / 400 > 0.8).all(1).mean()), scale.replicates,
            )  # fmt: skip
            refuted = -tango.lower_bound(lost, gained, 400, alpha / number) < 0
            single = (gained < lost).any(1)
            yield Sliced(
                number, "not_refuted", "an equal model, blocked", alpha,
                float(refuted.any(1).mean()), float(single.mean()), scale.replicates,
            )  # fmt: skip


@dataclass(frozen=True)
class Decided:
    """How a value gate at 95 % decides, when the true value is some standard errors better than its threshold."""

    method: str
    margin: float
    passed: float
    failed: float
    inconclusive: float


def power(rng: np.random.Generator, scale: Scale) -> Iterator[Decided]:
    """`at_least` at a confidence of 95 %, and `at_most` for losses."""
    bounds = (
        _proportion_bounds(rng, scale.replicates)
        | _auc_bounds(rng, scale.replicates)
        | _change_bounds(rng, scale.replicates)
        | _loss_bounds(rng, scale.replicates)
    )
    for method, (low, high, values) in bounds.items():
        error = float(np.std(values))
        for margin in (0.0, 1.0, 2.0, 3.0, 4.0):
            threshold = float(np.mean(values)) - margin * error
            passed, failed = float((low > threshold).mean()), float((high < threshold).mean())
            yield Decided(method, margin, passed, failed, 1 - passed - failed)


def _proportion_bounds(rng: np.random.Generator, replicates: int) -> Drawn:
    group = _Group(rng.binomial(1000, 0.9, replicates).astype(float), 1000)
    return {"clopper_pearson, 1,000 rows": (group.lower(ALPHA), group.upper(ALPHA), group.share)}


def _auc_bounds(rng: np.random.Generator, replicates: int) -> Drawn:
    sizes = (200, 2000)
    positive, negative = (
        rng.multinomial(size, shares, replicates).astype(float)
        for size, shares in zip(sizes, score_levels("equal", 0.9, 120), strict=True)
    )
    value, above, below = placements(positive, negative)
    psi = np.concatenate([(above - value[:, None]) * 11, (below - value[:, None]) * 1.1], 1)
    moments = auc_moments(Influences(psi, np.concatenate([positive, negative], 1)), sizes[0])
    low = delong.lower_bound(value, moments, sizes[0], ALPHA)
    high = 1 - delong.lower_bound(1 - value, negate(moments), sizes[0], ALPHA)
    exact = newcombe.lower_bound(value, *sizes, ALPHA), 1 - newcombe.lower_bound(1 - value, *sizes, ALPHA)
    return {"delong, 200 positives": (low, high, value), "newcombe, 200 positives": (*exact, value)}


def _change_bounds(rng: np.random.Generator, replicates: int) -> Drawn:
    gained, lost = rng.poisson(20, (2, replicates)).astype(float)
    low, high = tango.lower_bound(gained, lost, 1000, ALPHA), -tango.lower_bound(lost, gained, 1000, ALPHA)
    return {"tango, 1,000 rows, 40 discordant": (low, high, (gained - lost) / 1000)}


def _loss_bounds(rng: np.random.Generator, replicates: int) -> Drawn:
    x, _, __ = draw(rng, "exponential", (replicates, 1000))
    value = x.mean(1)
    moments = mean.mean_moments(1000, x.var(1), ((x - value[:, None]) ** 3).mean(1), value)
    high, low = -mean.lower_bound(-value, negate(moments), ALPHA), mean.lower_bound(value, moments, ALPHA)
    return {"mean, 1,000 exponential losses": (-high, -low, -value)}
