"""How many rows would probably decide a gate that the present rows leave undecided."""

from __future__ import annotations

POWER = 0.8  # the chance that an inconclusive gate would be decided with as many rows as its reason names
MOST_ROWS = 1e10  # rows that no data set has
MOST_WIDTHS = 1e6  # margins a bound may lie from its value before any number of rows is too few


def describe_rows_needed(n: int | None, margin: float, half_width: float, confidence: float) -> str:
    """How many rows would probably decide a gate, as its reason says it.

    Of `n` rows (None where that is unknown), the bound at `confidence` lies `half_width` from the value, and the limit
    `margin`; both are positive and in the unit of the value. The width of an interval shrinks with the root of the
    rows, so that (half_width/margin · (1 + z(0.8)/z(confidence)))² times as many decide with power 0.8 (Lachin,
    Biostatistical Methods, 2nd ed. (2011), 3.3). No number is named from 1e10 rows on.
    """
    from statistics import NormalDist

    normal = NormalDist()
    widths = half_width * (1 + normal.inv_cdf(POWER) / normal.inv_cdf(confidence))
    if not n or margin * MOST_WIDTHS <= widths or n * (widths / margin) ** 2 >= MOST_ROWS:
        return "it is too near to the limit for any number of rows"
    wanted = n * (widths / margin) ** 2
    return f"about {float(f'{wanted:.2g}'):,.0f} rows needed, {n:,} available"
