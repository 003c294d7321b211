"""Many columns counted by one query, so that a file is read once and no row reaches Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.contract import Session
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier, number, select_list

Aggregates: TypeAlias = Mapping[str, str]  # SQL by name
Counts: TypeAlias = dict[str, Any]  # the value of each of them

FINITE = "isfinite({})"
# not isinf() or isnan(), which DuckDB answers from the statistics of a Parquet file, and those leave NaN out
INFINITE = f"{{}} IN ({number(float('inf'))}, {number(float('-inf'))})"


@frozen
class Count:
    """What is counted of a column: the SQL of its value, and the aggregates of what such SQL is named.

    `written` is the SQL of the column as the file has it, where some values may be NULL because they cannot be read:
    the aggregate `unread` counts those.
    """

    value: str
    aggregates: Callable[[str], Aggregates]
    written: str = ""


def count_values(
    session: Session, rows: Rows, *groups: Mapping[Any, Count], beside: Mapping[str, str] = {}
) -> tuple[int, list[dict[Any, Counts]]]:
    """All rows, and the aggregates of each column of each group under its key, by one query.

    `beside` are columns that the aggregates may use: SQL by name.
    """
    counts = [(group, key, count) for group, found in enumerate(groups) for key, count in found.items()]
    selected, wanted = _queried([count for _, _, count in counts])
    values = dict(beside) | selected
    source = rows.select_query(values or {"one": "1"})
    (row,) = session.rows(f"SELECT {select_list({'rows': 'count(*)'} | wanted)} FROM ({source})")
    found: list[dict[Any, Counts]] = [{key: {} for key in group} for group in groups]
    for name in wanted:
        at, _, aggregate = name.partition(".")
        group, key, _ = counts[int(at)]
        found[group][key][aggregate] = row[name]
    return row["rows"], found


def count_groups(
    session: Session, rows: Rows, by: Mapping[str, str], counts: Mapping[str, Count]
) -> dict[tuple[str | None, ...], tuple[int, dict[str, Counts]]]:
    """The rows and the aggregates of each column in each group of rows, by one query.

    `by` is the SQL of what rows of a group share, as text, by a name; a group is known by its values, None where empty.
    Without any of them all rows are one group.
    """
    selected, wanted = _queried(list(counts.values()))
    shared = {f"by.{name}": f"CAST({sql} AS VARCHAR)" for name, sql in by.items()}
    keys = {name: identifier(name) for name in shared}
    source = rows.select_query({**selected, **shared, "one": "1"})
    query = f"SELECT {select_list({'rows': 'count(*)'} | keys | wanted)} FROM ({source})"
    query += f" GROUP BY {', '.join(keys.values())}" if keys else ""
    found: dict[tuple[str | None, ...], tuple[int, dict[str, Counts]]] = {}
    for row in session.rows(query):
        columns: dict[str, Counts] = {name: {} for name in counts}
        for name in wanted:
            place, _, aggregate = name.partition(".")
            columns[list(counts)[int(place)]][aggregate] = row[name]
        found[tuple(row[name] for name in keys)] = (row["rows"], columns)
    return found


def _queried(counts: Sequence[Count]) -> tuple[dict[str, str], dict[str, str]]:
    """The SQL of the values that are counted, and that of their aggregates, each by a name."""
    values: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for place, count in enumerate(counts):
        values[f"v{place}"] = count.value
        wanted |= {f"{place}.{name}": sql for name, sql in count.aggregates(identifier(f"v{place}")).items()}
        if count.written:
            values[f"w{place}"] = count.written
            wanted[f"{place}.unread"] = f"count(w{place}) - count(v{place})"
    return values, wanted


def histogram(value: str, edges: Iterable[float], *, every: bool = False) -> str:
    """The aggregate that counts finite values by the edge they are up to, or `every` value.

    Those above the last edge have another key.
    """
    counts = f"histogram({value}, {doubles(edges)})"
    return counts if every else f"{counts} FILTER (WHERE {FINITE.format(value)})"


def doubles(numbers: Iterable[float]) -> str:
    """Numbers as a list in SQL: one text, which takes far less time to read than as many expressions."""
    return f"CAST('[{', '.join(map(repr, map(float, numbers)))}]' AS DOUBLE[])"
