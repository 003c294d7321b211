"""Pairs: metrics of a library that must see every row; they have a value and no bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.metrics.aggregates import BASELINE, Array, Cells, Comparison
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influences import Influences


@frozen
class Pairs:
    """`measure` takes the truth and the model's output, row by row; it returns None where the metric is undefined.

    Both are arrays of shape (rows,), selected by `truth` and `output`: SQL over the canonical columns.
    """

    truth: str
    output: str
    measure: Callable[[Array, Array], float | None]
    intervals: tuple[str, ...] = ()
    group_by = None
    terms: tuple[str, ...] = ()

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool, bounds: bool) -> dict[str, str]:
        """Nothing: every row is needed."""
        return {}

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """The columns themselves."""
        columns = {"truth": self.truth, "output": self.output}
        if not paired:
            return columns
        baseline = re.sub("score|predicted|prediction", lambda name: BASELINE + name[0], self.output)
        return columns | {f"{BASELINE}output": baseline}

    def value(self, cells: Cells) -> float | None:
        """The metric, None where it is undefined. Raises Undecided where the library cannot compute it."""
        return self.measure(cells["truth"], cells["output"])

    def weighted_value(self, parts: Sequence[tuple[float, Cells]]) -> float | None:
        """None: the library takes each row once."""
        return None

    def estimate(self, cells: Cells) -> Estimate | None:
        """Never called, since a gate on such a metric cannot have a confidence. Raises NotImplementedError."""
        raise NotImplementedError("a metric of this form has no bounds")

    def value_influences(self, cells: Cells) -> Influences | None:
        """None: no bounds are computed."""
        return None

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values, None where either is undefined; there are no bounds of the difference. Raises Undecided."""
        candidate, baseline = self.value(cells), self.value(cells.baseline_side())
        return None if candidate is None or baseline is None else Comparison(candidate, baseline, None)
