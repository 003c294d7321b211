"""Moments of a linear combination of row quantities, from the sums of their products up to the fourth order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations_with_replacement

ORDER = 4  # an interval by delta needs variance, skewness and kurtosis
LARGEST_VARIANCE = 1e150  # whose square is a finite float
_SIGN = "×"


def products(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every product of one to four of these quantities, as the names of its factors in the order of `names`."""
    for order in range(1, ORDER + 1):
        yield from combinations_with_replacement(names, order)


def product_name(product: Sequence[str]) -> str:
    """The name of the sum of a product over rows: its factors joined by ×."""
    return _SIGN.join(product)


def central_moments(means: Mapping[str, float], slopes: Mapping[str, float]) -> tuple[float, float, float]:
    """The second, third and fourth central moment of Σ slope·quantity over rows, with the divisor n.

    `slopes` are by quantity, `means` (of each product over rows) by `product_name`. Raw moments follow from the
    multinomial theorem, central ones from raw ones: Stuart & Ord, Kendall's Advanced Theory of Statistics, vol. 1,
    6th ed. (1994), chapter 3. The moments have the unit of the combination to the power of 2, 3 and 4.
    """
    raw = [1.0, 0.0, 0.0, 0.0, 0.0]
    for product in products(list(slopes)):
        counts = Counter(product)
        ways = math.factorial(len(product)) // math.prod(map(math.factorial, counts.values()))
        factor = math.prod(slopes[factor] for factor in product)
        raw[len(product)] += ways * factor * means[product_name(product)]
    _, mean, two, three, four = raw
    square = mean * mean  # a product that is too large is infinite, where a power is an error
    fourth = four - 4 * mean * three + 6 * square * two - 3 * square * square
    return max(two - square, 0.0), three - 3 * mean * two + 2 * mean * square, max(fourth, 0.0)


def three_point_distribution(second: float, third: float, fourth: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Values and their shares, which sum to 1, with mean 0 and these central moments: they replace all rows.

    There are three values, one of them 0: the nonzero ones are the roots of x² − x·third/second + (third/second)² −
    fourth/second, and the shares follow from the first two moments. They exist wherever fourth/second² ≥
    1 + third²/second³, as in any sample; rounding below that is raised to it. The single value 0 where `second` is 0
    or a moment is too large to compute with.
    """
    if not 0 < second < LARGEST_VARIANCE or not math.isfinite(third) or not math.isfinite(fourth):
        return (0.0,), (1.0,)
    deviation = math.sqrt(second)
    skewness = third / second / deviation
    excess = max(fourth / second / second - skewness * skewness, 1.0)
    if not math.isfinite(skewness * skewness) or not math.isfinite(excess):
        return (0.0,), (1.0,)
    # The roots have the product −excess: the smaller one is not a difference, of which rounding may leave nothing.
    larger = math.copysign((abs(skewness) + math.sqrt(4 * excess + skewness * skewness)) / 2, skewness)
    low, high = sorted((larger, -excess / larger))
    shares = 1 / (low * (low - high)), 1 / (high * (high - low))
    return (low * deviation, 0.0, high * deviation), (shares[0], max(1 - sum(shares), 0.0), shares[1])
