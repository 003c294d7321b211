"""Names as quoted identifiers and values as quoted literals of SQL, here and nowhere else.

What a pull request writes in kpis.yaml never reaches the engine as SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a quoted SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def number(value: float) -> str:
    """A number as SQL; through a literal, since NaN and infinity have no other form."""
    return f"CAST({literal(repr(float(value)))} AS DOUBLE)"


def exact_number(value: Decimal, scale: int) -> str:
    """A decimal number as SQL, with `scale` digits after its point."""
    return f"CAST({literal(f'{value:f}')} AS {f'DECIMAL(38,{scale:d})' if scale else 'BIGINT'})"


def select_list(columns: Mapping[str, str]) -> str:
    """Expressions under their names, as a SELECT lists them."""
    return ", ".join(f"{expression} AS {identifier(name)}" for name, expression in columns.items())
