"""Counts: a smooth function of how often each label met each prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.plugins import load
from mlops_gitops.metrics.aggregates import BASELINE, Array, Cells, Comparison
from mlops_gitops.statistics.estimate import Estimate

MOST = 200  # classes: with more, a label is a quantity
STEP = 1e-30
DIGITS = 9  # of an influence: those that differ by less are the same, computed twice


@frozen
class Counts:
    """`measure` takes the confusion matrix (counts, label × prediction, the classes that occur) and gives the metric.

    None where it is undefined. It must not change when all counts are multiplied by one number, and use arithmetic and
    roots alone: its slopes are taken by complex steps (Squire and Trapp, SIAM Review 40 (1998) 110-112), and by
    Euler's theorem they are then the influence of a row, with mean 0.
    """

    measure: Callable[[Array], Any]
    averaged: str = ""  # what the shares of single classes, which it averages, are taken over: label, prediction, class
    two: bool = False  # the matrix of a binary metric is of the negative and the positive class, whatever occurs
    span: tuple[float, float] = (0.0, 1.0)
    group_by = ("label", "prediction")
    terms: tuple[str, ...] = ()
    intervals = ("delta",)

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool) -> dict[str, str]:
        """Nothing but how often each combination occurs, and which classes are the positive one."""
        names = ("positive", "predicted", *([f"{BASELINE}predicted"] if paired else []))
        return {name: f"any_value({name})" for name in names} if binary else {}

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """Nothing: rows are always counted."""
        return {}

    def value(self, cells: Cells) -> float | None:
        """The metric, None where it is undefined. Raises Undecided for more classes than a matrix should have."""
        found = self.measure(self._matrix(cells)[0])
        return None if found is None else float(found)

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with bounds."""
        value = self.value(cells)
        if value is None:
            return None
        psi = self._influence(cells)
        groups = _rarest(cells) | self._scattered(psi, cells)
        delta = load("statistics.intervals", "delta", "INTERVAL").estimate
        its: Estimate = delta(value, psi, cells.rows, cells.cluster, span=self.span, groups=groups)
        return its

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values, and bounds of the difference."""
        ours, theirs = self.value(cells), self.value(cells.baseline_side())
        if ours is None or theirs is None:
            return None
        if not bounds:
            return Comparison(ours, theirs, None)
        before = cells.baseline_side()
        one, other = self._influence(cells), self._influence(before)
        psi = one - other
        width = self.span[1] - self.span[0]
        sides = self._scattered(one, cells), self._scattered(other, before)
        changed = self._scattered(psi, cells) if self.averaged == "label" else {}
        groups = _rarest(cells) | {
            name: max(changed.get(name, 0), min(n, sides[1][name])) for name, n in sides[0].items()
        }
        delta = load("statistics.intervals", "delta", "INTERVAL").estimate
        its = delta(ours - theirs, psi, cells.rows, cells.cluster, span=(-width, width), groups=groups)
        return Comparison(ours, theirs, its)

    def _scattered(self, psi: Array, cells: Cells) -> dict[str, int]:
        """The rows of a class that are not as most of it, in the class that has the fewest.

        A class whose rows are all right has a share without any scatter, however few they are; averaged with the
        shares of others, it would pass for certain. Rows of a class are those of its label or of its prediction, or
        with `class` those of either. Of a change, rows that changed will do as well where a class has the same rows
        on both sides; where it has others, each side's share scatters for itself.
        """
        import numpy as np

        if not self.averaged:
            return {}
        names = ("label", "prediction") if self.averaged == "class" else (self.averaged,)
        fewest = []
        for code in np.unique(np.concatenate([cells[name] for name in names])):
            own = np.any([cells[name] == code for name in names], axis=0)
            rows = cells.rows[own]
            _, alike = np.unique(psi[own].round(DIGITS), return_inverse=True)
            fewest.append(int(rows.sum() - np.bincount(alike, weights=rows).max()))
        return {f"rows that differ from most of their {self.averaged}": min(fewest)}

    def _influence(self, cells: Cells) -> Array:
        import numpy as np

        matrix, labels, predictions = self._matrix(cells)
        slopes = np.zeros_like(matrix)
        stepped = matrix.astype(complex)
        for at in zip(*np.nonzero(matrix), strict=True):
            stepped[at] += STEP * 1j
            slopes[at] = self.measure(stepped).imag / STEP
            stepped[at] = matrix[at]
        influence: Array = slopes[labels, predictions] * cells.n
        return influence

    def _matrix(self, cells: Cells) -> tuple[Array, Array, Array]:
        """The counts as floats, and each cell's row and column in them."""
        import numpy as np

        both = np.concatenate([cells["label"], cells["prediction"]])
        classes, codes = (np.arange(2), both) if self.two else np.unique(both, return_inverse=True)
        if len(classes) > MOST:
            raise Undecided(f"there are {len(classes):,} classes, and a confusion matrix holds at most {MOST}")
        labels, predictions = codes[: len(cells["label"])], codes[len(cells["label"]) :]
        matrix = np.zeros((len(classes), len(classes)))
        np.add.at(matrix, (labels, predictions), cells.rows)
        return matrix, labels, predictions


def margins(matrix: Array) -> tuple[Array, Array, Array]:
    """Of each class: how often it was predicted rightly, how often it is a label, and how often it was predicted."""
    return matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)


def _rarest(cells: Cells) -> dict[str, int]:
    import numpy as np

    counted = np.bincount(cells["label"], weights=cells.rows)
    return {"rows of the rarest label": int(counted[counted > 0].min())}
