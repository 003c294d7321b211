"""Design effects: how much larger a variance is because rows of one cluster depend on one another.

The variance of a mean over rows in clusters is that of a ratio, linearised: with m clusters c, n rows and the mean x̄,
it is m/(m-1) · Σ_c (Σ_{i in c} (x_i - x̄))² / n². Its quotient with s²/n is the design effect (Kish, Survey
Sampling, 1965, sections 6.5 and 8.2). Of a categorical column it is the mean of those of its shares, each with the
weight 1 - p: the first-order correction of χ² in Rao and Scott, JASA 76 (1981), 221-230.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.contract import Session
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import literal, number, select_list
from mlops_gitops.monitoring.profiles.count_values import FINITE

AT_ONCE = 4  # columns whose sums over every cluster are in memory together


@frozen
class Moments:
    """A column of numbers: the SQL of its value, its mean and its sample variance."""

    value: str
    mean: float
    variance: float


def of_means(session: Session, rows: Rows, cluster: str, columns: Mapping[str, Moments]) -> dict[str, float | None]:
    """Of the mean of the finite values of each column; None where there is one cluster. `cluster` is SQL."""
    names, found = list(columns), {}
    for start in range(0, len(names), AT_ONCE):
        some = [columns[name] for name in names[start : start + AT_ONCE]]
        (row,) = session.rows(_squares(rows, cluster, some))
        for place, column in enumerate(some):
            m, n, squares = row[f"m{place}"], row[f"n{place}"], row[f"squares{place}"]
            found[names[start + place]] = _effect(m, n, squares, column.variance)
    return found


def _effect(m: int, n: int, squares: float, variance: float) -> float | None:
    return rounded(m / (m - 1) * squares / n / variance) if m > 1 and variance else None


def _squares(rows: Rows, cluster: str, columns: list[Moments]) -> str:
    """The query for the clusters, the rows and the squared sums about the mean of each column, by its place."""
    sums, found = {"cluster": "cluster"}, {}
    for place, column in enumerate(columns):
        finite = f"FILTER (WHERE {FINITE.format(f'v{place}')})"
        sums[f"n{place}"] = f"count(*) {finite}"
        sums[f"total{place}"] = f"fsum(v{place} - {number(column.mean)}) {finite}"
        found[f"m{place}"] = f"count(*) FILTER (WHERE n{place} > 0)"
        found[f"n{place}"] = f"CAST(sum(n{place}) AS BIGINT)"
        found[f"squares{place}"] = f"fsum(total{place} * total{place})"
    values = rows.select_query({"cluster": cluster} | {f"v{place}": each.value for place, each in enumerate(columns)})
    return f"SELECT {select_list(found)} FROM (SELECT {select_list(sums)} FROM ({values}) GROUP BY cluster)"


def of_shares(session: Session, rows: Rows, cluster: str, value: str, counts: Mapping[str | None, int]) -> float | None:
    """Of the shares of the categories of a column; the name None stands for all that the others do not name.

    `cluster` and `value` are SQL, `counts` the rows of each category. None where there is one cluster or category.
    """
    n, effects = sum(counts.values()), []
    for row in session.rows(_category_squares(rows, cluster, value, [name for name in counts if name is not None])):
        count = counts[row["name"]]
        # Σ_c (n_cj - p_j·n_c)², in whole numbers, which do not cancel
        squares = n * n * int(row["own"]) - 2 * count * n * int(row["both"]) + count * count * int(row["all"])
        p = count / n
        effects.append((1 - p, _effect(row["m"], n, squares / (n * n), p * (1 - p) * n / (n - 1))))
    known = [(weight, effect) for weight, effect in effects if effect is not None]
    return rounded(sum(weight * effect for weight, effect in known) / (len(counts) - 1)) if known else None


def _category_squares(rows: Rows, cluster: str, value: str, named: list[str]) -> str:
    """The query for the clusters, and the sums of n_cj², of n_cj·n_c and of n_c² of each category j."""
    known = f"SELECT unnest([{', '.join(map(literal, named))}]) AS name"
    values = f"SELECT * FROM ({rows.select_query({'cluster': cluster, 'value': value})}) WHERE value IS NOT NULL"
    return f"""WITH cells AS (
            SELECT cluster, name, CAST(count(*) AS HUGEINT) AS n
            FROM ({values}) AS found LEFT JOIN ({known}) AS known ON found.value = known.name GROUP BY cluster, name),
        clusters AS (SELECT cluster, sum(n) AS total FROM cells GROUP BY cluster)
        SELECT name, sum(n * n) AS own, sum(n * total) AS "both",
            (SELECT count(*) FROM clusters) AS m, (SELECT sum(total * total) FROM clusters) AS "all"
        FROM cells JOIN clusters USING (cluster) GROUP BY name"""
