"""Tables: of a report, and of a data file's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from mlops_gitops.core.frozen import frozen

Columns: TypeAlias = Mapping[str, Sequence[str]]  # column → its first values, as text


@frozen
class Table:
    """Rows to show; every cell is text. The first columns matter most: in a narrow terminal the last fold below."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
