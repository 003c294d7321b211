"""The columns of a prediction file read as what they are: by what kpis.yaml declares, else by what a CSV file holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.columns.csv_types import contents, type_by_contents
from mlops_gitops.measurement.columns.declared_types import Conversion, conversion
from mlops_gitops.measurement.contract import Session
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier, select_list

SHOWN = 40  # characters of a value that is not of its declared type
_READ = {
    "BIGINT": "CAST({} AS BIGINT)",
    "HUGEINT": "CAST({} AS HUGEINT)",
    "DOUBLE": "CAST({} AS DOUBLE)",
    "BOOLEAN": "CASE WHEN lower({0}) IN ('true', 't', 'yes') THEN true WHEN {0} IS NOT NULL THEN false END",
    "VARCHAR": "{}",
}


def typed(session: Session, rows: Rows, columns: Collection[str], compared: Collection[str] = ()) -> Rows:
    """The rows of a view with the types of these columns, and the SQL that reads them.

    The key of a CSV file stays text, unless it is `compared` with something else than keys.
    Raises Undecided for a value, or a type, that is not of the declared type of its column.
    """
    declared = {column: type for column, type in rows.data.column_types.items() if column in rows.types}
    declared = {column: type for column, type in declared.items() if column in columns}
    conversions = {column: _conversion(rows, column, type) for column, type in declared.items()}
    _check(session, rows, conversions)
    types = dict(rows.types) | {column: conversion.type for column, conversion in conversions.items()}
    expressions = {column: conversion.sql for column, conversion in conversions.items()}
    undeclared = [column for column in rows.types if column in rows.written and column in columns]
    used = {*compared, *(name for meaning, name in rows.data.columns().items() if meaning != "key")}
    read = [column for column in undeclared if column not in declared and (column != rows.data.key or column in used)]
    found = _types_by_contents(session, rows, read) if read else {}
    types |= found
    expressions |= {column: _READ[type].format(identifier(column)) for column, type in found.items()}
    return replace(rows, types=types, expressions=expressions)


def _types_by_contents(session: Session, rows: Rows, columns: Collection[str]) -> dict[str, str]:
    (counts,) = session.rows(contents(rows.view, columns))
    return {column: type_by_contents(counts, place) for place, column in enumerate(columns)}


def _conversion(rows: Rows, column: str, declared: str) -> Conversion:
    found = conversion(identifier(column), rows.types[column], declared)
    if found is None:
        type = rows.types[column]
        raise Undecided(f"column {column!r} of {rows.title} is {type}, which `columns` cannot read as {declared}")
    return found


def _check(session: Session, rows: Rows, conversions: Mapping[str, Conversion]) -> None:
    """Raises Undecided for the first column with values that are not of its declared type."""
    if not conversions:
        return
    counts: dict[str, str] = {}
    for place, (column, found) in enumerate(conversions.items()):
        wrong = f"FILTER (WHERE {identifier(column)} IS NOT NULL AND NOT coalesce({found.valid}, false))"
        counts |= {f"{place}.wrong": f"count(*) {wrong}"}
        counts |= {f"{place}.first": f"min(CAST({identifier(column)} AS VARCHAR)) {wrong}"}
    (row,) = session.rows(f"SELECT {select_list(counts)} FROM {identifier(rows.view)}")
    for place, column in enumerate(conversions):
        if wrong := row[f"{place}.wrong"]:
            example, declared = repr(row[f"{place}.first"])[:SHOWN], rows.data.column_types[column]
            values = f"{wrong:,} {'value' if wrong == 1 else 'values'}"
            raise Undecided(
                f"column {column!r} of {rows.title} holds {values} that `columns` cannot read as {declared}, "
                f"such as {example}"
            )
