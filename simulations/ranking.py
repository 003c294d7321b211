"""One AUC and the difference of two: scores of several kinds, ties, few and many positives, correlation, clusters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import special

from mlops_gitops.statistics import auc_variance
from mlops_gitops.statistics.influence_moments import Moments, negate, unit_moments
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.intervals import delong, delong_paired, newcombe
from simulations.populations import KINDS, bivariate, cells, placements
from simulations.tally import Bounds, Line, Numbers, Scale, Truths, lines


def single_auc(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """A single AUC, by both methods on the same samples."""
    sizes = ((50, 5000), (20, 200), (5, 500), (20, 20), (50, 50), (100, 1000), (100, 99_900), (1000, 20_000))
    for m, n in scale.choose(sizes):
        for kind in scale.choose(KINDS, 3):
            for auc in scale.choose((0.9, 0.6, 0.99), 1):
                yield from _single(rng, scale, m, n, kind, auc, 80)
        for kind in KINDS[:3]:
            yield from _single(rng, scale, m, n, kind, 0.9, 6)


def _single(
    rng: np.random.Generator, scale: Scale, m: int, n: int, kind: str, auc: float, levels: int
) -> Iterator[Line]:
    likely = cells(kind, auc, levels)
    truth = float(placements(*likely)[0])
    drawn = [
        rng.multinomial(size, its, scale.replicates).astype(float) for size, its in zip((m, n), likely, strict=True)
    ]
    value, above, below = placements(*drawn)
    psi = np.concatenate([(above - value[:, None]) * (m + n) / m, (below - value[:, None]) * (m + n) / n], 1)
    rarer = min(m, n)
    its = auc_variance.auc_moments(Influences(psi, np.concatenate(drawn, 1)), rarer)
    setting = f"{m}/{n:,} positives/negatives, {kind}, AUC {truth:.3f}, {levels} levels"

    def exact(alpha: float) -> tuple[Numbers, Numbers]:
        return newcombe.lower_bound(value, m, n, alpha), 1 - newcombe.lower_bound(1 - value, m, n, alpha)

    def plain(alpha: float) -> tuple[Numbers, Numbers]:
        reach = float(special.ndtri(1 - alpha)) * np.sqrt(its.variance)
        return value - reach, value + reach

    def fifth(alpha: float) -> tuple[Numbers, Numbers]:
        mean = (m + n) / 2 - 1
        terms = 1 + mean * (1 - truth) / (2 - truth) + mean * truth / (1 + truth)
        reach = float(special.ndtri(1 - alpha)) * np.sqrt(truth * (1 - truth) * terms / (m * n))
        return value - reach, value + reach  # at the threshold its inverted test is just this

    theirs = {"DeLong": plain, "Newcombe's method 5": fifth}
    yield from lines("newcombe", setting, truth, exact, np.ones(value.shape, bool), theirs)
    enough = _enough(its, rarer >= auc_variance.MIN_CLASS_ROWS, auc_variance.MIN_EFFECTIVE_ROWS)
    yield from lines("delong", setting, truth, _logit(value, its, rarer), enough, {"DeLong": plain})


def _logit(value: Numbers, its: Moments, freedom: int) -> Bounds:
    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        return delong.lower_bound(value, its, freedom, alpha), 1 - delong.lower_bound(
            1 - value, negate(its), freedom, alpha
        )

    return bounds


def _enough(its: Moments, rows: bool, effective: float) -> Truths:
    return np.asarray((its.effective >= effective) & rows)


def auc_difference(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """Candidate less baseline on the same rows, scored in 20 levels."""
    edges = np.linspace(-2.8, 4.2, 19)
    pairs = ((0.85, 0.7, 1), (0.8, 0.78, 1), (0.8, 0.8, 1), (0.9, 0.88, 1), (0.97, 0.96, 1), (0.9, 0.85, 2))
    for m, n in scale.choose(((100, 1000), (50, 50), (50, 5000), (200, 5000), (1000, 20_000)), 1):
        for correlation in scale.choose((0.8, 0.0, 0.5, 0.95)):
            for baseline, candidate, spread in scale.choose(pairs, 1):
                means = (special.ndtri(baseline) * np.sqrt(1 + spread**2), special.ndtri(candidate) * np.sqrt(2))
                likely = (
                    bivariate(means, (spread, 1), correlation, edges),
                    bivariate((0, 0), (1, 1), correlation, edges),
                )
                its = f"{m}/{n:,}, AUC {baseline} and {candidate}, spread {spread}, correlation {correlation:g}"
                yield from _pair(rng, scale, (m, n), likely, its)


def _pair(
    rng: np.random.Generator, scale: Scale, sizes: tuple[int, int], likely: tuple[Numbers, Numbers], setting: str
) -> Iterator[Line]:
    replicates, rows = min(scale.replicates, 5000), sum(sizes)
    drawn = [
        rng.multinomial(size, its.ravel(), replicates).reshape(-1, *its.shape).astype(float)
        for size, its in zip(sizes, likely, strict=True)
    ]
    truth = float(np.subtract(*(placements(*(its.sum(axis) for its in likely))[0] for axis in (0, 1))))
    (base, above, below), (new, above2, below2) = (placements(*(its.sum(axis) for its in drawn)) for axis in (2, 1))
    value = new - base
    shift = value[:, None, None]
    psi = [
        ((its2[:, None, :] - its[:, :, None] - shift) * rows / size).reshape(replicates, -1)
        for its, its2, size in ((above, above2, sizes[0]), (below, below2, sizes[1]))
    ]
    rarer = min(sizes)
    weight = np.concatenate([its.reshape(replicates, -1) for its in drawn], 1)
    its = auc_variance.auc_moments(Influences(np.concatenate(psi, 1), weight), rarer)

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        low = delong_paired.lower_bound(value, its, rarer, alpha)
        return low, -delong_paired.lower_bound(-value, negate(its), rarer, alpha)

    def plain(alpha: float) -> tuple[Numbers, Numbers]:
        reach = float(special.ndtri(1 - alpha)) * np.sqrt(its.variance)
        return value - reach, value + reach

    enough = _enough(its, rarer >= auc_variance.MIN_CLASS_ROWS, auc_variance.MIN_EFFECTIVE_ROWS)
    yield from lines("delong_paired", setting, truth, bounds, enough, {"DeLong": plain})


def clustered_auc(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """A single AUC over clusters whose scores share a part; classes mixed within clusters, or one to a cluster."""
    for clusters, most in scale.choose(((100, 10), (30, 10), (300, 10), (100, 40)), 1, 2):
        for correlation in scale.choose((0.5, 0.05, 0.0, 0.2), 1):
            for mixed in (True, False):
                yield from _clusters(rng, scale, clusters, most, correlation, mixed)


def _clusters(
    rng: np.random.Generator, scale: Scale, clusters: int, most: int, correlation: float, mixed: bool
) -> Iterator[Line]:
    """Clusters of 1 to `most` rows."""
    replicates = max(400, min(scale.replicates, 3_000_000 // (clusters * most)))
    shape = (replicates, clusters, most)
    there = np.arange(most) < rng.integers(1, most + 1, shape[:2])[..., None]
    positive = (rng.random(shape if mixed else (*shape[:2], 1)) < 0.4) & there
    negative = ~positive & there
    shared = np.sqrt(correlation) * rng.standard_normal((*shape[:2], 1))
    auc = 0.85
    score = shared + np.sqrt(1 - correlation) * rng.standard_normal(shape) + np.sqrt(2) * special.ndtri(auc) * positive
    order = np.argsort(score.reshape(replicates, -1), axis=1)
    flat = [its.reshape(replicates, -1).astype(float) for its in (positive, negative)]
    m, n = (its.sum(1, keepdims=True) for its in flat)
    sorted_ = [np.take_along_axis(its, order, 1) for its in flat]
    above, below = np.cumsum(sorted_[1], 1) / n, 1 - np.cumsum(sorted_[0], 1) / m
    value = (sorted_[0] * above).sum(1, keepdims=True) / m
    rows = m + n
    psi = sorted_[0] * (above - value) * rows / m + sorted_[1] * (below - value) * rows / n
    back = np.empty_like(psi)
    np.put_along_axis(back, order, psi, 1)
    left = rows - there.sum(2)
    its = unit_moments(back.reshape(shape).sum(2) / left, np.ones(shape[:2]))
    rarer = np.minimum(m, n)[:, 0]
    its = Moments(its.variance * rarer / (rarer - 1), its.skewness, its.units, its.effective)
    freedom = int(min(clusters, rarer.min()))
    point = value[:, 0]
    enough = (
        (its.effective >= auc_variance.MIN_EFFECTIVE_CLUSTERS)
        & (rarer >= auc_variance.MIN_CLASS_ROWS)
        & (clusters >= auc_variance.MIN_CLUSTERS)
    )
    kind = "mixed" if mixed else "of one class"
    setting = f"{clusters} clusters of 1–{most} rows, {kind}, correlation {correlation:g}"
    yield from lines("delong, clusters", setting, auc, _logit(point, its, freedom), enough)
