"""What an interval method is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlops_gitops.core.frozen import frozen

if TYPE_CHECKING:
    from mlops_gitops.statistics.estimate import Estimate


@frozen
class Interval:
    """One method of confidence bounds.

    `estimate` takes what its docstring says and returns an `Estimate`; `range` says in words where the simulations
    support the method, as the list of metrics and docs/explanation/statistics.md show it.
    """

    id: str
    summary: str
    source: str
    range: str
    estimate: Callable[..., Estimate]
