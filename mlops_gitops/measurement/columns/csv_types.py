"""The types of CSV columns, whose values are texts: a column is a number where all its values are, in the whole file.

Else it is a boolean where all its values are, else text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlops_gitops.measurement.sql import identifier, literal, select_list

# What is written with leading zeros is a code, such as 007, and no number.
NUMBER = r" *[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)? *| *[-+]?(?i:inf|infinity|nan) *"
INTEGER = r" *[-+]?(0|[1-9][0-9]*) *"
BOOLEANS = ("true", "t", "yes", "false", "f", "no")
DIGITS = {"BIGINT": 18, "HUGEINT": 37}  # that a type of whole numbers holds in any case, the smaller type first


def contents(view: str, columns: Iterable[str]) -> str:
    """One row: of each column how many values it has, how many are numbers, whole numbers or booleans, and the longest.

    Counts are named by the place of the column, as `0.values`.
    """
    counts = {"rows": "count(*)"}
    for place, column in enumerate(columns):
        name = identifier(column)
        counts |= {
            f"{place}.values": f"count({name})",
            f"{place}.numbers": f"count(*) FILTER (WHERE {matches(name, NUMBER)})",
            f"{place}.integers": _count(f"NOT contains({name}, '.')", matches(name, INTEGER)),
            f"{place}.booleans": _count(f"{name} >= 'A'", f"lower({name}) IN ({', '.join(map(literal, BOOLEANS))})"),
            f"{place}.longest": f"max(length({name}))",
        }
    return f"SELECT {select_list(counts)} FROM {identifier(view)}"


def _count(quick: str, test: str) -> str:
    """How many values meet a test; the `quick` one spares most others the time that it takes."""
    return f"count(*) FILTER (WHERE CASE WHEN {quick} THEN {test} ELSE false END)"


def matches(column: str, pattern: str) -> str:
    """The SQL test whether a text is of a pattern as a whole."""
    return f"regexp_full_match({column}, {literal(pattern)})"


def type_by_contents(counts: Mapping[str, Any], place: int) -> str:
    """The type that all values of a column have, by `contents`; of one without values a number."""
    names = ("values", "numbers", "integers", "booleans", "longest")
    values, numbers, integers, booleans, longest = (counts[f"{place}.{name}"] for name in names)
    if values and integers == values:
        return next((type for type, digits in DIGITS.items() if longest <= digits), "VARCHAR")
    return "DOUBLE" if numbers == values else "BOOLEAN" if booleans == values else "VARCHAR"
