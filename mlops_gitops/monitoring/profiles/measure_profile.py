"""Measures the profile of a data file: counted in the engine, a column at a time, so that no row reaches Python."""

from __future__ import annotations

from collections.abc import Collection

from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement.columns.column_types import comparison_kind, is_integer
from mlops_gitops.measurement.contract import Engine, Session
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import number, select_list
from mlops_gitops.monitoring.profiles import bins, design_effects
from mlops_gitops.monitoring.profiles.open_table import open_table
from mlops_gitops.monitoring.profiles.profile import (
    FEWEST,
    CategoricalColumn,
    Column,
    NumericColumn,
    Profile,
    ProfiledData,
)
from mlops_gitops.records.kpis import DataSet

VIEW = "profiled"
MOST_CATEGORIES, LONGEST_MEAN = 1000, 64
OWN_VALUES = 0.9  # the share of rows with a value of their own from which whole numbers are taken for identifiers


@frozen
class _Table:
    """A loaded file, and the clusters of its rows if there are any."""

    session: Session
    rows: Rows
    cluster: str | None

    def query(self, value: str) -> str:
        """The rows with a value that is not null, as `value` and `cluster`."""
        cluster = {"cluster": self.rows.sql(self.cluster)} if self.cluster else {}
        return f"SELECT * FROM ({self.rows.select_query({'value': value} | cluster)}) WHERE value IS NOT NULL"


@frozen
class _LeftOut:
    reason: str


def measure_profile(
    engine: Engine, path: str, model: str, data: DataSet, profiled: ProfiledData, keys: Collection[str]
) -> Profile:
    """The profile of the file at `path`, read as `data` declares; the columns `keys` are left out as keys.

    Raises Undecided where the file cannot be read, has no rows or has nested columns.
    """
    try:
        with engine.connect({VIEW: (path, data.format)}) as session:
            table = _opened(session, data, keys)
            (total,) = session.rows(f"SELECT count(*) AS n FROM ({table.rows.select_query({'one': '1'})})")
            if not total["n"]:
                raise Undecided("it has no rows")
            clusters = _clusters(table)
            found = {name: _column(table, name, keys, total["n"]) for name in sorted(table.rows.types)}
    except Undecided as error:
        raise Undecided(f"{profiled.path} cannot be profiled: {error.message}", help=error.help) from error
    kept = {name: column for name, column in found.items() if not isinstance(column, _LeftOut)}
    left = {name: column.reason for name, column in found.items() if isinstance(column, _LeftOut)}
    return Profile(model, profiled, total["n"], clusters, kept, left)


def _opened(session: Session, data: DataSet, keys: Collection[str]) -> _Table:
    types = session.columns(VIEW)
    rows = open_table(session, VIEW, data, {name for name in types if name not in keys or name == data.cluster})
    return _Table(session, rows, data.cluster if data.cluster in types else None)


def _clusters(table: _Table) -> int | None:
    if table.cluster is None:
        return None
    values = table.rows.select_query({"cluster": table.rows.sql(table.cluster)})
    query = f"SELECT count(DISTINCT cluster) AS n, count(*) FILTER (WHERE cluster IS NULL) AS nulls FROM ({values})"
    (row,) = table.session.rows(query)
    if row["nulls"]:
        raise Undecided(f"its cluster column {table.cluster!r} is empty in {row['nulls']:,} rows")
    return int(row["n"])


def _column(table: _Table, name: str, keys: Collection[str], rows: int) -> Column | _LeftOut:
    if name in keys:
        return _LeftOut("it is a key or a cluster")
    type = table.rows.types[name]
    kind, read = comparison_kind(type), table.rows.sql(name)
    if kind == "number":
        undeclared_whole = is_integer(type) and name not in table.rows.data.column_types
        return _number(table, f"CAST({read} AS DOUBLE)", rows, whole=is_integer(type), may_identify=undeclared_whole)
    if kind == "time":
        seconds = f"CASE WHEN {read} IS NOT NULL THEN coalesce(epoch({read}), {number(float('inf'))}) END"
        found = _number(table, seconds, rows, whole=type == "DATE", may_identify=False)
        return replace(found, kind="date") if isinstance(found, NumericColumn) else found
    if kind in ("text", "boolean"):
        return _categories(table, f"CAST({read} AS VARCHAR)", rows, "category" if kind == "text" else "boolean")
    return _LeftOut(f"its type {type} is not profiled")


def _few(values: int, what: str) -> _LeftOut:
    return _LeftOut(f"it has {values} {what}, and {FEWEST} are needed")


def _number(table: _Table, value: str, rows: int, *, whole: bool, may_identify: bool) -> NumericColumn | _LeftOut:
    source, finite = table.query(value), f"SELECT * FROM ({table.query(value)}) WHERE isfinite(value)"
    summary = {
        "values": "count(*)",
        "finite": "count(*) FILTER (WHERE isfinite(value))",
        "nan": "count(*) FILTER (WHERE isnan(value))",
        "own": "approx_count_distinct(value)",
        "mean": "favg(value) FILTER (WHERE isfinite(value))",
    }
    (row,) = table.session.rows(f"SELECT {select_list(summary)} FROM ({source})")
    n, mean = row["finite"], rounded(row["mean"])
    if n < FEWEST:
        return _few(n, "finite values" if n < row["values"] else "values")
    if may_identify and row["own"] > OWN_VALUES * n:
        return _LeftOut("nearly every row has a whole number of its own, as keys have: declare its type in `columns`")
    variance = None if mean is None else _variance(table.session, finite, mean)
    effect = design_effects.of_mean(table.session, finite, mean, variance) if table.cluster else None
    edges, counts = _bins(table.session, finite, n, whole)
    infinite = row["values"] - n - row["nan"]
    nulls = rows - row["values"]
    return NumericColumn("number", rows, nulls, infinite, row["nan"], edges, counts, mean, variance, effect)


def _variance(session: Session, finite: str, mean: float) -> float | None:
    """The sample variance in two passes, which does not cancel."""
    square = f"(value - {number(mean)}) * (value - {number(mean)})"
    (row,) = session.rows(f"SELECT fsum({square}) / (count(*) - 1) AS variance FROM ({finite})")
    return rounded(row["variance"])


def _bins(session: Session, finite: str, n: int, whole: bool) -> tuple[tuple[float, ...], tuple[int, ...]]:
    wanted = bins.fractions(n)
    if not wanted:
        return (), (n,)
    (row,) = session.rows(f"SELECT quantile_disc(value, {wanted}) AS edges FROM ({finite})")
    edges = bins.candidate_edges(row["edges"], whole=whole)
    listed = ", ".join(map(number, edges))
    (row,) = session.rows(f"SELECT histogram(value, [{listed}]) AS counts FROM ({finite})")
    counts = [row["counts"].get(edge, 0) for edge in edges]
    return bins.merged(edges, [*counts, n - sum(counts)])


def _categories(table: _Table, value: str, rows: int, kind: str) -> CategoricalColumn | _LeftOut:
    source = table.query(value)
    summary = {
        "values": "count(*)",
        "distinct": "approx_count_distinct(value)",
        "length": "avg(length(value))",
    }
    (row,) = table.session.rows(f"SELECT {select_list(summary)} FROM ({source})")
    n = row["values"]
    if n < FEWEST:
        return _few(n, "values")
    if row["length"] > LONGEST_MEAN:
        return _LeftOut(f"it is free text: its values have more than {LONGEST_MEAN} characters on average")
    # An exact count of very many texts would take memory, and the estimate is never off by half.
    counts = _counts(table.session, source) if row["distinct"] <= 2 * MOST_CATEGORIES else {}
    if not 0 < len(counts) <= MOST_CATEGORIES:
        return _LeftOut(f"it is free text: it has more than {MOST_CATEGORIES:,} values")
    named = {name: count for name, count in sorted(counts.items()) if count >= FEWEST}
    other = n - sum(named.values())
    if kind == "category" and 2 * other > n:
        return _LeftOut(f"it is free text: most rows have a value that fewer than {FEWEST} rows share")
    every: dict[str | None, int] = dict(named.items())
    if other:
        every[None] = other
    effect = design_effects.of_shares(table.session, source, every) if table.cluster and len(every) > 1 else None
    return CategoricalColumn(kind, rows, rows - n, named, other, len(counts) - len(named), effect)


def _counts(session: Session, source: str) -> dict[str, int]:
    query = f"SELECT value, count(*) AS n FROM ({source}) GROUP BY value LIMIT {MOST_CATEGORIES + 1}"
    return {row["value"]: row["n"] for row in session.rows(query)}
