"""One AUC and the difference of two: scores of several kinds, ties, few and many positives, correlation, clusters."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from scipy import special

from mlops_gitops.statistics.auc_variance import (
    MIN_CLASS_ROWS,
    MIN_CLUSTERS,
    MIN_EFFECTIVE_CLUSTERS,
    auc_moments,
)
from mlops_gitops.statistics.influence_moments import Moments, negate, unit_moments
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.intervals import delong, delong_paired, newcombe
from simulations.populations import KINDS, paired_levels, placements, score_levels
from simulations.tally import Bounds, Numbers, Samples, Scale, Setting, Trial, Truths, wald


def single_auc(scale: Scale) -> Iterator[Trial]:
    """A single AUC, by both methods on the same samples."""
    sizes = ((50, 5000), (20, 200), (5, 500), (20, 20), (50, 50), (100, 1000), (100, 99_900), (1000, 20_000))
    for m, n in scale.choose(sizes):
        for kind in scale.choose(KINDS, 3):
            for auc in scale.choose((0.9, 0.6, 0.99), 1):
                yield _single((m, n), (kind, auc, 80))
        for kind in KINDS[:3]:
            yield _single((m, n), (kind, 0.9, 6))


def _single(sizes: tuple[int, int], population: tuple[str, float, int]) -> Trial:
    """`sizes` are those of positives and negatives, `population` the kind, AUC and levels of their scores."""
    likely, (m, n) = score_levels(*population), sizes
    truth = float(placements(*likely)[0])
    name = f"{m}/{n:,} positives/negatives, {population[0]}, AUC {truth:.3f}, {population[2]} levels"
    return Trial(name, partial(_single_samples, name, truth, sizes, likely))


def _single_samples(
    name: str,
    truth: float,
    sizes: tuple[int, int],
    likely: tuple[Numbers, Numbers],
    rng: np.random.Generator,
    samples: int,
) -> Iterator[Samples]:
    m, n = sizes
    drawn = [rng.multinomial(size, shares, samples).astype(float) for size, shares in zip(sizes, likely, strict=True)]
    value, above, below = placements(*drawn)
    psi = np.concatenate([(above - value[:, None]) * (m + n) / m, (below - value[:, None]) * (m + n) / n], 1)
    rarer = min(m, n)
    moments = auc_moments(Influences(psi, np.concatenate(drawn, 1)), rarer)

    def exact(alpha: float) -> tuple[Numbers, Numbers]:
        return newcombe.lower_bound(value, m, n, alpha), 1 - newcombe.lower_bound(1 - value, m, n, alpha)

    by_delong = wald(value, np.sqrt(moments.variance))
    by_fifth = wald(value, _fifth_error(truth, m, n))  # at the threshold its inverted test is just this
    others = {"DeLong": by_delong, "Newcombe's method 5": by_fifth}
    yield Samples(Setting("newcombe", name, truth), exact, np.ones(value.shape, bool), others)
    enough = np.asarray((moments.effective >= delong.MIN_EFFECTIVE_ROWS) & (rarer >= MIN_CLASS_ROWS))
    enough &= delong.misplaced_rows(value, rarer) >= delong.MIN_MISPLACED
    yield Samples(Setting("delong", name, truth), _delong(value, moments, rarer), enough, {"DeLong": by_delong})


def _fifth_error(auc: float, m: int, n: int) -> float:
    """The standard error of Newcombe's method 5."""
    mean = (m + n) / 2 - 1
    terms = 1 + mean * (1 - auc) / (2 - auc) + mean * auc / (1 + auc)
    return float(np.sqrt(auc * (1 - auc) * terms / (m * n)))


def _delong(value: Numbers, moments: Moments, rarer: int) -> Bounds:
    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        missed = delong.lower_bound(1 - value, negate(moments), rarer, alpha)
        return delong.lower_bound(value, moments, rarer, alpha), 1 - missed

    return bounds


def auc_difference(scale: Scale) -> Iterator[Trial]:
    """Candidate less baseline on the same rows, scored in 20 levels."""
    pairs = ((0.85, 0.7, 1), (0.8, 0.78, 1), (0.8, 0.8, 1), (0.9, 0.88, 1), (0.97, 0.96, 1), (0.9, 0.85, 2))
    sizes = ((100, 1000), (50, 50), (50, 5000), (200, 5000), (1000, 20_000), (20, 200), (20, 5000))
    for m, n in scale.choose(sizes, 1):
        for correlation in scale.choose((0.8, 0.0, 0.5, 0.95)):
            for baseline, candidate, spread in scale.choose(pairs, 1):
                name = f"{m}/{n:,}, AUC {baseline} and {candidate}, spread {spread}, correlation {correlation:g}"
                means = (special.ndtri(baseline) * np.sqrt(1 + spread**2), special.ndtri(candidate) * np.sqrt(2))
                yield Trial(name, partial(_pair, name, (m, n), means, (spread, correlation)), 5000)


def _pair(
    name: str,
    sizes: tuple[int, int],
    means: tuple[float, float],
    shape: tuple[float, float],
    rng: np.random.Generator,
    samples: int,
) -> Iterator[Samples]:
    """`means` are those of the positives' scores by the baseline and the candidate, `shape` spread and correlation."""
    spread, correlation = shape
    edges = np.linspace(-2.8, 4.2, 19)
    likely = (
        paired_levels(means, (spread, 1), correlation, edges),
        paired_levels((0, 0), (1, 1), correlation, edges),
    )
    rows = sum(sizes)
    drawn = [
        rng.multinomial(size, shares.ravel(), samples).reshape(-1, *shares.shape).astype(float)
        for size, shares in zip(sizes, likely, strict=True)
    ]
    truth = float(np.subtract(*(placements(*(shares.sum(axis) for shares in likely))[0] for axis in (0, 1))))
    baseline, candidate = (placements(*(counts.sum(axis) for counts in drawn)) for axis in (2, 1))
    value = candidate[0] - baseline[0]
    shift = value[:, None, None]
    psi = [
        ((new[:, None, :] - old[:, :, None] - shift) * rows / size).reshape(samples, -1)
        for old, new, size in zip(baseline[1:], candidate[1:], sizes, strict=True)
    ]
    rarer = min(sizes)
    weight = np.concatenate([counts.reshape(samples, -1) for counts in drawn], 1)
    moments = auc_moments(Influences(np.concatenate(psi, 1), weight), rarer)

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        low = delong_paired.lower_bound(value, moments, rarer, alpha)
        return low, -delong_paired.lower_bound(-value, negate(moments), rarer, alpha)

    enough = np.asarray((moments.effective >= delong_paired.MIN_EFFECTIVE_ROWS) & (rarer >= MIN_CLASS_ROWS))
    others = {"DeLong": wald(value, np.sqrt(moments.variance))}
    yield Samples(Setting("delong_paired", name, truth), bounds, enough, others)


def clustered_auc(scale: Scale) -> Iterator[Trial]:
    """A single AUC over clusters whose scores share a part; classes mixed within clusters, or one to a cluster."""
    for clusters, most in scale.choose(((100, 10), (30, 10), (300, 10), (100, 40)), 1):
        for correlation in scale.choose((0.5, 0.05, 0.0, 0.2), 1):
            for mixed in (True, False):
                kind = "mixed" if mixed else "of one class"
                name = f"{clusters} clusters of 1–{most} rows, {kind}, correlation {correlation:g}"
                draw = partial(_clusters, name, (clusters, most), correlation, mixed)
                yield Trial(name, draw, max(400, 3_000_000 // (clusters * most)))


def _clusters(
    name: str, sizes: tuple[int, int], correlation: float, mixed: bool, rng: np.random.Generator, samples: int
) -> Iterator[Samples]:
    """Clusters of 1 to `most` rows; `sizes` are the number of clusters and `most`."""
    (clusters, most), auc = sizes, 0.85
    shape = (samples, clusters, most)
    exists = np.arange(most) < rng.integers(1, most + 1, shape[:2])[..., None]
    positive = (rng.random(shape if mixed else (*shape[:2], 1)) < 0.4) & exists
    shared = np.sqrt(correlation) * rng.standard_normal((*shape[:2], 1))
    score = shared + np.sqrt(1 - correlation) * rng.standard_normal(shape) + np.sqrt(2) * special.ndtri(auc) * positive
    value, psi = _row_influences(score, positive, ~positive & exists)
    moments = unit_moments(psi.sum(2) / (exists.sum((1, 2))[:, None] - exists.sum(2)), np.ones(shape[:2]))
    rarer = np.minimum(positive.sum((1, 2)), (~positive & exists).sum((1, 2))).astype(float)
    moments = Moments(moments.variance * rarer / (rarer - 1), moments.skewness, moments.units, moments.effective)
    enough = (moments.effective >= MIN_EFFECTIVE_CLUSTERS) & (rarer >= MIN_CLASS_ROWS) & (clusters >= MIN_CLUSTERS)
    enough &= delong.misplaced_rows(value, np.minimum(rarer, clusters)) >= delong.MIN_MISPLACED
    bounds = _delong(value, moments, int(min(clusters, rarer.min())))
    yield Samples(Setting("delong, clusters", name, auc), bounds, enough)


def _row_influences(score: Numbers, positive: Truths, negative: Truths) -> tuple[Numbers, Numbers]:
    """The AUC of each replicate, the first axis, and the influence of each of its rows; 0 for places without one."""
    order = np.argsort(score.reshape(len(score), -1), axis=1)
    flat = [rows.reshape(len(score), -1).astype(float) for rows in (positive, negative)]
    m, n = (rows.sum(1, keepdims=True) for rows in flat)
    positives, negatives = (np.take_along_axis(rows, order, 1) for rows in flat)
    above, below = np.cumsum(negatives, 1) / n, 1 - np.cumsum(positives, 1) / m
    value = (positives * above).sum(1, keepdims=True) / m
    psi = positives * (above - value) * (m + n) / m + negatives * (below - value) * (m + n) / n
    in_place = np.empty_like(psi)
    np.put_along_axis(in_place, order, psi, 1)
    return value[:, 0], in_place.reshape(score.shape)
