"""Moments of a linear combination of row quantities, from the sums of their products up to the fourth order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations_with_replacement

ORDER = 4  # an interval by delta asks for variance, skewness and kurtosis
LARGEST = 1e150  # of a variance whose square is a number
_SIGN = "×"


def products(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every product of one to four of these quantities, factors in the order of the names."""
    for order in range(1, ORDER + 1):
        yield from combinations_with_replacement(names, order)


def name(product: Sequence[str]) -> str:
    """What the sum of a product is called."""
    return _SIGN.join(product)


def central(means: Mapping[str, float], slopes: Mapping[str, float]) -> tuple[float, float, float]:
    """The second, third and fourth central moment of Σ slope·quantity, from the mean of each product."""
    raw = [1.0, 0.0, 0.0, 0.0, 0.0]
    for product in products(list(slopes)):
        counts = Counter(product)
        ways = math.factorial(len(product)) // math.prod(map(math.factorial, counts.values()))
        factor = math.prod(slopes[factor] for factor in product)
        raw[len(product)] += ways * factor * means[name(product)]
    _, mean, two, three, four = raw
    square = mean * mean  # a product that is too large is infinite, where a power is an error
    fourth = four - 4 * mean * three + 6 * square * two - 3 * square * square
    return max(two - square, 0.0), three - 3 * mean * two + 2 * mean * square, max(fourth, 0.0)


def stand_in(second: float, third: float, fourth: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Three values and their shares with mean 0 and these central moments, in the place of all rows.

    One of them is 0. Such values exist whenever fourth/second² is at least 1 + third²/second³, as in any sample.
    """
    if not 0 < second < LARGEST or not math.isfinite(third) or not math.isfinite(fourth):
        return (0.0,), (1.0,)
    deviation = math.sqrt(second)
    skewness = third / second / deviation
    kurtosis = max(fourth / second / second, 1 + skewness * skewness)
    root = math.sqrt(4 * kurtosis - 3 * skewness**2)
    low, high = deviation / 2 * (skewness - root), deviation / 2 * (skewness + root)
    shares = second / (low * (low - high)), second / (high * (high - low))
    return (low, 0.0, high), (shares[0], max(1 - sum(shares), 0.0), shares[1])
