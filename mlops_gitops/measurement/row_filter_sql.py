"""A `where:` filter for the columns a file has: what does not compare, and else the SQL test of the rows it keeps.

Every name in the SQL is a quoted identifier of a column that is there, and every value a quoted literal.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping

from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.row_filter import (
    SHOWN,
    Among,
    Compares,
    Condition,
    Empty,
    Joined,
    Not,
    Value,
    columns,
    parse,
    tests,
)
from mlops_gitops.measurement.rows import NUMBERS
from mlops_gitops.measurement.sql import identifier, literal, number


def type_faults(condition: Condition, types: Mapping[str, str]) -> Iterator[str]:
    """The comparisons of a column with a value of another type; nothing where a column or its type is not known."""
    for test in tests(condition):
        type, values = types.get(test.column, ""), _values(test)
        kind = _kind(type)
        for value in values if kind else ():
            if kind == "other":
                yield f"column {test.column!r} is {type}, which `where` can ask for `is null` only"
                break
            if _kind_of(value) != kind:
                yield f"column {test.column!r} is {type}, and `where` compares it with {_shown(value)}"
                break


def sql(text: str, types: Mapping[str, str]) -> str:
    """The SQL test of a filter for a file whose columns have these types. Raises Undecided."""
    condition = parse(text)
    if lost := [column for column in columns(condition) if column not in types]:
        known = {column.casefold(): column for column in types}
        (near,) = difflib.get_close_matches(lost[0].casefold(), known, n=1, cutoff=0.0)
        raise Undecided(f"`where` names column {lost[0]!r}, which is not there; the nearest is {known[near]!r}")
    if fault := next(type_faults(condition, types), ""):
        raise Undecided(fault)
    return _sql(condition, types)


def _values(test: Compares | Among | Empty) -> tuple[Value, ...]:
    return () if isinstance(test, Empty) else test.values if isinstance(test, Among) else (test.value,)


def _kind(type: str) -> str:
    """How a column of a type compares: as number, boolean or text, as other not at all; empty where it is not known."""
    if type.endswith("]"):
        return "other"  # a list of numbers is none
    named = {"BOOLEAN": "boolean", "VARCHAR": "text", "": ""}
    return "number" if type.partition("(")[0].removeprefix("U") in NUMBERS else named.get(type, "other")


def _kind_of(value: Value) -> str:
    return "text" if isinstance(value, str) else "boolean" if isinstance(value, bool) else "number"


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)[:SHOWN] if isinstance(value, str) else f"the number {value:g}"


def _sql(condition: Condition, types: Mapping[str, str]) -> str:
    if isinstance(condition, Joined):
        return "(" + f" {condition.word.upper()} ".join(_sql(part, types) for part in condition.parts) + ")"
    if isinstance(condition, Not):
        return f"(NOT {_sql(condition.of, types)})"
    column, numeric = identifier(condition.column), _kind(types[condition.column]) == "number"
    column = f"CAST({column} AS DOUBLE)" if numeric else column
    if isinstance(condition, Empty):
        return f"({column} IS NULL OR NOT {_given(column)})" if numeric else f"({column} IS NULL)"
    if isinstance(condition, Among):
        test = f"{column} IN ({', '.join(map(_written, condition.values))})"
    else:
        test = f"{column} {condition.operator} {_written(condition.value)}"
    return f"(CASE WHEN {_given(column)} THEN {test} END)" if numeric else f"({test})"


def _given(column: str) -> str:
    """A test that is false for NaN, which DuckDB takes for the greatest number.

    Neither `isnan` nor `= NaN` is one: DuckDB answers both from the statistics of a Parquet file, which leave NaN out.
    """
    return f"(isfinite({column}) OR {column} IN ({number(math.inf)}, {number(-math.inf)}))"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return literal(value) if isinstance(value, str) else number(value)
