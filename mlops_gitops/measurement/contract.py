"""The interface of a measurement engine: the request, the engine and its session."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mlops_gitops.metrics.aggregates import Array
    from mlops_gitops.records.gate import Gate


@frozen
class MeasurementRequest:
    """A metric to measure, and the gate that sets its confidence, its baseline and its slices.

    `better` is `higher` or `lower`; None where neither the metric nor the KPI says which. With `stand_ins`, labelled
    rows of a like score stand in for those without a label; else these are left out.
    """

    metric: Metric
    gate: Gate | None = None
    better: str | None = None
    stand_ins: bool = False


Requests: TypeAlias = Mapping[str, MeasurementRequest]  # by a name of the caller's


class Engine(Protocol):
    """Counts and sums over prediction files; it makes no decision."""

    def columns(self, path: str, file_format: str) -> Mapping[str, str]:
        """Column names and types of a file. Raises Undecided."""

    def connect(
        self, files: Mapping[str, tuple[str, str]], *, memory: int | None = None, into: str | None = None
    ) -> AbstractContextManager[Session]:
        """A session that may load `files` (view name → path, format) and nothing else. Raises Undecided.

        What takes more than `memory` bytes spills to disk; None is the engine's own limit. It may write into the folder
        `into`, where there is one.
        """

    def open(self, files: Mapping[str, tuple[str, str]]) -> AbstractContextManager[Session]:
        """A session that has loaded `files`. Raises Undecided, whatever fails."""


class Session(Protocol):
    """Queries over the views of a few files; it ends by forgetting all it made."""

    def columns(self, view: str, *, header: bool = False) -> Mapping[str, str]:
        """Column names and types of a file; in CSV all are text. Raises Undecided with why it cannot be read.

        With `header` no row of a CSV file is read for it: what is wrong with one is raised by the first query.
        """

    def load(
        self, view: str, types: Mapping[str, str], only: Collection[str] | None = None, *, stream: bool = False
    ) -> None:
        """Makes the view of a file whose columns have these types; of `only` these columns, where some are named.

        A CSV file is parsed once, into a table that spills to disk, or where it is to `stream` by each query. A Parquet
        file is read as each query needs it.
        """

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query, each as column name → Python value. Raises the engine's own error."""

    def arrays(self, query: str) -> dict[str, Array]:
        """The columns of a query as numpy arrays of shape (rows,), masked where they hold NULL.

        Raises the engine's own error, which `open` turns into Undecided.
        """

    def write(self, query: str, path: str, file_format: str) -> None:
        """The result of a query as a file of its own; equal results of one engine are equal bytes if it is ordered.

        Raises the engine's own error.
        """

    def keep(self, name: str, query: str, *, table: bool = True) -> None:
        """The result of a query under a name: as a table, or as a view that each query computes again."""
