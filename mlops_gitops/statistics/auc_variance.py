"""What the intervals of one AUC and of a difference of two share: how an AUC scatters, and what its range asks for."""

from __future__ import annotations

import numpy as np

from mlops_gitops.statistics.influence_moments import Floats, Moments, Number, of_cells, settled

POSITIVES = 50
CLUSTERS = 30
EFFECTIVE = 30
EFFECTIVE_CLUSTERS = 20


def scatter(psi: Floats, weight: Floats, rarer: Number, cluster: np.ndarray | None = None) -> Moments:
    """The moments of an AUC or of a difference, the variance with the divisor n − 1 of the rarer class for both."""
    its = settled(of_cells(psi, weight, cluster), 1.0)
    return Moments(its.variance * rarer / np.maximum(rarer - 1, 1), its.skewness, its.units, its.effective)


def needs(its: Moments, positives: int, negatives: int, *, clustered: bool) -> dict[str, tuple[float, float]]:
    """For each name how many there are and how many are needed, as `moments.lacking` takes it."""
    found: dict[str, tuple[float, float]] = {"positives": (positives, POSITIVES), "negatives": (negatives, POSITIVES)}
    if clustered:
        found["clusters"] = (int(its.units), CLUSTERS)
    units, least = effective(clustered=clustered)
    return found | {f"effective {units}": (float(its.effective), least)}


def effective(*, clustered: bool) -> tuple[str, int]:
    """What is independent, and how many effective ones are needed."""
    return ("clusters", EFFECTIVE_CLUSTERS) if clustered else ("rows", EFFECTIVE)
