"""The SQL that counts the values of a column which break fixed limits, by the comparisons of `where`."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.measurement import row_filter_sql
from mlops_gitops.measurement.columns.column_types import FLOATS
from mlops_gitops.measurement.row_filter import Among, Compares, Empty, Not, Test
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.records.monitoring import ColumnLimits


def limit_fault(rows: Rows, name: str, limit: ColumnLimits) -> str:
    """Why a column cannot be held to its limits; empty where it can."""
    if name not in rows.types:
        return f"there is no column {name!r}"
    type = rows.types[name]
    for what, test in _tests(name, limit):
        if any(row_filter_sql.type_faults(test, {name: type})):
            return f"column {name!r} is {type}, with which its `{what}` does not compare"
    return ""


def limit_counts(name: str, type: str, limit: ColumnLimits, value: str) -> dict[str, str]:
    """The aggregates of a column whose values the SQL `value` reads: a NaN counts as no value."""
    types, reads = {name: type}, {name: value}
    counts = {"values": f"count({value})"}
    if type in FLOATS:
        counts = {"values": f"count(*) FILTER (WHERE {row_filter_sql.partial_sql(Not(Empty(name)), types, reads)})"}
    for what, test in _tests(name, limit):
        broken = f"FILTER (WHERE {row_filter_sql.partial_sql(test, types, reads)})"
        if isinstance(test, Among):
            unlisted = f"FILTER (WHERE {row_filter_sql.partial_sql(Not(test), types, reads)})"
            text = f"CAST({value} AS VARCHAR)"
            counts |= {"unlisted": f"count(*) {unlisted}", "first": f"min({text}) {unlisted}"}
            counts |= {"last": f"max({text}) {unlisted}"}
        else:
            counts[{"min": "below", "max": "above"}[what]] = f"count(*) {broken}"
    return counts


def repeated_query(rows: Rows, name: str) -> str:
    """The query for `n`: how many rows have a value that another row has too."""
    values = rows.select_query({"value": rows.sql(name)})
    groups = f"SELECT count(*) AS n FROM ({values}) WHERE value IS NOT NULL GROUP BY value HAVING count(*) > 1"
    return f"SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS n FROM ({groups})"


def _tests(name: str, limit: ColumnLimits) -> Iterator[tuple[str, Test]]:
    if limit.min is not None:
        yield "min", Compares(name, "<", limit.min)
    if limit.max is not None:
        yield "max", Compares(name, ">", limit.max)
    if limit.values is not None:
        yield "values", Among(name, limit.values)
