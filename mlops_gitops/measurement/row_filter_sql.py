"""A `where:` filter for the columns a file has: what does not compare, and else the SQL test of the rows it keeps.

Every name in the SQL is a quoted identifier of a column that is there, and every value a quoted literal.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.columns.column_types import FLOATS, comparison_kind, decimal_digits, is_decimal, nearest
from mlops_gitops.measurement.columns.declared_types import PATTERNS
from mlops_gitops.measurement.row_filter import (
    SHOWN,
    Among,
    Compares,
    Condition,
    Empty,
    Joined,
    Not,
    Test,
    Value,
    columns,
    parse,
    tests,
    values_of,
)
from mlops_gitops.measurement.sql import exact_number, identifier, literal, number

LONGEST = 38  # digits of the largest exact type
MAX_DIGITS = 400  # of a value that is written in full: more than a double has before and after its point


def type_faults(condition: Condition, types: Mapping[str, str], written: Collection[str] = ()) -> Iterator[str]:
    """The comparisons of a column with a value of another type; nothing where a column or its type is not known.

    Columns that are `written` as text compare with texts, whatever their type.
    """
    for test in tests(condition):
        type, values = _type(test, types, written), values_of(test)
        kind = comparison_kind(type)
        for value in values if kind else ():
            if kind in ("other", "nested"):
                yield f"column {test.column!r} is {type}, which `where` can ask for `is null` only"
                break
            if not _fits(value, kind):
                yield f"column {test.column!r} is {type}, and `where` compares it with {_shown(value)}"
                break


def sql(text: str, types: Mapping[str, str], expressions: Mapping[str, str] = {}, written: Collection[str] = ()) -> str:
    """The SQL test of a filter for a file whose columns have these types. Raises Undecided.

    `expressions` read columns as their types, where that is more than their names; columns that are `written` as text
    compare with texts as they are.
    """
    condition = parse(text)
    if lost := [column for column in columns(condition) if column not in types]:
        known = {column.casefold(): column for column in types}
        (near,) = difflib.get_close_matches(lost[0].casefold(), known, n=1, cutoff=0.0)
        raise Undecided(f"`where` names column {lost[0]!r}, which is not there; the nearest is {known[near]!r}")
    return partial_sql(condition, types, expressions, written)


def partial_sql(
    condition: Condition, types: Mapping[str, str], expressions: Mapping[str, str] = {}, written: Collection[str] = ()
) -> str:
    """As `sql`, where a test of a column that is not among these is neither true nor false. Raises Undecided."""
    if fault := next(type_faults(condition, types, written), ""):
        raise Undecided(fault)
    return _sql(condition, types, expressions, written)


def _type(test: Test, types: Mapping[str, str], written: Collection[str]) -> str:
    """The type in which a column compares with the values of a test."""
    texts = [isinstance(value, str) for value in values_of(test)]
    return "VARCHAR" if test.column in written and texts and all(texts) else types.get(test.column, "")


def _fits(value: Value, kind: str) -> bool:
    if isinstance(value, str):
        return kind == "text" or (kind == "time" and _instant(value) is not None)
    return kind == ("boolean" if isinstance(value, bool) else "number")


def _instant(text: str) -> datetime | None:
    """A date, or a timestamp, in UTC: one without a zone is taken to be in UTC."""
    if not re.fullmatch(PATTERNS["timestamp"], text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)[:SHOWN] if isinstance(value, str) else f"the number {value:g}"


def _sql(
    condition: Condition, types: Mapping[str, str], expressions: Mapping[str, str], written: Collection[str]
) -> str:
    if isinstance(condition, Joined):
        parts = (_sql(part, types, expressions, written) for part in condition.parts)
        return "(" + f" {condition.word.upper()} ".join(parts) + ")"
    if isinstance(condition, Not):
        return f"(NOT {_sql(condition.of, types, expressions, written)})"
    if condition.column not in types:
        return "CAST(NULL AS BOOLEAN)"
    type, column = _type(condition, types, written), identifier(condition.column)
    as_text = type == "VARCHAR" and condition.column in written
    return _test(condition, column if as_text else expressions.get(condition.column, column), type)


def _test(test: Test, column: str, type: str) -> str:
    if type in FLOATS:
        return _float_test(test, f"CAST({column} AS DOUBLE)", type)
    if isinstance(test, Empty):
        return f"({column} IS NULL)"
    if comparison_kind(type) == "number":
        return _exact_test(test, column, type)
    written = _written_time if comparison_kind(type) == "time" else _written
    column = f"timezone('UTC', {column})" if type == "TIMESTAMP WITH TIME ZONE" else column
    if isinstance(test, Among):
        return f"({column} IN ({', '.join(map(written, test.values))}))"
    return f"({column} {test.operator} {written(test.value)})"


def _float_test(test: Test, column: str, type: str) -> str:
    """A test of a floating-point column: a value is rounded to the column's own type, and NaN is empty."""
    if isinstance(test, Empty):
        return f"({column} IS NULL OR NOT {_present(column)})"
    if isinstance(test, Among):
        comparison = f"{column} IN ({', '.join(number(nearest(float(value), type)) for value in test.values)})"
    else:
        comparison = f"{column} {test.operator} {number(nearest(float(test.value), type))}"
    return f"(CASE WHEN {_present(column)} THEN {comparison} END)"


def _exact_test(test: Compares | Among, column: str, type: str) -> str:
    """A test of an integer or a decimal column, by the digits of the value as it is written."""
    if isinstance(test, Among):
        return "(" + " OR ".join(_exact_comparison(column, "=", value, type) for value in test.values) + ")"
    return _exact_comparison(column, test.operator, test.value, type)


def _exact_comparison(column: str, operator: str, value: Value, type: str) -> str:
    """A value between two numbers of the type equals none of them, and has the same ones below it as the next one."""
    written = Decimal(repr(value))
    precision, scale = decimal_digits(type) if is_decimal(type) else (LONGEST, 0)
    rounding = ROUND_FLOOR if operator in ("<=", ">") else ROUND_CEILING
    rounded = written.quantize(Decimal(1).scaleb(-scale), rounding, Context(prec=MAX_DIGITS))
    if operator in ("=", "!=") and rounded != written:
        return f"(CASE WHEN {column} IS NOT NULL THEN {operator == '!='} END)"
    if abs(rounded) >= Decimal(1).scaleb(precision - scale):
        larger = operator in ("<", "<=") if rounded > 0 else operator in (">", ">=")
        return f"(CASE WHEN {column} IS NOT NULL THEN {larger or operator == '!='} END)"
    return f"({column} {operator} {exact_number(rounded, scale)})"


def _present(column: str) -> str:
    """A test that is false for NaN, which DuckDB takes for the greatest number.

    Neither `isnan` nor `= NaN` is one: DuckDB answers both from the statistics of a Parquet file, which leave NaN out.
    """
    return f"(isfinite({column}) OR {column} IN ({number(math.inf)}, {number(-math.inf)}))"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return literal(str(value))


def _written_time(value: Value) -> str:
    return f"CAST({literal(str(_instant(str(value))))} AS TIMESTAMP)"
