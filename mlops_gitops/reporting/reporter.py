"""What an output format is."""

from __future__ import annotations

from collections.abc import Callable
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
    """One output format."""

    id: str
    summary: str
    render: Callable[[Report, Screen], str]
