"""How monitoring reads a column: as numbers, dates, booleans or categories."""

from __future__ import annotations

import math

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.columns.column_types import comparison_kind, is_integer
from mlops_gitops.measurement.columns.csv_types import BOOLEANS, NUMBER, matches
from mlops_gitops.measurement.columns.declared_types import Conversion, conversion
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier, literal, number

KINDS = {"number": "number", "time": "date", "text": "category", "boolean": "boolean"}
_TRUE = ", ".join(map(literal, BOOLEANS[: len(BOOLEANS) // 2]))
_FLAGS = ", ".join(map(literal, BOOLEANS))


@frozen
class ColumnValues:
    """The values of a column: their type, and the SQL that reads them, which is NULL where one cannot be read.

    `written` is the SQL of the column as the file has it; empty where every value can be read.
    """

    type: str
    sql: str
    written: str = ""

    @property
    def kind(self) -> str:
        """What a profile calls such values; the type itself where it has no profile."""
        return KINDS.get(comparison_kind(self.type), self.type)

    @property
    def numeric(self) -> bool:
        """Whether the values are put into bins."""
        return self.kind in ("number", "date")

    @property
    def whole(self) -> bool:
        """Whether the values are whole numbers, or the seconds of whole days."""
        return is_integer(self.type) or self.type == "DATE"

    @property
    def profiled(self) -> str:
        """The SQL of what a profile counts: a DOUBLE, which is UTC seconds since 1970-01-01 of a date, or a text.

        A date that is infinite is plus infinity.
        """
        if self.kind == "date":
            return f"CASE WHEN {self.sql} IS NOT NULL THEN coalesce(epoch({self.sql}), {number(math.inf)}) END"
        return f"CAST({self.sql} AS {'DOUBLE' if self.kind == 'number' else 'VARCHAR'})"


def column_values(rows: Rows, name: str, kind: str = "") -> ColumnValues:
    """How a column is read: as it is declared, else in CSV as values of a `kind` are written, else by its type."""
    column, type = identifier(name), rows.types[name]
    declared = rows.data.column_types.get(name)
    if declared is None:
        written = kind and name in rows.written
        return _written(column, kind) if written else ColumnValues(type, rows.sql(name))
    found = conversion(column, type, declared)
    return _readable(column, found) if found else ColumnValues(type, column)


def _written(column: str, kind: str) -> ColumnValues:
    """How the values of a CSV column are read that is of a kind and not declared."""
    if kind == "number":
        return ColumnValues("DOUBLE", f"CASE WHEN {matches(column, NUMBER)} THEN CAST({column} AS DOUBLE) END", column)
    if kind == "boolean":
        text = f"lower({column})"
        return ColumnValues("BOOLEAN", f"CASE WHEN {text} IN ({_FLAGS}) THEN {text} IN ({_TRUE}) END", column)
    time = conversion(column, "VARCHAR", "timestamp") if kind == "date" else None
    return _readable(column, time) if time else ColumnValues("VARCHAR", column)


def _readable(column: str, found: Conversion) -> ColumnValues:
    if found.valid == "true":
        return ColumnValues(found.type, found.sql)
    return ColumnValues(found.type, f"CASE WHEN {found.valid} THEN {found.sql} END", column)
