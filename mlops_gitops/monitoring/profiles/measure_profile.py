"""Measures the profile of a data file: its columns are counted together in the engine, and no row reaches Python.

A first query sums up each column and finds quantiles, a second one counts the bins that these make, and the categories.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement.columns.column_types import is_integer
from mlops_gitops.measurement.contract import Engine, Session
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import number
from mlops_gitops.monitoring.profiles import bins, design_effects, quantile_edges
from mlops_gitops.monitoring.profiles.column_values import KINDS, ColumnValues
from mlops_gitops.monitoring.profiles.count_values import (
    FINITE,
    INFINITE,
    Aggregates,
    Count,
    Counts,
    count_values,
    histogram,
)
from mlops_gitops.monitoring.profiles.design_effects import Moments
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
MEMORY = 256 << 20  # bytes
MOST_CATEGORIES, LONGEST_MEAN = 1000, 64
_MANY = f"it is free text: it has more than {MOST_CATEGORIES:,} values"
ROW = ""  # no column has that name
OWN_VALUES = 0.9  # the share of rows with a value of their own from which whole numbers are taken for identifiers


@frozen
class _Table:
    """An open file, its rows that count and the columns to profile; `cluster` is the SQL of the cluster of a row."""

    session: Session
    rows: Rows
    total: int
    columns: Mapping[str, ColumnValues]
    cluster: str | None

    def count(self, counts: Mapping[str, Count], beside: Mapping[str, str] = {}) -> dict[str, Counts]:
        """The aggregates of each column."""
        _, (found,) = count_values(self.session, self.rows, counts, beside=beside)
        return found

    def may_identify(self, name: str) -> bool:
        """Whether a column may be a key that nothing declares."""
        return is_integer(self.columns[name].type) and name not in self.rows.data.column_types


@frozen
class _LeftOut:
    reason: str


def measure_profile(
    engine: Engine, path: str, model: str, data: DataSet, profiled: ProfiledData, keys: Collection[str]
) -> Profile:
    """The profile of the file at `path`, read as `data` declares; the columns `keys` are left out as keys.

    Raises Undecided where the file cannot be read or has no rows.
    """
    try:
        with engine.connect({VIEW: (path, data.format)}, memory=MEMORY) as session:
            table = _opened(session, data, keys)
            clusters = _clusters(table)
            found = _columns(table)
    except Undecided as error:
        raise Undecided(f"{profiled.path} cannot be profiled: {error.message}", help=error.help) from error
    found |= {name: _LeftOut("it is a key or a cluster") for name in table.rows.types if name in keys}
    found |= {
        name: _LeftOut(f"its type {type} is not profiled")
        for name, type in table.rows.types.items()
        if name not in found
    }
    every = sorted(found.items())
    kept = {name: column for name, column in every if not isinstance(column, _LeftOut)}
    left = {name: column.reason for name, column in every if isinstance(column, _LeftOut)}
    return Profile(model, profiled, table.total, clusters, kept, left)


def _opened(session: Session, data: DataSet, keys: Collection[str]) -> _Table:
    rows = open_table(session, VIEW, data, untyped=[name for name in keys if name != data.cluster], stream=True)
    total, _ = count_values(session, rows)
    if not total:
        raise Undecided("it has no rows")
    values = {name: ColumnValues(type, rows.sql(name)) for name, type in rows.types.items() if name not in keys}
    columns = {name: column for name, column in values.items() if column.kind in KINDS.values()}
    cluster = data.cluster if data.cluster in rows.types else None
    return _Table(session, rows, total, columns, rows.sql(cluster) if cluster else None)


def _clusters(table: _Table) -> int | None:
    if table.cluster is None:
        return None
    wanted = {"n": "count(DISTINCT {0})", "nulls": "count(*) FILTER (WHERE {0} IS NULL)"}
    count = Count(table.cluster, lambda value: {name: sql.format(value) for name, sql in wanted.items()})
    found = table.count({"cluster": count})["cluster"]
    if found["nulls"]:
        raise Undecided(f"its cluster column {table.rows.data.cluster!r} is empty in {found['nulls']:,} rows")
    return int(found["n"])


def _columns(table: _Table) -> dict[str, Column | _LeftOut]:
    first = _first_counts(table)
    reasons = {name: _reason(table, name, counts) for name, counts in first.items()}
    kept = {name: counts for name, counts in first.items() if not reasons[name]}
    edges = {name: _edges(table, name, counts) for name, counts in kept.items() if "edges" in counts}
    second = table.count({name: _second_count(table.columns[name], edges.get(name), kept[name]) for name in kept})
    found: dict[str, Column | _LeftOut] = {name: _LeftOut(reason) for name, reason in reasons.items() if reason}
    for name, counts in second.items():
        every = kept[name] | counts
        found[name] = _numbers(table, name, every, edges[name]) if name in edges else _categories(table, name, every)
    effects = _mean_effects(table, found)
    return found | {
        name: replace(column, design_effect=effects[name]) for name, column in found.items() if name in effects
    }


def _first_counts(table: _Table) -> dict[str, Counts]:
    """What the first query finds of each column; `edges` are candidates for the edges of numbers."""
    sample = quantile_edges.sampling(table.rows, table.total)
    counts = {
        name: Count(values.profiled, _sum_up if values.numeric else _sum_up_texts)
        for name, values in table.columns.items()
    }
    row = {ROW: Count(sample.row, lambda value: {"distinct": f"approx_count_distinct({value})"})}
    found = table.count(counts | (row if sample.every > 1 else {}), {"sampled": sample.test})
    if sample.every > 1 and sample.fails(found.pop(ROW)["distinct"]):
        numbers = {name: count for name, count in counts.items() if table.columns[name].numeric}
        for name, each in table.count({name: Count(count.value, _each) for name, count in numbers.items()}).items():
            found[name]["edges"] = quantile_edges.quantiles_by_counts(each["each"] or {})
    return found


def _each(value: str) -> Aggregates:
    return {"each": f"histogram({value}) FILTER (WHERE {FINITE.format(value)})"}


def _sum_up(value: str) -> Aggregates:
    finite = f"FILTER (WHERE {FINITE.format(value)})"
    return {
        "values": f"count({value})",
        "finite": f"count(*) {finite}",
        "distinct": f"approx_count_distinct({value})",
        "mean": f"favg({value}) {finite}",
        "edges": quantile_edges.quantiles(value),
    }


def _sum_up_texts(value: str) -> Aggregates:
    return {
        "values": f"count({value})",
        "distinct": f"approx_count_distinct({value})",
        "length": f"avg(length({value}))",
    }


def _reason(table: _Table, name: str, counts: Counts) -> str:
    """Why a column has no profile, as far as the first query tells; empty where it may have one."""
    values: int = counts["values"]
    finite: int = counts.get("finite", values)
    if finite < FEWEST:
        return f"it has {finite} {'finite values' if finite < values else 'values'}, and {FEWEST} are needed"
    if "finite" in counts:
        identifies = table.may_identify(name) and counts["distinct"] > OWN_VALUES * finite
        reason = "nearly every row has a whole number of its own, as keys have: declare its type in `columns`"
        return reason if identifies else ""
    if counts["length"] > LONGEST_MEAN:
        return f"it is free text: its values have more than {LONGEST_MEAN} characters on average"
    # An exact count of very many texts would take memory, and the estimate is never off by half.
    return _MANY if counts["distinct"] > 2 * MOST_CATEGORIES else ""


def _edges(table: _Table, name: str, counts: Counts) -> list[float]:
    return bins.candidate_edges(counts["edges"] or [], whole=table.columns[name].whole)


def _second_count(values: ColumnValues, edges: list[float] | None, first: Counts) -> Count:
    if edges is None:
        return Count(values.profiled, lambda value: {"each": f"histogram({value})"})
    return Count(values.profiled, partial(_bins_and_spread, edges, first))


def _bins_and_spread(edges: list[float], first: Counts, value: str) -> Aggregates:
    """The second pass of a variance in two does not cancel."""
    found, mean = {"bins": histogram(value, edges)}, rounded(first["mean"])
    if mean is not None:
        distance = f"({value} - {number(mean)})"
        found["squares"] = f"fsum({distance} * {distance}) FILTER (WHERE {FINITE.format(value)})"
    if first["finite"] < first["values"]:
        found["infinite"] = f"count(*) FILTER (WHERE {INFINITE.format(value)})"
    return found


def _numbers(table: _Table, name: str, found: Counts, edges: list[float]) -> NumericColumn:
    n, values = found["finite"], found["values"]
    counts = [(found["bins"] or {}).get(edge, 0) for edge in edges]
    mean = rounded(found["mean"])
    variance = None if mean is None else rounded(found["squares"] / (n - 1))
    infinite = found.get("infinite", 0)
    merged = bins.merged(edges, [*counts, n - sum(counts)])
    kind, nulls = table.columns[name].kind, table.total - values
    return NumericColumn(kind, table.total, nulls, infinite, values - n - infinite, *merged, mean, variance, None)


def _categories(table: _Table, name: str, found: Counts) -> CategoricalColumn | _LeftOut:
    values, counts, n = table.columns[name], found["each"], found["values"]
    if len(counts) > MOST_CATEGORIES:
        return _LeftOut(_MANY)
    named = {value: rows for value, rows in sorted(counts.items()) if rows >= FEWEST}
    other = n - sum(named.values())
    if values.kind == "category" and 2 * other > n:
        return _LeftOut(f"it is free text: most rows have a value that fewer than {FEWEST} rows share")
    every: dict[str | None, int] = dict(named) | ({None: other} if other else {})
    effect = None
    if table.cluster and len(every) > 1:
        effect = design_effects.of_shares(table.session, table.rows, table.cluster, values.profiled, every)
    return CategoricalColumn(values.kind, table.total, table.total - n, named, other, len(counts) - len(named), effect)


def _mean_effects(table: _Table, found: Mapping[str, Column | _LeftOut]) -> dict[str, float | None]:
    moments = {
        name: Moments(table.columns[name].profiled, column.mean, column.variance)
        for name, column in found.items()
        if isinstance(column, NumericColumn) and column.mean is not None and column.variance
    }
    if table.cluster is None:
        return {}
    return design_effects.of_means(table.session, table.rows, table.cluster, moments)
