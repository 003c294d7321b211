"""A lower bound of a squared distance that holds for any counts: that of the part of the bins where it shows most.

The bounds by the noncentral chi-square lose their power where many bins are nearly empty, as when a column becomes
constant or all of its values are lost. Here the bins are joined to two, in fixed ways, and each share has exact bounds.
To join bins lessens no f-divergence by more than all of it (Csiszár, Studia Sci. Math. Hungar. 2 (1967) 299–318), so
each of these is a lower bound of the distance of all bins.
"""

from __future__ import annotations

import numpy as np

from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.statistics.quantiles import Floats, Number, bisect_root

LEAST = np.log(1e-15)


def joined_square(pair: BinnedPair, alpha: Number) -> Number:
    """The lower bound of 2·Σ (q − p)²/(p + q), which is no more than 4·Σ(√q − √p)²; shape (…).

    Each bin, and each beginning of the bins in their order, is taken with all others as a table of two. `alpha`, one
    number or of shape (…), is shared by all of these and both sides of both samples (Bonferroni).
    """
    reference, window = (_parts(sample) for sample in (pair.reference, pair.window))
    each = np.asarray(alpha)[..., None] / (4 * reference.shape[-1])
    (p_low, p_high), (q_low, q_high) = (
        sample.share_bounds(counts, each) for counts, sample in ((reference, pair.reference), (window, pair.window))
    )
    more, fewer = _square(p_high, np.maximum(q_low, p_high)), _square(p_low, np.minimum(q_high, p_low))
    return np.maximum(more, fewer).max(-1)


def joined_p_value(pair: BinnedPair, limit: Number) -> Number:
    """The least alpha, from 1e-15 to 1, whose lower bound exceeds `limit`; shape (…)."""
    shape = pair.reference.counts.sum(-1).shape
    low, high = np.full(shape, LEAST), np.zeros(shape)
    found = bisect_root(lambda log: limit - joined_square(pair, np.exp(log)), low, high)
    return np.where(joined_square(pair, np.ones(shape)) > limit, np.exp(found), 1.0)


def _parts(sample: BinnedSample) -> Floats:
    """The rows of each bin, and of each beginning of the bins; shape (…, 2·bins − 1)."""
    counts = sample.effective_counts
    return np.concatenate([counts, np.cumsum(counts, -1)[..., 1:-1]], -1)


def _square(p: Floats, q: Floats) -> Floats:
    """2·(q − p)²·(1/(p + q) + 1/(2 − p − q)): the squared distance of two bins; 0 where p equals q."""
    total = np.clip(p + q, 1e-300, 2 - 1e-15)
    return np.asarray(2 * (q - p) ** 2 * (1 / total + 1 / (2 - total)))
