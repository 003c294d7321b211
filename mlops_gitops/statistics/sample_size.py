"""How many rows would probably tell what the ones at hand cannot."""

from __future__ import annotations

POWER = 0.8  # the chance that an inconclusive gate would be decided with as many rows as its reason names


MOST = 1e10  # rows nobody has


FARTHEST = 1e6  # margins a bound may lie from its value before any number of rows is too few


def describe_rows_needed(n: int | None, margin: float, half: float, confidence: float) -> str:
    """How many rows would probably decide a gate: its bound lies `half` from its value, and its limit `margin`.

    The width of an interval shrinks with the root of the rows; power 0.8 (Lachin, Biostatistical Methods, 2nd ed.
    (2011), 3.3).
    """
    from statistics import NormalDist

    normal = NormalDist()
    widths = half * (1 + normal.inv_cdf(POWER) / normal.inv_cdf(confidence))
    if not n or margin * FARTHEST <= widths or n * (widths / margin) ** 2 >= MOST:
        return "it is too near to the limit for any number of rows to tell"
    wanted = n * (widths / margin) ** 2
    return f"about {float(f'{wanted:.2g}'):,.0f} rows would probably tell, and there are {n:,}"
