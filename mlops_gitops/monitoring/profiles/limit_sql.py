"""The SQL that counts the values of a column which break fixed limits, by the comparisons of `where`."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.measurement import row_filter_sql
from mlops_gitops.measurement.columns.column_types import FLOATS
from mlops_gitops.measurement.contract import Session
from mlops_gitops.measurement.row_filter import Among, Compares, Empty, Not, Test
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.records.monitoring import ColumnLimits


def has_tests(limit: ColumnLimits) -> bool:
    """Whether values are compared, so that their type matters."""
    return next(_tests("", limit), None) is not None


def limit_fault(name: str, type: str | None, limit: ColumnLimits) -> str:
    """Why a column of a type cannot be held to its limits; empty where it can. The type None is no column."""
    if type is None:
        return f"there is no column {name!r}"
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
        if isinstance(test, Among):
            unlisted = _unlisted(name, type, test, value)
            counts |= {"unlisted": f"count(*) {unlisted}", "distinct": f"approx_count_distinct({value}) {unlisted}"}
        else:
            broken = f"FILTER (WHERE {row_filter_sql.partial_sql(test, types, reads)})"
            counts[{"min": "below", "max": "above"}[what]] = f"count(*) {broken}"
    return counts


def unlisted_values(name: str, type: str, limit: ColumnLimits, value: str) -> dict[str, str]:
    """The aggregate `others`: the rows of each value that is not listed, as text."""
    test = Among(name, limit.values or ())
    return {"others": f"histogram(CAST({value} AS VARCHAR)) {_unlisted(name, type, test, value)}"}


def _unlisted(name: str, type: str, test: Among, value: str) -> str:
    return f"FILTER (WHERE {row_filter_sql.partial_sql(Not(test), {name: type}, {name: value})})"


def repeated_rows(session: Session, rows: Rows, name: str) -> int:
    """How many rows have a value that another row has too.

    Hashes come first: they are small, and where none repeats, no value does.
    """
    values = f"SELECT value FROM ({rows.select_query({'value': rows.sql(name)})}) WHERE value IS NOT NULL"
    hashes = f"SELECT hash(value) AS hash FROM ({values}) GROUP BY hash HAVING count(*) > 1"
    (row,) = session.rows(f"SELECT count(*) AS n FROM ({hashes})")
    if not row["n"]:
        return 0
    groups = f"SELECT count(*) AS n FROM ({values}) WHERE hash(value) IN ({hashes}) GROUP BY value HAVING count(*) > 1"
    (row,) = session.rows(f"SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS n FROM ({groups})")
    return int(row["n"])


def _tests(name: str, limit: ColumnLimits) -> Iterator[tuple[str, Test]]:
    if limit.min is not None:
        yield "min", Compares(name, "<", limit.min)
    if limit.max is not None:
        yield "max", Compares(name, ">", limit.max)
    if limit.values is not None:
        yield "values", Among(name, limit.values)
