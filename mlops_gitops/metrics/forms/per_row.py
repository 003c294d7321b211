"""Pairs: metrics of a library that must see every row; they have a value and no bounds."""

from __future__ import annotations

import re
from collections.abc import Callable

from mlops_gitops.core.frozen import frozen
from mlops_gitops.metrics.aggregates import BASELINE, Array, Cells, Comparison
from mlops_gitops.statistics.estimate import Estimate


@frozen
class Pairs:
    """`measure` takes what is true and what was given, row by row; None where the metric is undefined.

    `truth` and `given` are SQL over the canonical columns.
    """

    truth: str
    given: str
    measure: Callable[[Array, Array], float | None]
    intervals: tuple[str, ...] = ()
    group_by = None
    terms: tuple[str, ...] = ()

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool) -> dict[str, str]:
        """Nothing: every row is needed."""
        return {}

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """The columns themselves."""
        old = {f"{BASELINE}given": re.sub("score|predicted|prediction", lambda its: BASELINE + its[0], self.given)}
        return {"truth": self.truth, "given": self.given} | (old if paired else {})

    def value(self, cells: Cells) -> float | None:
        """The metric, None where it is undefined."""
        return self.measure(cells["truth"], cells["given"])

    def estimate(self, cells: Cells) -> Estimate | None:
        """Never asked: a gate on such a metric cannot have a confidence."""
        raise NotImplementedError("a metric of this form has no bounds")

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values; there are no bounds of the difference."""
        ours, theirs = self.value(cells), self.measure(cells["truth"], cells[f"{BASELINE}given"])
        return None if ours is None or theirs is None else Comparison(ours, theirs, None)
