"""Shares: rows that hit over rows that count, so that exact tests of a proportion decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.metrics.aggregates import Array, Cells, Comparison
from mlops_gitops.metrics.forms.class_counts import ByClass
from mlops_gitops.metrics.forms.discordance import Measure, class_discordance, may_be_few
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influences import Influences

STEP = 1e-30


def _identity(share: Any) -> Any:
    return share


@frozen
class Share(ByClass):
    """The share of the rows that are `counted` that `hit`; both take labels and predictions and return booleans.

    They are arrays of shape (cells,). `transform` makes the metric of the share: an increasing function on [0, 1], by
    arithmetic alone, since its slope is taken by a complex step (Squire and Trapp, SIAM Review 40 (1998) 110-112).
    """

    hit: Callable[[Array, Array], Array]
    counted: Callable[[Array, Array], Array]
    transform: Callable[[Any], Any] = _identity
    intervals = ("clopper_pearson", "korn_graubard", "tango", "delta", "discordant")

    def value(self, cells: Cells) -> float | None:
        """The metric, None where no row is counted."""
        hits, rows = self._counts(cells)
        return float(self.transform(hits.sum() / rows.sum())) if rows.sum() else None

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with bounds: exact, or with an effective number of rows where they are clustered.

        None where no row is counted.
        """
        hits, rows = self._counts(cells)
        if not rows.sum():
            return None
        if cells.cluster is None:
            from mlops_gitops.statistics.intervals.clopper_pearson import clopper_pearson_interval

            return self._transformed(clopper_pearson_interval(float(hits.sum()), float(rows.sum())))
        from mlops_gitops.statistics.intervals.korn_graubard import korn_graubard_interval

        cluster = cells.cluster
        return self._transformed(korn_graubard_interval(_cluster_sums(cluster, hits), _cluster_sums(cluster, rows)))

    def value_influences(self, cells: Cells) -> Influences:
        """The influences of rows on the value, which these cells have."""
        return Influences(self.influence(cells), cells.rows, cells.cluster)

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values, and bounds of the difference: by Tango where the same rows count for both, else by delta.

        None where no row is counted on either side.
        """
        candidate, baseline = self.value(cells), self.value(cells.baseline_side())
        if candidate is None or baseline is None:
            return None
        return Comparison(candidate, baseline, self._change(cells, candidate - baseline) if bounds else None)

    def _change(self, cells: Cells, difference: float) -> Estimate:
        import numpy as np

        (hits, rows), (old_hits, old_rows) = self._counts(cells), self._counts(cells.baseline_side())
        if cells.cluster is None and self.transform is _identity and bool((rows == old_rows).all()):
            from mlops_gitops.statistics.intervals.tango import tango_interval

            gained, lost = ((after - before).clip(min=0) for after, before in ((hits, old_hits), (old_hits, hits)))
            return tango_interval(int(gained.sum()), int(lost.sum()), int(rows.sum()))
        from mlops_gitops.statistics.intervals.delta import delta_interval

        change = self.influence(cells) - self.influence(cells.baseline_side())
        groups = {"rows that count": int(min(rows.sum(), old_rows.sum()))}
        if (rows != old_rows).any():
            # Of shares of other rows each needs rows that deviate: where nearly all rows of a side hit, nothing shows
            # how much its share varies.
            sides = (hits, rows - hits, old_hits, old_rows - old_hits)
            groups["rows that differ from most that count"] = int(min(side.sum() for side in sides))
        smooth = delta_interval(difference, Influences(change, cells.rows, cells.cluster), (-1.0, 1.0), groups)
        if not may_be_few(smooth):
            return smooth
        before = cells.baseline_side()
        classes = np.unique(np.concatenate([cells["label"], cells["prediction"], before["prediction"], np.arange(2)]))
        matrices = _matrix(cells, classes), _matrix(before, classes)
        found = class_discordance(self._on_matrix(classes), matrices, change, cells)
        return found.instead_of(smooth, cells, (-1.0, 1.0))

    def _on_matrix(self, classes: Array) -> Measure:
        """The metric of a confusion matrix of these classes."""
        import numpy as np

        label, prediction = np.meshgrid(classes, classes, indexing="ij")
        counted = self.counted(label, prediction)
        hit = counted & self.hit(label, prediction)

        def measure(matrix: Array) -> Any:
            rows = (matrix * counted).sum()
            return None if rows.real == 0 else self.transform((matrix * hit).sum() / rows)

        return measure

    def _counts(self, cells: Cells) -> tuple[Array, Array]:
        """In each cell the rows that hit, and those that are counted."""
        counted = self.counted(cells["label"], cells["prediction"])
        return cells.rows * (counted & self.hit(cells["label"], cells["prediction"])), cells.rows * counted

    def influence(self, cells: Cells) -> Array:
        """The influence of a row of each cell, in the unit of the metric: float64 of shape (cells,)."""
        counted = self.counted(cells["label"], cells["prediction"])
        hit = counted & self.hit(cells["label"], cells["prediction"])
        hits, rows = (cells.rows * hit).sum(), (cells.rows * counted).sum()
        share = hits / rows
        slope = self.transform(share + STEP * 1j).imag / STEP
        influence: Array = slope * (hit - share * counted) * cells.n / rows
        return influence

    def _transformed(self, share: Estimate) -> Estimate:
        if self.transform is _identity:
            return share
        return replace(
            share,
            value=float(self.transform(share.value)),
            lower=lambda alpha: float(self.transform(share.lower(alpha))),
            upper=lambda alpha: float(self.transform(share.upper(alpha))),
        )


def _matrix(cells: Cells, classes: Array) -> Array:
    """How many rows have each label and prediction: of shape (classes, classes)."""
    import numpy as np

    matrix = np.zeros((len(classes), len(classes)))
    np.add.at(matrix, tuple(np.searchsorted(classes, cells[name]) for name in ("label", "prediction")), cells.rows)
    return matrix


def _cluster_sums(cluster: Array, values: Array) -> Array:
    import numpy as np

    _, number = np.unique(cluster, return_inverse=True)
    return np.bincount(number, weights=values)
