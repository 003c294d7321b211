"""One scan of a window: its columns counted in the bins of the profile, and the values that break fixed limits.

All columns are counted by one query, so that the file is read once and no row reaches Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.text import clipped
from mlops_gitops.measurement.columns.column_types import comparison_kind
from mlops_gitops.measurement.contract import Engine, Session
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier, literal, number, select_list
from mlops_gitops.monitoring.profiles.limit_sql import limit_counts, limit_fault, repeated_query
from mlops_gitops.monitoring.profiles.open_table import open_table
from mlops_gitops.monitoring.profiles.profile import CategoricalColumn, Column, NumericColumn
from mlops_gitops.monitoring.profiles.window_scan import ColumnScan, Held, LimitScan, WindowScan
from mlops_gitops.records.kpis import DataSet
from mlops_gitops.records.monitoring import ColumnLimits

VIEW = "window"
SHOWN = 40  # characters of a value that the profile does not have
KINDS = {"number": "number", "time": "date", "text": "category", "boolean": "boolean"}

_Aggregates: TypeAlias = Mapping[str, str]  # SQL by name
_Result: TypeAlias = Mapping[str, Any]  # the value of each of them


@frozen
class _Count:
    """What is counted of a column: the SQL of its value, and the aggregates of what such SQL is named."""

    value: str
    aggregates: Callable[[str], _Aggregates]


def scan_window(
    engine: Engine, path: str, data: DataSet, columns: Mapping[str, Column], limits: Mapping[Held, ColumnLimits]
) -> WindowScan:
    """What is counted of the file or folder at `path`, read as `data` declares.

    `columns` are those of the profile to compare with, by name, and `limits` those to hold values to, by the watch that
    has them and the column. Raises Undecided where the file cannot be read.
    """
    with engine.connect({VIEW: (path, data.format)}) as session:
        rows = open_table(session, VIEW, _read_alike(data, columns), {*columns, *(name for _, name in limits)})
        present = {name: column for name, column in columns.items() if name in rows.types}
        profiled = {name: _profiled(rows, name, column) for name, column in present.items()}
        faults = {held: limit_fault(rows, held[1], limit) for held, limit in limits.items()}
        sound = {held: limit for held, limit in limits.items() if not faults[held]}
        limited = {held: _limited(rows, held[1], limit) for held, limit in sound.items()}
        total, found = _counted(session, rows, [*profiled.values(), *limited.values()])
        repeated = {held: _repeated(session, rows, held[1]) for held, limit in sound.items() if limit.unique}
    of_columns = dict(zip(profiled, found[: len(profiled)], strict=True))
    of_limits = dict(zip(limited, found[len(profiled) :], strict=True))
    scans = {name: _column_scan(present[name], found, total) for name, found in of_columns.items()}
    retyped = {name: _retyping(rows, name, present[name], found) for name, found in of_columns.items()}
    held = {held: _limit_scan(found, total, repeated.get(held, 0)) for held, found in of_limits.items()}
    held |= {held: LimitScan(total, 0, fault=fault) for held, fault in faults.items() if fault}
    missing = tuple(name for name in columns if name not in present)
    return WindowScan(total, scans, held, missing, {name: kinds for name, kinds in retyped.items() if kinds})


def _read_alike(data: DataSet, columns: Mapping[str, Column]) -> DataSet:
    """The data set with the categories of the profile declared as text, which is what they were read as from CSV."""
    if data.format != "csv":
        return data
    categories = {name: "text" for name, column in columns.items() if column.kind == "category"}
    return replace(data, column_types=categories | dict(data.column_types))


def _profiled(rows: Rows, name: str, column: Column) -> _Count:
    """How a column is counted in the bins of its profile; of one that has another kind, whether it has values."""
    kind, read = comparison_kind(rows.types[name]), rows.sql(name)
    if KINDS.get(kind) != column.kind:
        return _Count(read, lambda value: {"values": f"count({value})"})
    if isinstance(column, CategoricalColumn):
        return _Count(f"CAST({read} AS VARCHAR)", partial(_category_counts, column))
    if kind == "time":
        infinite = number(float("inf"))
        read = f"CASE WHEN {read} IS NOT NULL THEN coalesce(epoch({read}), {infinite}) END"
    return _Count(f"CAST({read} AS DOUBLE)", partial(_number_counts, column))


def _limited(rows: Rows, name: str, limit: ColumnLimits) -> _Count:
    return _Count(rows.sql(name), partial(limit_counts, name, rows.types[name], limit))


def _repeated(session: Session, rows: Rows, name: str) -> int:
    (row,) = session.rows(repeated_query(rows, name))
    return int(row["n"])


def _number_counts(column: NumericColumn, value: str) -> _Aggregates:
    edges = ", ".join(map(number, column.edges))
    bins = {"bins": f"histogram({value}, [{edges}]) FILTER (WHERE isfinite({value}))"} if edges else {}
    return bins | {
        "values": f"count({value})",
        "finite": f"count(*) FILTER (WHERE isfinite({value}))",
        # not isnan(), which DuckDB answers from the statistics of a Parquet file, and those leave NaN out
        "infinite": f"count(*) FILTER (WHERE {value} IN ({number(float('inf'))}, {number(float('-inf'))}))",
    }


def _category_counts(column: CategoricalColumn, value: str) -> _Aggregates:
    listed = ", ".join(map(literal, column.categories))
    counts = {"categories": f"histogram_exact({value}, [{listed}])"} if listed else {}
    other = f"FILTER (WHERE {value} NOT IN ({listed}))" if listed else ""
    some = {"first": f"min({value}) {other}", "last": f"max({value}) {other}"}
    return counts | some | {"values": f"count({value})"}


def _counted(session: Session, rows: Rows, counts: Sequence[_Count]) -> tuple[int, list[_Result]]:
    """All rows, and the aggregates of each column, by one query."""
    values = {f"v{place}": count.value for place, count in enumerate(counts)}
    aggregates = [count.aggregates(identifier(f"v{place}")) for place, count in enumerate(counts)]
    wanted = {f"{place}.{name}": sql for place, each in enumerate(aggregates) for name, sql in each.items()}
    source = rows.select_query(values or {"one": "1"})
    (row,) = session.rows(f"SELECT {select_list({'rows': 'count(*)'} | wanted)} FROM ({source})")
    return row["rows"], [{key: row[f"{place}.{key}"] for key in each} for place, each in enumerate(aggregates)]


def _column_scan(column: Column, found: _Result, total: int) -> ColumnScan:
    nulls = total - found["values"]
    if isinstance(column, CategoricalColumn):
        counts = found.get("categories") or {}
        categories = {name: counts.get(name, 0) for name in column.categories}
        examples = dict.fromkeys(clipped(found[place], SHOWN) for place in ("first", "last") if found.get(place))
        other = found["values"] - sum(categories.values())
        return ColumnScan(total, nulls, categories=categories, other=other, examples=tuple(examples))
    if "finite" not in found:  # of another kind than its profile
        return ColumnScan(total, nulls)
    bins = found.get("bins") or {}
    counts = [bins.get(edge, 0) for edge in column.edges]
    nan = found["values"] - found["finite"] - found["infinite"]
    return ColumnScan(total, nulls, found["infinite"], nan, (*counts, found["finite"] - sum(counts)))


def _retyping(rows: Rows, name: str, column: Column, found: _Result) -> tuple[str, str] | None:
    """The kind in the profile and that in the window, where they differ; a column without any value has every kind."""
    kind = KINDS.get(comparison_kind(rows.types[name]), rows.types[name])
    return (column.kind, kind) if kind != column.kind and found["values"] else None


def _limit_scan(found: _Result, total: int, repeated: int) -> LimitScan:
    examples = dict.fromkeys(clipped(found[place], SHOWN) for place in ("first", "last") if found.get(place))
    counts = {name: found.get(name, 0) for name in ("below", "above", "unlisted")}
    return LimitScan(total, total - found["values"], **counts, examples=tuple(examples), repeated=repeated)
