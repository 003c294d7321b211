"""What a wave of so many devices can prove about a rate of failures: with few of them, not much."""

from __future__ import annotations

from math import exp, lgamma, log

from mlops_gitops.records.evidence.observation import Observation
from mlops_gitops.records.rollout import Wave

RATE = 0.1  # a rate of failures that nobody would want, to say how often a wave passes it


def what_it_proves(found: Observation, wave: Wave) -> str:
    """How often a wave of this size would pass a release that fails on one device in ten, in a sentence."""
    total = found.counts.total
    allowed = min(wave.require.most_failed(total), total)
    passes = at_most(allowed, total, RATE)
    return (f"{found.target}: {total} devices with at most {allowed} failed pass a release that fails on one device in "
            f"{1 / RATE:g}, in {100 * passes:.0f} of 100 rollouts")  # fmt: skip


def at_most(hits: int, rows: int, rate: float) -> float:
    """The probability of at most `hits` of `rows` independent ones at a rate between 0 and 1: the binomial."""
    if hits >= rows:
        return 1.0
    terms = (_log_choose(rows, k) + k * log(rate) + (rows - k) * log(1 - rate) for k in range(hits + 1))
    return min(1.0, sum(map(exp, terms)))


def _log_choose(rows: int, hits: int) -> float:
    return lgamma(rows + 1) - lgamma(hits + 1) - lgamma(rows - hits + 1)
