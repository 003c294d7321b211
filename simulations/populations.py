"""Scores of positives and negatives with an AUC that is known exactly, ties included."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulations.tally import Numbers

KINDS = ("equal", "wide", "exponential", "mislabelled", "wider", "narrow", "mirrored", "logistic")
"""Binormal of equal spread; positives spread 2, 3 and ½ times as wide; exponential both ways; logistic; and 1 in 20
positives scored below all others."""
SPREAD = {"equal": 1.0, "wide": 2.0, "wider": 3.0, "narrow": 0.5, "mislabelled": 1.0}


def score_levels(kind: str, auc: float, levels: int) -> tuple[Numbers, Numbers]:
    """Probabilities of score levels for positives and negatives, at about this AUC before rounding to levels."""
    if kind in ("exponential", "mirrored"):
        ratio = auc / (1 - auc)
        quantiles = -np.log1p(-np.linspace(0, 1, levels // 2 + 1)[1:-1])
        edges = np.concatenate([quantiles, quantiles * ratio])
        positive, negative = (_between(-np.expm1(-np.sort(edges) / scale)) for scale in (ratio, 1.0))
        return (positive, negative) if kind == "exponential" else (negative[::-1], positive[::-1])
    if kind == "logistic":
        shift = 3 * float(special.ndtri(auc))
        edges = np.linspace(-8, shift + 8, levels - 1)
        return _between(special.expit(edges - shift)), _between(special.expit(edges))
    spread = SPREAD[kind]
    shift = float(special.ndtri(auc)) * float(np.sqrt(1 + spread**2))
    edges = np.linspace(min(-4, shift - 4 * spread), max(4, shift + 4 * spread), levels - 1)
    positive, negative = _between(special.ndtr((edges - shift) / spread)), _between(special.ndtr(edges))
    if kind == "mislabelled":
        positive = 0.95 * positive
        positive[0] += 0.05
    return positive, negative


def _between(cumulated: Numbers) -> Numbers:
    shares = np.maximum(np.diff(np.concatenate([[0.0], cumulated, [1.0]])), 0)
    return np.asarray(shares / shares.sum())


def placements(positive: Numbers, negative: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The AUC of counts by level (the last axis), and at each level a positive's and a negative's share of it."""
    m, n = positive.sum(-1, keepdims=True), negative.sum(-1, keepdims=True)
    above = (np.cumsum(negative, -1) - negative / 2) / n
    below = 1 - (np.cumsum(positive, -1) - positive / 2) / m
    return (positive * above).sum(-1) / m[..., 0], above, below


def paired_levels(
    means: tuple[float, float], spreads: tuple[float, float], correlation: float, edges: Numbers
) -> NDArray[np.float64]:
    """Probabilities of pairs of score levels, of two correlated normal scores."""
    quantiles = special.ndtri((np.arange(2000) + 0.5) / 2000)
    first = np.searchsorted(edges, means[0] + spreads[0] * quantiles)
    centre, spread = means[1] + spreads[1] * correlation * quantiles, spreads[1] * np.sqrt(1 - correlation**2)
    inside = special.ndtr((edges - centre[:, None]) / spread)
    second = np.diff(np.concatenate([np.zeros((2000, 1)), inside, np.ones((2000, 1))], 1), axis=1)
    shares = np.zeros((edges.size + 1, edges.size + 1))
    np.add.at(shares, first, second / 2000)
    return np.asarray(shares / shares.sum())
