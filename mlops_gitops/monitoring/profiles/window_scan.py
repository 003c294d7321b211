"""What one scan of a window counts: its columns in the bins of the profile, and the values that break a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from mlops_gitops.core.frozen import frozen

Held: TypeAlias = tuple[str, str]  # the id of the watch that has limits, and the column that it holds to them


@frozen
class ColumnScan:
    """A column of the window, counted as its profile is.

    `counts` are the rows of each bin of a column of numbers or dates. `categories` are the rows of each category that
    the profile names, and `other` those of all other values, `examples` a few of them.
    """

    rows: int
    nulls: int
    infinite: int = 0
    nan: int = 0
    counts: tuple[int, ...] = ()
    categories: Mapping[str, int] = {}
    other: int = 0
    examples: tuple[str, ...] = ()


@frozen
class LimitScan:
    """The rows of a column with fixed limits: all, those without a value (NaN is none), and those that break a limit.

    `below` and `above` are those outside of `min` and `max`, `unlisted` those of no listed value with a few `examples`,
    and `repeated` the rows whose value another row has too. `fault` says why the column cannot be compared at all: it
    is missing, or its type does not fit.
    """

    rows: int
    nulls: int
    below: int = 0
    above: int = 0
    unlisted: int = 0
    examples: tuple[str, ...] = ()
    repeated: int = 0
    fault: str = ""


@frozen
class WindowScan:
    """All that is counted of a window.

    `missing` columns of the profile are not in the window. `retyped` columns have the kind of the profile and that of
    the window, such as number and category.
    """

    rows: int
    columns: Mapping[str, ColumnScan]
    limited: Mapping[Held, LimitScan] = {}
    missing: tuple[str, ...] = ()
    retyped: Mapping[str, tuple[str, str]] = {}
