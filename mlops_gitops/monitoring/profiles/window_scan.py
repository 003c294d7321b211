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
    the profile names, and `other` those of the `other_values` that it does not; of more than 10,000 their number is an
    estimate. `examples` are the most frequent of those that at least 20 rows share. `unread` are the rows whose value
    in a CSV file, or of a declared type, is not of the kind that the profile has.
    """

    rows: int
    nulls: int
    infinite: int = 0
    nan: int = 0
    counts: tuple[int, ...] = ()
    categories: Mapping[str, int] = {}
    other: int = 0
    other_values: int = 0
    examples: tuple[str, ...] = ()
    unread: int = 0


@frozen
class LimitScan:
    """The rows of a column with fixed limits: all, those without a value (NaN is none), and those that break a limit.

    `below` and `above` are those outside of `min` and `max`, `unlisted` those of no listed value, and `examples` the
    most frequent of such values that at least 20 rows share. `repeated` are the rows whose value another row has too.
    `fault` says why the column cannot be compared at all: it is missing, or its values are of another type.
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
    the window, such as number and category. `names` are all columns of the window.
    """

    rows: int
    columns: Mapping[str, ColumnScan]
    limited: Mapping[Held, LimitScan] = {}
    missing: tuple[str, ...] = ()
    retyped: Mapping[str, tuple[str, str]] = {}
    names: tuple[str, ...] = ()
