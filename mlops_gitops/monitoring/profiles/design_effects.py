"""Design effects: how much larger a variance is because rows of one cluster depend on one another.

The variance of a mean over rows in clusters is that of a ratio, linearised: with m clusters c, n rows and the mean x̄,
it is m/(m-1) · Σ_c (Σ_{i in c} (x_i - x̄))² / n². Its quotient with s²/n is the design effect (Kish, Survey
Sampling, 1965, sections 6.5 and 8.2). Of a categorical column it is the mean of those of its shares, each with the
weight 1 - p: the first-order correction of χ² in Rao and Scott, JASA 76 (1981), 221-230.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.core.canonical import rounded
from mlops_gitops.measurement.contract import Session
from mlops_gitops.measurement.sql import identifier, literal, number


def of_mean(session: Session, source: str, mean: float | None, variance: float | None) -> float | None:
    """Of the mean of `value` in a query that has `cluster` too; None where nothing varies or there is one cluster."""
    if mean is None or not variance:
        return None
    totals = f"SELECT fsum(value - {number(mean)}) AS total, count(*) AS n FROM ({source}) GROUP BY cluster"
    (row,) = session.rows(f"SELECT count(*) AS m, sum(n) AS n, fsum(total * total) AS squares FROM ({totals})")
    if row["m"] < 2:
        return None
    m, n = int(row["m"]), int(row["n"])
    return rounded(m / (m - 1) * row["squares"] / n / variance)


def of_shares(session: Session, source: str, counts: Mapping[str | None, int]) -> float | None:
    """Of the shares of the categories in `value`; the name None stands for all that the others do not name."""
    n = sum(counts.values())
    named = [name for name in counts if name is not None]
    found = []
    for name, count in counts.items():
        listed = ", ".join(literal(text) for text in (named if name is None else [name]))
        holds = f"coalesce(value {'NOT ' if name is None else ''}IN ({listed}), false)" if listed else "true"
        p = count / n
        hits = f"SELECT CAST({holds} AS DOUBLE) AS value, {identifier('cluster')} FROM ({source})"
        found.append((1 - p, of_mean(session, hits, p, p * (1 - p) * n / (n - 1))))
    effects = [(weight, effect) for weight, effect in found if effect is not None]
    return rounded(sum(weight * effect for weight, effect in effects) / (len(counts) - 1)) if effects else None
