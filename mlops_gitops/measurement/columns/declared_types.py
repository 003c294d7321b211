"""Columns read as the type that `columns:` of a data set declares: the SQL, and the test of what it can read.

A value that is not of its declared type is a fault and never a guess. Types are DuckDB's.
"""

from __future__ import annotations

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.columns.column_types import comparison_kind, is_decimal, is_integer
from mlops_gitops.measurement.columns.csv_types import matches

DUCKDB_TYPES = {
    "text": "VARCHAR",
    "integer": "HUGEINT",
    "number": "DOUBLE",
    "float32": "FLOAT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
LARGEST = 2**53  # below it every whole number is a DOUBLE of its own
_TRUE, _FALSE = "('true', 't', 'yes', 'y', '1')", "('false', 'f', 'no', 'n', '0')"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_ZONE = r" ?(Z|[-+][0-9]{2}(:?[0-9]{2})?)"
PATTERNS = {
    "integer": r" *[-+]?[0-9]{1,37}(\.0*)? *",
    "number": r" *[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)? *| *[-+]?(?i:inf|infinity|nan) *",
    "date": _DAY,
    "timestamp": f"{_DAY}([ T]{_TIME}({_ZONE})?)?",
}
PATTERNS["float32"] = PATTERNS["number"]


@frozen
class Conversion:
    """The SQL that reads a column as a type, where `valid`, a test of a value that is there, holds."""

    type: str
    sql: str
    valid: str


def conversion(column: str, type: str, declared: str) -> Conversion | None:
    """How a column (SQL) of a type is read as the declared one; None where values of the type never are."""
    if type == "VARCHAR":
        return _of_text(column, declared)
    if declared == "text":
        text = Conversion("VARCHAR", f"CAST({column} AS VARCHAR)", "true")
        return None if comparison_kind(type) == "nested" else text
    if comparison_kind(type) == "number":
        return _of_number(column, type, declared)
    if type == "BOOLEAN":
        return _of_boolean(column, declared)
    return _of_time(column, type, declared)


def _of_text(column: str, declared: str) -> Conversion:
    type = DUCKDB_TYPES[declared]
    if declared == "text":
        return Conversion(type, column, "true")
    if declared == "boolean":
        sql = f"CASE WHEN lower({column}) IN {_TRUE} THEN true WHEN lower({column}) IN {_FALSE} THEN false END"
        return Conversion(type, sql, f"({sql}) IS NOT NULL")
    read = f"TRY_CAST({column} AS {type})"
    if declared == "timestamp":  # one with a zone is turned to UTC, which one without is taken to be in
        instant = f"timezone('UTC', TRY_CAST({column} AS TIMESTAMP WITH TIME ZONE))"
        read = f"CASE WHEN {matches(column, f'.*:[0-9.]+{_ZONE}')} THEN {instant} ELSE {read} END"
    sql = f"CASE WHEN {matches(column, PATTERNS[declared])} THEN {read} END"
    return Conversion(type, sql, f"({sql}) IS NOT NULL")


def _of_number(column: str, type: str, declared: str) -> Conversion | None:
    if declared == "integer":
        if is_integer(type):
            return Conversion(type, column, "true")
        whole = f"({column} = trunc({column}) AND abs({column}) < {LARGEST})"
        return Conversion("HUGEINT", f"CASE WHEN {whole} THEN CAST({column} AS HUGEINT) END", whole)
    if declared in ("number", "float32"):
        exact = is_integer(type) or is_decimal(type)
        valid = f"abs({column}) < {LARGEST}" if exact else "true"
        return Conversion(DUCKDB_TYPES[declared], f"CAST({column} AS {DUCKDB_TYPES[declared]})", valid)
    if declared == "boolean":
        return Conversion("BOOLEAN", f"CASE {column} WHEN 1 THEN true WHEN 0 THEN false END", f"{column} IN (0, 1)")
    return None


def _of_boolean(column: str, declared: str) -> Conversion | None:
    if declared == "boolean":
        return Conversion("BOOLEAN", column, "true")
    if declared in ("integer", "number", "float32"):
        type = DUCKDB_TYPES[declared]
        return Conversion(type, f"CAST(CAST({column} AS TINYINT) AS {type})", "true")
    return None


def _of_time(column: str, type: str, declared: str) -> Conversion | None:
    if not (type == "DATE" or type.startswith("TIMESTAMP")) or declared not in ("date", "timestamp"):
        return None
    instant = f"timezone('UTC', {column})" if type == "TIMESTAMP WITH TIME ZONE" else column
    if declared == "timestamp":
        valid = f"CAST(CAST({column} AS TIMESTAMP) AS {type}) = {column}" if type == "TIMESTAMP_NS" else "true"
        return Conversion("TIMESTAMP", f"CAST({instant} AS TIMESTAMP)", valid)
    return Conversion("DATE", f"CAST({instant} AS DATE)", f"CAST(CAST({instant} AS DATE) AS TIMESTAMP) = {instant}")
