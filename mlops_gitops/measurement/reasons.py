"""The words of reasons: columns, counts, values and declarations, each on one line and short."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mlops_gitops.measurement.rows import Rows

NAMED = 3  # classes a reason names at most
SHOWN = 40  # characters of each


def column_title(rows: Rows, meaning: str) -> str:
    """A column by its name and its file."""
    return f"column {rows.data.columns()[meaning]!r} of {rows.title}"


def counted(count: int, noun: str) -> str:
    """A number of things, such as `2 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(values: Sequence[Any]) -> str:
    """The first of some values."""
    shown = [repr(value)[:SHOWN] if isinstance(value, str) else f"{value:.12g}" for value in values]
    return ", ".join(shown[:NAMED]) + (", …" if len(shown) > NAMED else "")


def declaration(types: Mapping[str, str]) -> str:
    """The key of a data set that declares the types of columns."""
    plain = {name: name if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) else repr(name) for name in types}
    declared = ", ".join(f"{plain[name]}: {type}" for name, type in types.items())
    return f"`columns: {{{declared}}}`"
