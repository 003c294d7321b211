"""The types of columns, as DuckDB names them: how values compare, and which numbers a type can hold.

`FLOAT16` is half precision in Parquet, which DuckDB widens to FLOAT. An empty type is one that is not known.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

# The floating-point types, the narrowest first: the code of `struct`, and the machine epsilon as numpy has it.
FLOATS = {"FLOAT16": ("e", 2.0**-10), "FLOAT": ("f", 2.0**-23), "DOUBLE": ("d", 2.0**-52)}
INTEGERS = frozenset(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"))
NAMED_KINDS = {"BOOLEAN": "boolean", "VARCHAR": "text", "": ""}
_HALF = "pow(2, greatest(floor(log2(abs({0}))), -14) - 10)"  # the step between two numbers of half precision


def comparison_kind(type: str) -> str:
    """How the values of a type compare: as `number`, `boolean`, `text`, `time`, not at all (`nested`), or otherwise.

    Empty where the type is not known.
    """
    if type.endswith("]") or type.startswith(("STRUCT", "MAP", "UNION", "VARIANT")):
        return "nested"
    if type in FLOATS or is_integer(type) or is_decimal(type):
        return "number"
    if type == "DATE" or type.startswith("TIMESTAMP"):
        return "time"
    return NAMED_KINDS.get(type, "other")


def is_integer(type: str) -> bool:
    """Whether a type holds whole numbers only."""
    return type.removeprefix("U") in INTEGERS


def is_decimal(type: str) -> bool:
    """Whether a type is DECIMAL(precision,scale)."""
    return type.startswith("DECIMAL(") and not type.endswith("]")


def key_kind(type: str) -> str:
    """What keys of a type are: those of two kinds do not compare, unless one is text."""
    if type in FLOATS or type == "TIMESTAMP WITH TIME ZONE":
        return type
    named = {"integer": is_integer(type), "decimal": is_decimal(type), "timestamp": type.startswith("TIMESTAMP")}
    return next((kind for kind, holds in named.items() if holds), type)


def decimal_digits(type: str) -> tuple[int, int]:
    """Precision and scale of a DECIMAL: how many digits, and how many of them after the point."""
    precision, scale = type.removeprefix("DECIMAL(").removesuffix(")").split(",")
    return int(precision), int(scale)


def nearest(value: float, type: str) -> float:
    """The number of a floating-point type that is nearest to a value; of any other type the value itself."""
    if type not in FLOATS:
        return value
    code = FLOATS[type][0]
    try:
        return float(struct.unpack(code, struct.pack(code, value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def epsilon(types: Iterable[str]) -> float:
    """The machine epsilon of an array that numpy makes of columns: of the widest type; exact types become double."""
    present = set(types)
    if not present <= FLOATS.keys():
        return FLOATS["DOUBLE"][1]
    return min(FLOATS[type][1] for type in present)


def narrowest_float(types: Iterable[str]) -> str:
    """The least precise floating-point type among some; empty where there is none."""
    present = set(types)
    return next((name for name in FLOATS if name in present), "")


def comparable_number(expression: str, type: str, narrowest: str) -> str:
    """SQL of a DOUBLE that compares with numbers of a narrower type: rounded to it, unless it is an integer."""
    if type == narrowest or narrowest in ("", "DOUBLE") or is_integer(type):
        return expression
    if narrowest == "FLOAT":
        return f"CAST(CAST({expression} AS FLOAT) AS DOUBLE)"
    step = _HALF.format(expression)
    return f"CASE WHEN {expression} = 0 THEN {expression} ELSE round_even({expression} / {step}, 0) * {step} END"
