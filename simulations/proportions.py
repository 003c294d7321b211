"""Proportions: Clopper–Pearson exactly, Korn–Graubard on drawn clusters, Tango exactly; Wilson and Wald beside them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from scipy import special

from mlops_gitops.statistics.intervals import korn_graubard, tango
from mlops_gitops.statistics.intervals.korn_graubard import cluster_proportion
from mlops_gitops.statistics.quantiles import beta_lower
from simulations.tally import Bounds, Numbers, Samples, Scale, Setting, Trial, wald

SHARES = (0.001, 0.01, 0.05, 0.2, 0.5)


def _counts(n: int, share: float) -> Numbers:
    """The numbers of hits among n rows that are likely at all."""
    distance = 7 * np.sqrt(n * share * (1 - share) + 1) + 10
    low, high = max(0, int(n * share - distance)), min(n, int(n * share + distance))
    return np.arange(low, high + 1, dtype=np.float64)


def wilson(hits: Numbers, n: float | Numbers) -> Bounds:
    """The score interval without any correction."""

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        z = float(special.ndtri(1 - alpha))
        centre, distance = hits + z * z / 2, z * np.sqrt(hits * (n - hits) / n + z * z / 4)
        return (centre - distance) / (n + z * z), (centre + distance) / (n + z * z)

    return bounds


def clopper_pearson(scale: Scale) -> Iterator[Trial]:
    """All numbers of hits with their probabilities; nothing is drawn."""
    for n in scale.choose((100, 50, 1000, 10_000, 100_000)):
        for share in SHARES:
            name = f"n {n:,}, share {share:.1%}"
            yield Trial(name, partial(_proportion, name, n, share), exact=True)


def _proportion(name: str, n: int, share: float, rng: np.random.Generator, samples: int) -> Iterator[Samples]:
    hits = _counts(n, share)
    log = special.gammaln(n + 1) - special.gammaln(hits + 1) - special.gammaln(n - hits + 1)
    weight = np.exp(log + hits * np.log(share) + (n - hits) * np.log1p(-share))
    others = {"Wilson": wilson(hits, n), "Wald": wald(hits / n, np.sqrt(hits * (n - hits) / n**3))}
    setting = Setting("clopper_pearson", name, share)
    yield Samples(setting, _exact(hits, n), np.ones(hits.shape, bool), others, weight)


def _exact(hits: Numbers, n: int) -> Bounds:
    return lambda alpha: (beta_lower(hits, n, alpha), 1 - beta_lower(n - hits, n, alpha))


def _sizes(rng: np.random.Generator, kind: str, shape: tuple[int, int]) -> Numbers:
    if kind == "of 10 rows":
        return np.full(shape, 10.0)
    if kind == "geometric":
        return rng.geometric(0.1, shape).astype(float)
    return np.asarray(np.ceil(3 * np.exp(1.5 * rng.standard_normal(shape))))


def clustered_proportions(scale: Scale) -> Iterator[Trial]:
    """Clusters whose own shares vary by a beta distribution with this intraclass correlation."""
    for clusters in scale.choose((20, 100, 5, 10, 30, 300)):
        for kind in ("of 10 rows", "geometric", "lognormal"):
            for correlation in scale.choose((0.5, 0.05, 0.0, 0.2), 1):
                for share in scale.choose((0.01, 0.2, 0.001, 0.05, 0.5)):
                    name = f"{clusters} clusters {kind}, correlation {correlation:g}, share {share:.1%}"
                    population = kind, correlation, share
                    yield Trial(name, partial(_clusters, name, clusters, population), 400_000 // clusters)


def _clusters(
    name: str, clusters: int, population: tuple[str, float, float], rng: np.random.Generator, samples: int
) -> Iterator[Samples]:
    """`population` is the kind of the clusters' sizes, the intraclass correlation and the share of hits."""
    kind, correlation, share = population
    rows = _sizes(rng, kind, (samples, clusters))
    spread = (1 - correlation) / max(correlation, 1e-9)
    own = rng.beta(share * spread, (1 - share) * spread, rows.shape) if correlation else share
    hits = rng.binomial(rows.astype(int), own).astype(float)
    others = {"rows as if independent": wilson(hits.sum(1), rows.sum(1))}
    setting = Setting("korn_graubard", name, share)
    yield Samples(setting, _of_clusters(hits, rows), np.ones(samples, bool), others)


def _of_clusters(hits: Numbers, rows: Numbers) -> Bounds:
    hit, missed = cluster_proportion(hits, rows), cluster_proportion(rows - hits, rows)
    return lambda alpha: (korn_graubard.lower_bound(hit, alpha), 1 - korn_graubard.lower_bound(missed, alpha))


def paired_proportions(scale: Scale) -> Iterator[Trial]:
    """All numbers of gained and lost rows with their probabilities; nothing is drawn."""
    expected = (0.0, 0.5, 2.0, 2.7, 1.0, 5.0, 10.0, 40.0, 200.0)
    for n in scale.choose((100, 50, 1000, 10_000, 100_000), 1):
        for lost in scale.choose(expected, 5):
            for gained in scale.choose(expected, 3):
                if gained + lost < n:
                    name = f"n {n:,}, {gained:g} gained and {lost:g} lost expected"
                    yield Trial(name, partial(_tango, name, n, (gained / n, lost / n)), exact=True)


def _tango(name: str, n: int, shares: tuple[float, float], rng: np.random.Generator, samples: int) -> Iterator[Samples]:
    gain, loss = shares
    gained, lost = (counts.ravel() for counts in np.meshgrid(_counts(n, gain), _counts(n, loss)))
    inside = gained + lost <= n
    gained, lost = gained[inside], lost[inside]
    same = n - gained - lost
    log = special.gammaln(n + 1) - special.gammaln([gained + 1, lost + 1, same + 1]).sum(0)
    log += special.xlogy(gained, gain) + special.xlogy(lost, loss) + special.xlogy(same, 1 - gain - loss)
    likely = log > np.log(1e-8)
    gained, lost, weight = gained[likely], lost[likely], np.exp(log[likely])

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        return tango.lower_bound(gained, lost, n, alpha), -tango.lower_bound(lost, gained, n, alpha)

    change = (gained - lost) / n
    others = {"Wald": wald(change, np.sqrt(np.maximum((gained + lost) / n - change**2, 0) / n))}
    yield Samples(Setting("tango", name, gain - loss), bounds, np.ones(gained.shape, bool), others, weight)
