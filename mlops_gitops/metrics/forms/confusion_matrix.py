"""Counts: a smooth function of how often each label met each prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.metrics.aggregates import Array, Cells, Comparison
from mlops_gitops.metrics.forms.class_counts import ByClass
from mlops_gitops.metrics.forms.discordance import class_discordance, matrix_slopes, may_be_few
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influences import Influences

MOST_CLASSES = 200  # with more, a label is a quantity
DIGITS = 9  # of an influence: those that differ by less are the same, computed twice


@frozen
class Counts(ByClass):
    """`measure` takes the confusion matrix (counts, label × prediction, the classes that occur) and returns the metric.

    The matrix is float64 or complex128 of shape (classes, classes); the result is a number, or None where the metric is
    undefined. It must not change when all counts are multiplied by one number, and use arithmetic and roots alone: its
    slopes are taken by complex steps (Squire and Trapp, SIAM Review 40 (1998) 110-112), and by Euler's theorem they are
    then the influence of a row, with mean 0. `span` is the range of the metric, in its unit.
    """

    measure: Callable[[Array], Any]
    averaged: str = ""  # what the shares of single classes, which it averages, are taken over: label, prediction, class
    macro: bool = False  # all classes count alike, however rare
    binary: bool = False  # the matrix is of the negative and the positive class, whatever occurs
    span: tuple[float, float] = (0.0, 1.0)
    intervals = ("delta", "discordant")

    def value(self, cells: Cells) -> float | None:
        """The metric, None where it is undefined. Raises Undecided for more classes than a matrix should have."""
        value = self.measure(self._matrix(cells)[0])
        return None if value is None else float(value)

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with bounds by delta, None where it is undefined. Raises Undecided as `value` does."""
        from mlops_gitops.statistics.intervals.delta import delta_interval

        value = self.value(cells)
        if value is None:
            return None
        influence = self.influence(cells)
        groups = self._rarest_label(cells) | self.deviating_rows(influence, cells)
        return delta_interval(value, Influences(influence, cells.rows, cells.cluster), self.span, groups)

    def value_influences(self, cells: Cells) -> Influences:
        """The influences of rows on the value, which these cells have."""
        return Influences(self.influence(cells), cells.rows, cells.cluster)

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values, and bounds of the difference by delta; None where either is undefined. Raises Undecided."""
        candidate, baseline = self.value(cells), self.value(cells.baseline_side())
        if candidate is None or baseline is None:
            return None
        return Comparison(candidate, baseline, self._change(cells, candidate - baseline) if bounds else None)

    def _change(self, cells: Cells, difference: float) -> Estimate:
        from mlops_gitops.statistics.intervals.delta import delta_interval

        before = cells.baseline_side()
        candidate, baseline = self.influence(cells), self.influence(before)
        change = candidate - baseline
        sides = self.deviating_rows(candidate, cells), self.deviating_rows(baseline, before)
        changed = self.deviating_rows(change, cells) if self.averaged == "label" else {}
        groups = {name: max(changed.get(name, 0), min(n, sides[1][name])) for name, n in sides[0].items()}
        width = self.span[1] - self.span[0]
        influences, span = Influences(change, cells.rows, cells.cluster), (-width, width)
        smooth = delta_interval(difference, influences, span, self._rarest_label(cells) | groups)
        if not may_be_few(smooth):
            return smooth
        matrices = self._matrix(cells)[0], self._matrix(before)[0]
        return class_discordance(self.measure, matrices, change, cells).instead_of(smooth, cells, span)

    def deviating_rows(self, influence: Array, cells: Cells) -> dict[str, int]:
        """How many rows of a class are not as most of it, in the class that has the fewest; by the name of the group.

        A class whose rows are all right has a share without any variance, however few they are; averaged with the
        shares of others, it would pass for certain. Rows of a class are those of its label or of its prediction, or
        with `class` those of either. Of a change, rows that changed will do as well where a class has the same rows
        on both sides; where it has others, the share of each side needs rows that deviate.
        """
        import numpy as np

        if not self.averaged:
            return {}
        names = ("label", "prediction") if self.averaged == "class" else (self.averaged,)
        fewest = []
        for code in np.unique(np.concatenate([cells[name] for name in names])):
            members = np.any([cells[name] == code for name in names], axis=0)
            rows = cells.rows[members]
            _, alike = np.unique(influence[members].round(DIGITS), return_inverse=True)
            fewest.append(int(rows.sum() - np.bincount(alike, weights=rows).max()))
        return {f"rows that differ from most of their {self.averaged}": min(fewest)}

    def _rarest_label(self, cells: Cells) -> dict[str, int]:
        """Of a macro average, in which a class of few rows counts as much as any; elsewhere its rows weigh little."""
        import numpy as np

        if not self.macro:
            return {}
        counts = np.bincount(cells["label"], weights=cells.rows)
        return {"rows of the rarest label": int(counts[counts > 0].min())}

    def influence(self, cells: Cells) -> Array:
        """The influence of a row of each cell, in the unit of the metric: float64 of shape (cells,)."""
        import numpy as np

        matrix, labels, predictions = self._matrix(cells)
        slopes = matrix_slopes(self.measure, matrix, zip(*np.nonzero(matrix), strict=True))
        influence: Array = slopes[labels, predictions] * cells.n
        return influence

    def _matrix(self, cells: Cells) -> tuple[Array, Array, Array]:
        """The counts as floats, and each cell's row and column in them."""
        import numpy as np

        both = np.concatenate([cells["label"], cells["prediction"]])
        classes, codes = (np.arange(2), both) if self.binary else np.unique(both, return_inverse=True)
        if len(classes) > MOST_CLASSES:
            raise Undecided(f"there are {len(classes):,} classes, and a confusion matrix holds at most {MOST_CLASSES}")
        labels, predictions = codes[: len(cells["label"])], codes[len(cells["label"]) :]
        matrix = np.zeros((len(classes), len(classes)))
        np.add.at(matrix, (labels, predictions), cells.rows)
        return matrix, labels, predictions


def margins(matrix: Array) -> tuple[Array, Array, Array]:
    """For each class, how many rows are predicted rightly, have it as label, and are predicted as it: (classes,)."""
    return matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
