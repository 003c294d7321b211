"""What an output format is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mlops_gitops.core.frozen import frozen

if TYPE_CHECKING:
    from mlops_gitops.reporting.report import Report


@frozen
class Screen:
    """Where a report is printed: whether in colours, and how many columns of text a line may have."""

    colour: bool = False
    width: int = 100  # of a file, a pipe or a job's log


PLAIN = Screen()


@frozen
class Reporter:
    """One output format. `parts` has a blank line between each two, and makes none before it is asked for."""

    id: str
    summary: str
    render: Callable[[Report, Screen], str]
    parts: Callable[[Report, Screen], Iterator[str]] | None = None  # the same, to be printed one after the other
