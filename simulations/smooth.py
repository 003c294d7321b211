"""Means of skewed losses, and statistics made of counts: F scores, balanced accuracy, MCC, average precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from scipy import special

from mlops_gitops.statistics.influence_moments import Moments, drop_rounding, influence_moments, negate, unit_moments
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.intervals import delta, mean
from mlops_gitops.statistics.quantiles import Number
from simulations.populations import score_levels
from simulations.tally import Bounds, Numbers, Samples, Scale, Setting, Trial, wald

UNIT = (0.0, 1.0)
WHOLE = (float("-inf"), float("inf"))


def _bounds(value: Number, moments: Moments, span: tuple[float, float]) -> Bounds:
    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        other = delta.lower_bound(-value, negate(moments), alpha, (-span[1], -span[0]))
        return delta.lower_bound(value, moments, alpha, span), -other

    return bounds


def _wald(value: Number, moments: Moments) -> dict[str, Bounds]:
    return {"Wald": wald(value, np.sqrt(moments.variance))}


def skewed_means(scale: Scale) -> Iterator[Trial]:
    """Means of losses of several shapes; positives are a group of their own in a log loss."""
    kinds = ("lognormal", "exponential", "log loss 1:20", "normal", "squared normal", "log loss 1:1",
             "log loss 1:1000", "Brier 1:20", "lognormal 0.5", "minus lognormal")  # fmt: skip
    for n in scale.choose((300, 50, 100, 1000, 5000, 20_000, 100_000), 2, 2):
        for kind in scale.choose(kinds, 3):
            yield Trial(f"n {n:,}, {kind}", partial(_mean, n, kind), max(10, 5_000_000 // n))


def _mean(n: int, kind: str, rng: np.random.Generator, samples: int) -> Iterator[Samples]:
    x, truth, positives = draw(rng, kind, (samples, n))
    value = x.mean(1)
    x -= value[:, None]
    square = x * x
    moments = mean.mean_moments(n, square.mean(1), (square * x).mean(1), value)
    enough = (moments.effective >= mean.MIN_EFFECTIVE_ROWS) & (positives >= mean.MIN_GROUP_ROWS)
    enough &= n >= mean.MIN_ROWS

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        return mean.lower_bound(value, moments, alpha), -mean.lower_bound(-value, negate(moments), alpha)

    yield Samples(Setting("mean", f"n {n:,}, {kind}", truth), bounds, enough, _wald(value, moments))


def draw(rng: np.random.Generator, kind: str, shape: tuple[int, int]) -> tuple[Numbers, float, Number]:
    """Losses, their true mean, and how many positives there are in each sample (any number where it is no matter)."""
    every = np.full(shape[0], 1_000_000)
    if " 1:" in kind:
        times = float(kind.split(":")[1])
        score = rng.beta(1, times, shape)
        happened = rng.random(shape) < score
        nodes, weight = special.roots_jacobi(200, times - 1, 0)
        likely, weight = (nodes + 1) / 2, weight / weight.sum()
        if kind.startswith("Brier"):
            return np.where(happened, 1 - score, score) ** 2, float(weight @ (likely * (1 - likely))), happened.sum(1)
        expected = float(weight @ (special.entr(likely) + special.entr(1 - likely)))
        return -np.where(happened, np.log(score), np.log1p(-score)), expected, happened.sum(1)
    z = rng.standard_normal(shape)
    shapes: dict[str, tuple[Callable[[Numbers], Numbers], float]] = {
        "normal": (lambda z: z, 0.0),
        "squared normal": (lambda z: z * z, 1.0),
        "exponential": (lambda z: -special.log_ndtr(z), 1.0),
        "lognormal": (np.exp, float(np.exp(0.5))),
        "lognormal 0.5": (lambda z: np.exp(z / 2), float(np.exp(0.125))),
        "minus lognormal": (lambda z: -np.exp(z), -float(np.exp(0.5))),
    }
    transform, truth = shapes[kind]
    return transform(z), truth, every


def _confusion(p: Numbers, name: str) -> Numbers:
    """A statistic of the shares of hits, false alarms, misses and the rest; complex ones give its derivatives."""
    tp, fp, fn, tn = np.moveaxis(p, -1, 0)
    if name == "F1":
        return np.asarray(2 * tp / (2 * tp + fp + fn))
    if name == "macro F1":
        return np.asarray((2 * tp / (2 * tp + fp + fn) + 2 * tn / (2 * tn + fp + fn)) / 2)
    if name == "balanced accuracy":
        return np.asarray((tp / (tp + fn) + tn / (tn + fp)) / 2)
    return np.asarray((tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def confusion_statistics(scale: Scale) -> Iterator[Trial]:
    """Statistics of a confusion matrix; each of its counts is a group."""
    shapes = ((0.95, 0.9), (0.8, 0.5), (0.5, 0.99), (0.99, 0.99), (0.8, 0.95), (0.999, 0.8))
    for n in scale.choose((500, 20_000, 100, 2000, 100_000), 1):
        for base in scale.choose((0.05, 0.5, 0.2, 0.01, 0.001)):
            for recall, specificity in scale.choose(shapes):
                p = np.array(
                    [base * recall, (1 - base) * (1 - specificity), base * (1 - recall), (1 - base) * specificity]
                )
                where = f"n {n:,}, base rate {base:.1%}, recall {recall}, specificity {specificity}"
                yield Trial(where, partial(_confusions, where, n, p), 50_000)


def _confusions(where: str, n: int, p: Numbers, rng: np.random.Generator, samples: int) -> Iterator[Samples]:
    drawn = rng.multinomial(n, p, samples).astype(float)
    for name in ("balanced accuracy", "F1", "macro F1", "MCC"):
        yield _counted(drawn, p, name, f"{name}, {where}")


def _counted(drawn: Numbers, p: Numbers, name: str, setting: str) -> Samples:
    rows = drawn.sum(1, keepdims=True)
    shares = drawn / rows
    with np.errstate(all="ignore"):
        value = _confusion(shares, name)
        slope = np.stack([_confusion(shares + 1e-30j * np.eye(4)[cell], name).imag * 1e30 for cell in range(4)], -1)
    psi = np.nan_to_num(slope - (shares * slope).sum(1, keepdims=True))
    span = (-1.0, 1.0) if name == "MCC" else UNIT
    moments = drop_rounding(influence_moments(Influences(psi, drawn)), span[1] - span[0])
    value = np.nan_to_num(value)
    enough = (moments.effective >= delta.MIN_EFFECTIVE_ROWS) & (drawn.min(1) >= delta.MIN_GROUP_ROWS)
    truth = float(_confusion(p, name))
    return Samples(Setting("delta", setting, truth), _bounds(value, moments, span), enough, _wald(value, moments))


def average_precision(scale: Scale) -> Iterator[Trial]:
    """Average precision, scored in 100 levels."""
    for n in scale.choose((2000, 200, 20_000, 100_000), 1):
        for base in scale.choose((0.05, 0.5, 0.2, 0.01, 0.001)):
            for kind, auc in scale.choose((("equal", 0.8), ("wide", 0.9), ("exponential", 0.9), ("equal", 0.97)), 1):
                name = f"average precision, n {n:,}, base rate {base:.1%}, {kind}, AUC {auc}"
                yield Trial(name, partial(_precisions, name, n, base, (kind, auc)))


def _precisions(
    name: str, n: int, base: float, scores: tuple[str, float], rng: np.random.Generator, samples: int
) -> Iterator[Samples]:
    positive, negative = score_levels(*scores, 100)
    likely = np.concatenate([positive * base, negative * (1 - base)])
    drawn = rng.multinomial(n, likely, samples).astype(float)
    truth = float(_average_precision(likely[None] * 1e9)[0][0])
    value, psi, too_high = (np.nan_to_num(numbers) for numbers in _average_precision(drawn))
    moments = drop_rounding(influence_moments(Influences(psi, drawn)), 1.0)
    enough = moments.effective >= delta.MIN_EFFECTIVE_ROWS
    enough &= drawn[:, :100].sum(1) >= delta.MIN_GROUP_ROWS
    smooth = _bounds(value, moments, UNIT)

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        low, high = smooth(alpha)
        return np.maximum(low - too_high, 0), high

    yield Samples(Setting("delta", name, truth), bounds, enough, _wald(value, moments))


def _average_precision(drawn: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Average precision, its influences and its bias as the metric has it, levels from the lowest."""
    positive, negative = (counts[:, ::-1] for counts in np.split(drawn, 2, axis=1))
    m, n = positive.sum(1, keepdims=True), drawn.sum(1, keepdims=True)
    hits = np.cumsum(positive, 1)
    named = np.maximum(hits + np.cumsum(negative, 1), 1)
    with np.errstate(all="ignore"):
        share = positive / m
        value = (share * hits / named).sum(1, keepdims=True)
        more, less = share * n * (named - hits) / named**2, -share * n * hits / named**2
        lower = [np.cumsum(parts[:, ::-1], 1) for parts in (more, less)]
        psi = np.concatenate([(n / m * (hits / named - value))[:, ::-1] + lower[0], lower[1]], 1)
        too_high = (share * (named - hits) / named**2).sum(1)
    return value[:, 0], psi, too_high


def clustered_means(scale: Scale) -> Iterator[Trial]:
    """Means over clusters of equal and unequal sizes, by `delta`."""
    for clusters in scale.choose((50, 30, 100, 500), 1, 2):
        for size in (
            "10 rows",
            "1–20 rows",
            "lognormal sizes",
            *scale.choose(("more rows where worse", "one in 20 huge"), 0),
        ):
            for correlation in scale.choose((0.5, 0.05, 0.0, 0.2), 1):
                for kind in ("normal", "exponential"):
                    name = f"{clusters} clusters of {size}, {kind}, correlation {correlation:g}"
                    draw = partial(_clustered, name, clusters, (size, kind), correlation)
                    yield Trial(name, draw, 1_000_000 // clusters)


def _clustered(
    name: str, clusters: int, kinds: tuple[str, str], correlation: float, rng: np.random.Generator, samples: int
) -> Iterator[Samples]:
    """`kinds` are those of the clusters' sizes and of what the rows of a cluster share."""
    shape, (size, kind) = (samples, clusters), kinds
    shared = rng.standard_normal(shape) if kind == "normal" else rng.standard_exponential(shape) - 1
    sizes = _cluster_sizes(rng, size, shape, shared)
    own = np.sqrt((1 - correlation) * sizes) * rng.standard_normal(shape)
    sums = np.sqrt(correlation) * shared * sizes + own
    rows = sizes.sum(1, keepdims=True)
    value = sums.sum(1, keepdims=True) / rows
    moments = unit_moments((sums - value * sizes) / (rows - sizes), np.ones(shape))
    enough = moments.effective >= delta.MIN_EFFECTIVE_CLUSTERS
    enough &= clusters >= delta.MIN_CLUSTERS
    truth = np.sqrt(correlation) * WORSE[kind] if size == "more rows where worse" else 0.0
    yield Samples(Setting("delta, clusters", name, truth), _bounds(value[:, 0], moments, WHOLE), enough)


def _cluster_sizes(rng: np.random.Generator, size: str, shape: tuple[int, int], shared: Numbers) -> Numbers:
    """How many rows each cluster has; `shared` is what its rows share, by which sizes may be chosen against us."""
    if size == "1–20 rows":
        return rng.integers(1, 21, shape).astype(float)
    if size == "lognormal sizes":
        return np.asarray(np.ceil(3 * np.exp(rng.standard_normal(shape))))
    if size == "more rows where worse":
        return np.where(shared > 1, 20.0, 4.0)
    if size == "one in 20 huge":
        return np.where(rng.random(shape) < 0.05, 100.0, 5.0)
    return np.full(shape, 10.0)


def _mean_where_worse(share: float, mean: float) -> float:
    """The mean of what clusters share, over rows: a share of clusters has 20 rows, and this mean; others have 4.

    The mean over clusters is 0.
    """
    return (20 - 4) * share * mean / (20 * share + 4 * (1 - share))


# A normal variable is above 1 with the mean φ(1)/(1 − Φ(1)); an exponential one less 1 with the mean 2.
WORSE = {
    "normal": _mean_where_worse(special.ndtr(-1), np.exp(-0.5) / np.sqrt(2 * np.pi) / special.ndtr(-1)),
    "exponential": _mean_where_worse(np.exp(-2), 2.0),
}
