"""The doors of what measures: metrics and their forms, interval methods, and the engines that count for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from mlops_gitops.values import frozen

if TYPE_CHECKING:  # rules ask what a metric needs: what only its signatures name, no start pays for
    from contextlib import AbstractContextManager

    from mlops_gitops.cells import Array, Cells, Comparison
    from mlops_gitops.estimate import Estimate
    from mlops_gitops.records.kpis import Gate


class Form(Protocol):
    """How a metric is computed: what an engine counts for it, and how value and bounds follow from the counts."""

    @property
    def intervals(self) -> tuple[str, ...]:
        """The interval methods that decide, the first for a plain value; none where there are no bounds."""

    @property
    def by(self) -> tuple[str, ...] | None:
        """The canonical columns that rows are counted by; None where every row is needed."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Quantities of a row, in SQL over the canonical columns, that sums are taken of."""

    def counts(self, *, binary: bool, paired: bool, clustered: bool) -> dict[str, str]:
        """The aggregates it needs, by the columns of its cells."""

    def each(self, *, paired: bool) -> dict[str, str]:
        """What it needs of every single row, where rows are not counted."""

    def value(self, cells: Cells) -> float | None:
        """The metric of these rows, None where it is undefined. Raises Undecided."""

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with its bounds, None where it is undefined. Raises Undecided."""

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values of paired rows and, with `bounds`, those of the difference; None where either is undefined."""


@frozen
class Metric:
    """One KPI metric: what it is defined over, and its form, which computes it.

    The columns are `label`, `prediction`, `score` and, for a binary metric, `positive` (the label is the positive
    class) and `predicted` (the prediction is). A `numeric` metric takes label and prediction as quantities, a
    `probabilistic` one the score as a probability.
    """

    id: str
    summary: str
    source: str
    needs: frozenset[str]
    form: Form
    better: str | None
    range: tuple[float, float] = (float("-inf"), float("inf"))
    binary: bool = False
    numeric: bool = False
    probabilistic: bool = False
    undefined: str = "it is undefined for these rows"
    examples: tuple[tuple[Mapping[str, Sequence[Any]], float], ...] = ()


@frozen
class Family:
    """Metrics that share a definition and differ by a number or a name, written after a colon: `f_beta:2`.

    `named` makes the metric of what `takes` describes, or raises Error; `members` are those that are listed.
    """

    id: str
    takes: str
    named: Callable[[str], Metric]
    members: tuple[str, ...]

    def listed(self) -> tuple[Metric, ...]:
        """The members that are listed."""
        return tuple(self.named(member) for member in self.members)


@frozen
class Ask:
    """What is asked of the data: a metric, and the gate that says with which bounds, beside what and in which groups.

    `better` is the direction, where anything says which.
    """

    metric: Metric
    gate: Gate | None = None
    better: str | None = None


@frozen
class Interval:
    """One method of confidence bounds.

    `of` takes what its docstring says and returns an `Estimate`; `range` tells in words where the simulation supports
    it, as the list of metrics and docs/statistics.md show it.
    """

    id: str
    summary: str
    source: str
    range: str
    of: Callable[..., Estimate]


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
