"""Gaps between two groups of rows that have clusters in common."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from scipy import special

from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import Cells
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.intervals.joint import ClusteredValue, joint_difference, joint_ratio
from simulations.tally import Numbers, Samples, Scale, Setting, Trial

MOST_ROWS = 6  # of a group in one cluster


def overlapping_groups(scale: Scale) -> Iterator[Trial]:
    """The difference and the ratio of two recalls, whose shares in a cluster move together or one against the other."""
    for clusters in scale.choose((120, 1000, 50), 1):
        for shares in scale.choose(((0.9, 0.8), (0.9, 0.6), (0.97, 0.95), (0.9, 0.9)), 1):
            for related in scale.choose((-1.0, 1.0, 0.0), 1):
                for correlation in scale.choose((0.5, 0.1), 1):
                    how = {-1.0: "against one another", 1.0: "together", 0.0: "apart"}[related]
                    where = (
                        f"{clusters:,} clusters, recalls {shares[0]} and {shares[1]} {how}, correlation {correlation}"
                    )
                    yield Trial(where, partial(_gaps, where, clusters, shares, (related, correlation)), 1000)


def _gaps(
    where: str,
    clusters: int,
    shares: tuple[float, float],
    effect: tuple[float, float],
    rng: np.random.Generator,
    samples: int,
) -> Iterator[Samples]:
    drawn = [_pair(rng, clusters, shares, effect) for _ in range(samples)]
    first, second = shares
    for name, combine, truth in (
        ("difference", joint_difference, first - second),
        ("ratio", joint_ratio, first / second),
    ):
        yield _samples(Setting(f"joint, {name}", where, truth), [combine(*pair) for pair in drawn])


def _samples(setting: Setting, estimates: list[Estimate]) -> Samples:
    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        low, high = np.array([(estimate.lower(alpha), estimate.upper(alpha)) for estimate in estimates]).T
        return low, high

    return Samples(setting, bounds, np.array([not estimate.few for estimate in estimates]))


def _pair(
    rng: np.random.Generator, clusters: int, shares: tuple[float, float], effect: tuple[float, float]
) -> tuple[ClusteredValue, ClusteredValue]:
    """Two groups with some rows of each cluster; `effect` is how its two effects correlate, and its rows."""
    related, correlation = effect
    shared, own = rng.standard_normal((2, clusters))
    other = related * shared + np.sqrt(1 - related**2) * own
    return _group(rng, shares[0], shared, correlation), _group(rng, shares[1], other, correlation)


def _group(rng: np.random.Generator, share: float, effect: Numbers, correlation: float) -> ClusteredValue:
    form = lookup.find_metric("recall").form
    cluster = np.arange(len(effect)).repeat(rng.integers(1, MOST_ROWS + 1, len(effect)))
    normal = np.sqrt(correlation) * effect[cluster] + np.sqrt(1 - correlation) * rng.standard_normal(len(cluster))
    found = (normal < special.ndtri(share)).astype(int)
    cells = Cells(np.ones(len(cluster), int), {"label": np.ones(len(cluster), int), "prediction": found}, cluster)
    value, influences = form.value(cells), form.value_influences(cells)
    if value is None or influences is None:
        raise ValueError("a group without rows has no recall")
    return ClusteredValue(value, influences)
