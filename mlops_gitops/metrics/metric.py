"""The doors of what measures: metrics and their forms, interval methods, and the engines that count for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from mlops_gitops.core.frozen import frozen

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Cells, Comparison
    from mlops_gitops.statistics.estimate import Estimate


class Form(Protocol):
    """How a metric is computed: what an engine counts for it, and how value and bounds follow from the counts."""

    @property
    def intervals(self) -> tuple[str, ...]:
        """The interval methods that decide, the first for a plain value; none where there are no bounds."""

    @property
    def group_by(self) -> tuple[str, ...] | None:
        """The canonical columns that rows are counted by; None where every row is needed."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Quantities of a row, in SQL over the canonical columns, that sums are taken of."""

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool) -> dict[str, str]:
        """The aggregates it needs, by the columns of its cells."""

    def row_columns(self, *, paired: bool) -> dict[str, str]:
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
    build: Callable[[str], Metric]
    members: tuple[str, ...]

    def listed_metrics(self) -> tuple[Metric, ...]:
        """The members that are listed."""
        return tuple(self.build(member) for member in self.members)
