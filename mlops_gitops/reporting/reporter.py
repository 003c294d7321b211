"""What an output format is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlops_gitops.core.frozen import frozen

if TYPE_CHECKING:
    from mlops_gitops.reporting.report import Report


@frozen
class Reporter:
    """One output format."""

    id: str
    summary: str
    render: Callable[[Report, bool], str]  # (report, colour) → text
