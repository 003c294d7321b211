"""What an engine of measurement is: what it is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from mlops_gitops.core.frozen import frozen
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mlops_gitops.metrics.aggregates import Array
    from mlops_gitops.records.kpis import Gate


@frozen
class MeasurementRequest:
    """What is asked of the data: a metric, and the gate that says with which bounds, beside what and in which groups.

    `better` is the direction, where anything says which.
    """

    metric: Metric
    gate: Gate | None = None
    better: str | None = None


class Engine(Protocol):
    """Counts and sums over prediction files; it never judges."""

    def columns(self, path: str, file_format: str) -> Mapping[str, str]:
        """Column names and types of a file. Raises Undecided."""

    def open(
        self,
        files: Mapping[str, tuple[str, str]],
        only: Mapping[str, Collection[str]] = {},
        known: Mapping[str, Mapping[str, str]] = {},
    ) -> AbstractContextManager[Session]:
        """A session over `files` (view name → path, format) and nothing else. Raises Undecided, whatever fails.

        Of a view that `only` names, these columns are enough; of one that is `known`, `columns` was asked before.
        """


class Session(Protocol):
    """Queries over the views of a few files; it ends by forgetting all it made."""

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query."""

    def arrays(self, query: str) -> dict[str, Array]:
        """The columns of a query as numpy arrays, masked where they hold NULL."""

    def keep(self, name: str, query: str, *, table: bool = True) -> None:
        """The result of a query under a name: as a table, or as a view that is computed when it is asked."""
