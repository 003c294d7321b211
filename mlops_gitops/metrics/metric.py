"""The interfaces of what measures: metrics, the forms that compute them, and families of metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from mlops_gitops.core.frozen import frozen

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Cells, Comparison
    from mlops_gitops.statistics.estimate import Estimate
    from mlops_gitops.statistics.influences import Influences


class Form(Protocol):
    """How a metric is computed: what an engine counts for it, and how value and bounds follow from the counts."""

    @property
    def intervals(self) -> tuple[str, ...]:
        """The ids of the interval methods that decide, the first for a plain value; none where there are no bounds."""

    @property
    def group_by(self) -> tuple[str, ...] | None:
        """The canonical columns that rows are counted by; None where every row is needed."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Quantities of a row, in SQL over the canonical columns, that sums are taken of."""

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool, bounds: bool) -> dict[str, str]:
        """The SQL aggregates over the rows of a cell, by the columns of `Cells` that hold them.

        `{0}`, `{1}`, … stand for the terms of the candidate, `{before_0}`, … for those of the baseline where rows are
        `paired`. A `binary` metric has the columns `positive` and `predicted`; `clustered` rows are counted by cluster.
        Without `bounds` a value alone is wanted.
        """

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """The SQL of what it needs of every single row, by column, where rows are not counted."""

    def value(self, cells: Cells) -> float | None:
        """The metric of these rows, None where it is undefined. Raises Undecided where it cannot be computed."""

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with its bounds, None where it is undefined. Raises Undecided where it cannot be computed."""

    def weighted_value(self, parts: Sequence[tuple[float, Cells]]) -> float | None:
        """The metric of several parts, each row of a part counting as often as its weight says.

        None where it is undefined, or cannot be made of parts. Raises Undecided as `value` does.
        """

    def value_influences(self, cells: Cells) -> Influences | None:
        """The influences of rows on the value, which these cells have; None where chance makes it too high.

        Raises Undecided where they cannot be computed.
        """

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values of paired rows and, with `bounds`, those of the difference; None where either is undefined.

        Raises Undecided where a value cannot be computed.
        """


@frozen
class Metric:
    """One metric that a KPI may name: the columns it is defined over, and the form that computes it.

    The columns that it `needs` are `label`, `prediction`, `score` and `scores`. A `binary` metric is one of the classes
    `positive` (the label is the positive class) and `predicted` (the prediction is). A `numeric` metric takes label and
    prediction as quantities, a `probabilistic` one the score as a probability. `better` is "higher", "lower" or None;
    `range` holds every value, `undefined` says where there is none, `examples` are columns with the value of their
    rows.
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
    """Metrics that share a definition and differ by a number or a name.

    `build` makes the metric of what `takes` describes, which is written after a colon as in `f_beta:2`, or raises
    Error. Where `takes` is empty, each of `members` is the id of a metric by itself. `members` are those that are
    listed.
    """

    id: str
    takes: str
    build: Callable[[str], Metric]
    members: tuple[str, ...]

    def listed_metrics(self) -> tuple[Metric, ...]:
        """The members that are listed."""
        return tuple(self.build(member) for member in self.members)
