"""Shares: rows that hit over rows that count, so that exact tests of a proportion decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.plugins import load
from mlops_gitops.metrics.aggregates import BASELINE, Array, Cells, Comparison
from mlops_gitops.statistics.estimate import Estimate


def _itself(share: Any) -> Any:
    return share


@frozen
class Share:
    """Among the cells that are `of` it, those that `hit`; both take labels and predictions and give booleans.

    `turn` makes the metric of the share: an increasing function on [0, 1], by arithmetic alone, since its slope is
    taken by a complex step.
    """

    hit: Callable[[Array, Array], Array]
    of: Callable[[Array, Array], Array]
    turn: Callable[[Any], Any] = _itself
    group_by = ("label", "prediction")
    terms: tuple[str, ...] = ()
    intervals = ("clopper_pearson", "korn_graubard", "tango", "delta")

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool) -> dict[str, str]:
        """Nothing but how often each combination occurs, and which classes are the positive one."""
        names = ("positive", "predicted", *([f"{BASELINE}predicted"] if paired else []))
        return {name: f"any_value({name})" for name in names} if binary else {}

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """Nothing: rows are always counted."""
        return {}

    def value(self, cells: Cells) -> float | None:
        """The metric, None where no row counts."""
        hits, of = self._counts(cells)
        return float(self.turn(hits.sum() / of.sum())) if of.sum() else None

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with bounds: exact, or with an effective sample size where rows are clustered."""
        hits, of = self._counts(cells)
        if not of.sum():
            return None
        if cells.cluster is None:
            return self._turned(
                load("statistics.intervals", "clopper_pearson", "INTERVAL").estimate(float(hits.sum()), float(of.sum()))
            )
        totals = [_summed(cells.cluster, column) for column in (hits, of)]
        return self._turned(load("statistics.intervals", "korn_graubard", "INTERVAL").estimate(*totals))

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values, and bounds of the difference: by Tango where the same rows count for both, else by delta."""
        ours, theirs = self.value(cells), self.value(cells.baseline_side())
        if ours is None or theirs is None:
            return None
        return Comparison(ours, theirs, self._change(cells, ours - theirs) if bounds else None)

    def _change(self, cells: Cells, difference: float) -> Estimate:
        (hits, of), (before, base) = self._counts(cells), self._counts(cells.baseline_side())
        if cells.cluster is None and self.turn is _itself and bool((of == base).all()):
            gained, lost = int((hits - before).clip(min=0).sum()), int((before - hits).clip(min=0).sum())
            its: Estimate = load("statistics.intervals", "tango", "INTERVAL").estimate(gained, lost, int(of.sum()))
            return its
        psi = self._influence(cells) - self._influence(cells.baseline_side())
        groups = {"rows that count": int(min(of.sum(), base.sum()))}
        if (of != base).any():
            # Shares of other rows scatter each for itself; that of a side whose rows nearly all hit hides how much.
            sides = (hits, of - hits, before, base - before)
            groups["rows that differ from most that count"] = int(min(its.sum() for its in sides))
        delta = load("statistics.intervals", "delta", "INTERVAL").estimate
        changed: Estimate = delta(difference, psi, cells.rows, cells.cluster, span=(-1.0, 1.0), groups=groups)
        return changed

    def _counts(self, cells: Cells) -> tuple[Array, Array]:
        of = self.of(cells["label"], cells["prediction"])
        return cells.rows * (of & self.hit(cells["label"], cells["prediction"])), cells.rows * of

    def _influence(self, cells: Cells) -> Array:
        of = self.of(cells["label"], cells["prediction"])
        hit = of & self.hit(cells["label"], cells["prediction"])
        hits, counted = (cells.rows * hit).sum(), (cells.rows * of).sum()
        share = hits / counted
        slope = self.turn(share + 1e-30j).imag / 1e-30
        psi: Array = slope * (hit - share * of) * cells.n / counted
        return psi

    def _turned(self, its: Estimate) -> Estimate:
        if self.turn is _itself:
            return its
        return replace(
            its,
            value=float(self.turn(its.value)),
            lower=lambda alpha: float(self.turn(its.lower(alpha))),
            upper=lambda alpha: float(self.turn(its.upper(alpha))),
        )


def _summed(cluster: Array, values: Array) -> Array:
    import numpy as np

    _, number = np.unique(cluster, return_inverse=True)
    return np.bincount(number, weights=values)
