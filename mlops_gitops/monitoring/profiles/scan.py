"""One scan of a window: its columns counted in the bins of the profile, and the values that break fixed limits.

All columns are counted by one query. Where there are values that are not finite, or that the profile or a limit does
not name, a second one counts these, and another those of each column that is to be unique.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import clipped
from mlops_gitops.measurement.contract import Engine, Session
from mlops_gitops.measurement.reasons import counted
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier, literal
from mlops_gitops.monitoring.profiles.column_values import ColumnValues, column_values
from mlops_gitops.monitoring.profiles.count_values import (
    INFINITE,
    Aggregates,
    Count,
    Counts,
    count_values,
    histogram,
)
from mlops_gitops.monitoring.profiles.limit_sql import (
    has_tests,
    limit_counts,
    limit_fault,
    repeated_rows,
    unlisted_values,
)
from mlops_gitops.monitoring.profiles.open_table import open_table
from mlops_gitops.monitoring.profiles.profile import FEWEST, CategoricalColumn, Column, NumericColumn
from mlops_gitops.monitoring.profiles.window_scan import ColumnScan, Held, LimitScan, WindowScan
from mlops_gitops.records.kpis import DataSet
from mlops_gitops.records.monitoring import ColumnLimits

VIEW = "window"
MEMORY = 256 << 20  # bytes
MOST_ROWS = 10**9  # a Parquet file of a few bytes can claim any number of them
SHOWN = 40  # characters of a value that the profile does not have
MOST_EXAMPLES = 5
MOST_OTHERS = 10_000  # values that are counted one by one


@frozen
class _Plan:
    """What is read of a window: how each column of the profile is, and each column that can be held to its limits."""

    columns: Mapping[str, Column]
    limits: Mapping[Held, ColumnLimits]
    profiled: Mapping[str, ColumnValues]
    limited: Mapping[Held, ColumnValues]
    faults: Mapping[Held, str]


def scan_window(
    engine: Engine,
    path: str,
    data: DataSet,
    columns: Mapping[str, Column],
    limits: Mapping[Held, ColumnLimits],
) -> WindowScan:
    """What is counted of the file or folder at `path`, read as `data` declares.

    `columns` are those of the profile to compare with, by name, and `limits` those to hold values to, by the watch that
    has them and the column. Raises Undecided where the file cannot be read.
    """
    named = {*columns, *(name for _, name in limits)}
    with engine.connect({VIEW: (path, data.format)}, memory=MEMORY) as session:
        rows = open_table(session, VIEW, data, named, untyped=named - _typed(data, columns, limits), stream=True)
        _check_size(session, data)
        plan = _plan(rows, columns, limits)
        total, (profiled, limited) = count_values(session, rows, *_first_counts(plan))
        _count_more(session, rows, plan, profiled, limited)
        repeated = {held: repeated_rows(session, rows, held[1]) for held in plan.limited if limits[held].unique}
    retyped = {name: retyping(columns[name], plan.profiled[name], found) for name, found in profiled.items()}
    held = {key: _limit_scan(found, total, repeated.get(key, 0)) for key, found in limited.items()}
    held |= {key: LimitScan(total, 0, fault=fault) for key, fault in _faults(plan, limited).items()}
    return WindowScan(
        total,
        {name: column_scan(columns[name], found, total) for name, found in profiled.items()},
        held,
        tuple(name for name in columns if name not in rows.types),
        {name: kinds for name, kinds in retyped.items() if kinds},
        tuple(rows.types),
    )


def _typed(data: DataSet, columns: Mapping[str, Column], limits: Mapping[Held, ColumnLimits]) -> set[str]:
    """The columns whose type is looked for in the values of a CSV file, since nothing else says it."""
    compared = {name for (_, name), limit in limits.items() if has_tests(limit)}
    return compared - columns.keys() - data.column_types.keys()


def _check_size(session: Session, data: DataSet) -> None:
    if data.format == "parquet":  # which says itself how many it has; a CSV file would be read for it
        (row,) = session.rows(f"SELECT count(*) AS n FROM {identifier(VIEW)}")
        if row["n"] > MOST_ROWS:
            raise Undecided(f"it has {row['n']:,} rows, and at most {MOST_ROWS:,} are read")


def _plan(rows: Rows, columns: Mapping[str, Column], limits: Mapping[Held, ColumnLimits]) -> _Plan:
    profiled = {name: column_values(rows, name, column.kind) for name, column in columns.items() if name in rows.types}
    limited: dict[Held, ColumnValues] = {}
    faults: dict[Held, str] = {}
    for held, limit in limits.items():
        values = profiled.get(held[1]) or (column_values(rows, held[1]) if held[1] in rows.types else None)
        fault = limit_fault(held[1], values.type if values else None, limit)
        if fault or values is None:
            faults[held] = fault
        else:
            limited[held] = values
    return _Plan(columns, limits, profiled, limited, faults)


def _first_counts(plan: _Plan) -> tuple[dict[str, Count], dict[Held, Count]]:
    profiled = {
        name: column_count(plan.columns[name], values, _any_number_counts) for name, values in plan.profiled.items()
    }
    limited = {
        held: Count(values.sql, partial(limit_counts, held[1], values.type, plan.limits[held]), values.written)
        for held, values in plan.limited.items()
    }
    return profiled, limited


def finite_counts(column: NumericColumn, value: str) -> Aggregates:
    """The last bin has another key than an edge. What no bin has is not finite, and counted apart."""
    return {"bins": histogram(value, column.edges), "values": f"count({value})"}


def column_count(
    column: Column, values: ColumnValues, numbers: Callable[[NumericColumn, str], Aggregates] = finite_counts
) -> Count:
    """How a column is counted in the bins of its profile; of one that has another kind, whether it has values."""
    if values.kind != column.kind:
        return Count(values.sql, lambda value: {"values": f"count({value})"})
    if isinstance(column, CategoricalColumn):
        return Count(values.profiled, partial(_category_counts, column), values.written)
    return Count(values.profiled, partial(numbers, column), values.written)


def _any_number_counts(column: NumericColumn, value: str) -> Aggregates:
    """The same with what is not finite in some bin, which takes less time; the extremes tell whether there is such."""
    bins = histogram(value, column.edges, every=True)
    return {"bins": bins, "values": f"count({value})", "least": f"min({value})", "most": f"max({value})"}


def _category_counts(column: CategoricalColumn, value: str) -> Aggregates:
    """An = before each category keeps the empty text apart from the key under which all others are counted."""
    listed = ", ".join(literal(f"={name}") for name in column.categories)
    counts = {"categories": f"histogram_exact('=' || {value}, [{listed}])"} if listed else {}
    return counts | {"values": f"count({value})", "distinct": f"approx_count_distinct({value})"}


def _count_more(
    session: Session, rows: Rows, plan: _Plan, profiled: Mapping[str, Counts], limited: Mapping[Held, Counts]
) -> None:
    """Adds what only some windows have: bins beside values that are not finite, and `others`, which nothing names.

    Others are counted one by one where they are not too many.
    """
    columns = {
        name: Count(plan.profiled[name].profiled, partial(_count_again, plan.columns[name]))
        for name, found in profiled.items()
        if not all(math.isfinite(found.get(end) or 0) for end in ("least", "most"))
        or (_others(plan.columns[name], found) and found["distinct"] <= MOST_OTHERS)
    }
    limits = {
        held: Count(values.sql, partial(unlisted_values, held[1], values.type, plan.limits[held]))
        for held, values in plan.limited.items()
        if limited[held].get("unlisted") and limited[held]["distinct"] <= MOST_OTHERS
    }
    if not columns and not limits:
        return
    _, (of_columns, of_limits) = count_values(session, rows, columns, limits)
    for name, found in of_columns.items():
        profiled[name].update(found)
    for held, found in of_limits.items():
        limited[held].update(found)


def infinite(value: str) -> Aggregates:
    """The aggregate of infinite values."""
    return {"infinite": f"count(*) FILTER (WHERE {INFINITE.format(value)})"}


def _count_again(column: Column, value: str) -> Aggregates:
    if isinstance(column, NumericColumn):
        return {**finite_counts(column, value), **infinite(value)}
    return {"others": f"histogram({value})"}


def _finite(found: Counts) -> int:
    return sum((found["bins"] or {}).values())


def _categories(column: CategoricalColumn, found: Counts) -> dict[str, int]:
    counts = found.get("categories") or {}
    return {name: counts.get(f"={name}", 0) for name in column.categories}


def _others(column: Column, found: Counts) -> int:
    """The rows of categories that the profile does not name."""
    if not isinstance(column, CategoricalColumn) or "distinct" not in found:
        return 0
    return int(found["values"]) - sum(_categories(column, found).values())


def column_scan(column: Column, found: Counts, total: int) -> ColumnScan:
    """What was counted of a column, of `total` rows."""
    unread = found.get("unread", 0)
    nulls = total - found["values"] - unread
    if isinstance(column, CategoricalColumn) and "distinct" in found:
        categories, other = _categories(column, found), _others(column, found)
        unnamed = {value: rows for value, rows in (found.get("others") or {}).items() if value not in categories}
        there = sum(count > 0 for count in categories.values())
        distinct = len(unnamed) or max(found["distinct"] - there, min(other, 1))
        return ColumnScan(
            total, nulls, categories=categories, other=other, other_values=distinct if other else 0,
            examples=_examples(unnamed), unread=unread,
        )  # fmt: skip
    if not isinstance(column, NumericColumn) or "bins" not in found:  # of another kind than its profile
        return ColumnScan(total, nulls, unread=unread)
    bins, finite, infinite = found["bins"] or {}, _finite(found), found.get("infinite", 0)
    counts = [bins.get(edge, 0) for edge in column.edges]
    inside = (*counts, finite - sum(counts))
    return ColumnScan(total, nulls, infinite, found["values"] - finite - infinite, inside, unread=unread)


def retyping(column: Column, values: ColumnValues, found: Counts) -> tuple[str, str] | None:
    """The kind in the profile and that in the window, where they differ; a column without any value has every kind."""
    if found.get("unread"):
        return column.kind, "category"
    return (column.kind, values.kind) if values.kind != column.kind and found["values"] else None


def _faults(plan: _Plan, limited: Mapping[Held, Counts]) -> dict[Held, str]:
    """Why columns cannot be held to their limits."""
    faults = dict(plan.faults)
    for held, found in limited.items():
        if rows := found.get("unread"):
            kind = plan.limited[held].kind
            faults[held] = f"column {held[1]!r} has {counted(rows, 'row')} whose value is not a {kind}"
    return faults


def _limit_scan(found: Counts, total: int, repeated: int) -> LimitScan:
    counts = {name: found.get(name, 0) for name in ("below", "above", "unlisted")}
    examples = _examples(found.get("others") or {})
    return LimitScan(total, total - found["values"], **counts, examples=examples, repeated=repeated)


def _examples(others: Mapping[str, int]) -> tuple[str, ...]:
    """The most frequent of other values; never one that so few rows have that it might tell who they are."""
    shared = [(-count, value) for value, count in others.items() if count >= FEWEST]
    return tuple(clipped(value, SHOWN) for _, value in sorted(shared)[:MOST_EXAMPLES])
