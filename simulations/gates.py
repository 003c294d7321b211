"""Whole gates: independent groups compared, all slices proven, none refuted, and how often a gate decides at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlops_gitops.statistics import auc_variance
from mlops_gitops.statistics.influence_moments import negate
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.intervals import delong, mean, mover, newcombe, tango
from mlops_gitops.statistics.quantiles import beta_lower
from simulations.populations import cells, placements
from simulations.smooth import draw
from simulations.tally import ALPHAS, Line, Numbers, Scale, lines


def independent_groups(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """The difference and the ratio of proportions of two groups, from the exact bounds of each."""
    for n, m in scale.choose(((100, 100), (500, 50), (50, 50), (5000, 200), (20_000, 20_000)), 2):
        for one, other in scale.choose(((0.9, 0.8), (0.05, 0.01), (0.5, 0.5), (0.99, 0.99), (0.2, 0.6))):
            hits = [rng.binomial(*its, scale.replicates).astype(float) for its in ((n, one), (m, other))]
            shares = hits[0] / n, hits[1] / m

            def each(alpha: float, hits: list[Numbers] = hits, of: tuple[int, int] = (n, m)) -> list[Numbers]:
                sides = [(its, rows) for its, rows in zip(hits, of, strict=True)]
                bounds = [(beta_lower(h, r, alpha), 1 - beta_lower(r - h, r, alpha)) for h, r in sides]
                return [its for pair in bounds for its in pair]

            def apart(alpha: float, p: tuple[Numbers, Numbers] = shares) -> tuple[Numbers, Numbers]:
                l1, u1, l2, u2 = each(alpha)
                return mover.difference_lower(p[0], l1, p[1], u2), -mover.difference_lower(p[1], l2, p[0], u1)

            def times(alpha: float, p: tuple[Numbers, Numbers] = shares) -> tuple[Numbers, Numbers]:
                l1, u1, l2, u2 = each(alpha)
                inverse = mover.ratio_lower(p[1], l2, p[0], u1)
                upper = np.where(inverse > 0, 1 / np.where(inverse > 0, inverse, 1), np.inf)
                return mover.ratio_lower(p[0], l1, p[1], u2), upper

            where = f"{n:,} and {m:,} rows, shares {one} and {other}"
            yield from lines("mover, difference", where, one - other, apart, np.ones(scale.replicates, bool))
            yield from lines("mover, ratio", where, one / other, times, shares[1] > 0)


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
    alpha, replicates = 0.05, scale.replicates
    share, n = 0.9, 1000
    hits = rng.binomial(n, share, replicates)
    bounds = {"clopper_pearson, 1,000 rows": (beta_lower(hits, n, alpha), 1 - beta_lower(n - hits, n, alpha), hits / n)}
    likely = cells("equal", 0.9, 120)
    positive, negative = (
        rng.multinomial(m, its, replicates).astype(float) for m, its in zip((200, 2000), likely, strict=True)
    )
    value, above, below = placements(positive, negative)
    psi = np.concatenate([(above - value[:, None]) * 11, (below - value[:, None]) * 1.1], 1)
    its = auc_variance.auc_moments(Influences(psi, np.concatenate([positive, negative], 1)), 200)
    high = 1 - delong.lower_bound(1 - value, negate(its), 200, alpha)
    bounds["delong, 200 positives"] = (delong.lower_bound(value, its, 200, alpha), high, value)
    exact = newcombe.lower_bound(value, 200, 2000, alpha), 1 - newcombe.lower_bound(1 - value, 200, 2000, alpha)
    bounds["newcombe, 200 positives"] = (*exact, value)
    gained, lost = rng.poisson(20, (2, replicates)).astype(float)
    low, high = tango.lower_bound(gained, lost, 1000, alpha), -tango.lower_bound(lost, gained, 1000, alpha)
    bounds["tango, 1,000 rows, 40 discordant"] = (low, high, (gained - lost) / 1000)
    x, _, __ = draw(rng, "exponential", (replicates, 1000))
    at = x.mean(1)
    its = mean.mean_moments(1000, x.var(1), ((x - at[:, None]) ** 3).mean(1), at)
    high, low = -mean.lower_bound(-at, negate(its), alpha), mean.lower_bound(at, its, alpha)
    bounds["mean, 1,000 exponential losses"] = (-high, -low, -at)
    for method, (low, high, values) in bounds.items():
        error = float(np.std(values))
        for margin in (0.0, 1.0, 2.0, 3.0, 4.0):
            threshold = float(np.mean(values)) - margin * error
            passed, failed = float((low > threshold).mean()), float((high < threshold).mean())
            yield Decided(method, margin, passed, failed, 1 - passed - failed)
