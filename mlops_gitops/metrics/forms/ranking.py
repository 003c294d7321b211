"""Ranks: metrics of how scores order positive and negative rows, from the counts at each distinct score."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.plugins import load
from mlops_gitops.metrics.aggregates import Array, Cells, Comparison
from mlops_gitops.statistics.estimate import Estimate


@frozen
class Ranked:
    """A value with the influence of one positive and of one negative row at each distinct score, in rising order.

    Influences have mean 0 over the rows, and the variance of the value is the sum of their squares over n². A metric
    that sums absolute values, each over some of the scores, says in `part` which one a score belongs to: chance alone
    then makes it too high, and never too low. `excess` is what else makes it too high on the whole.
    """

    value: float
    of_positive: Array
    of_negative: Array
    part: Array | None = None
    excess: float = 0.0


def _by_delta(
    value: float, psi: Array, rows: Array, positives: int, negatives: int, cluster: Array | None, least: float = 0.0
) -> Estimate:
    groups = {"positives": positives, "negatives": negatives}
    delta = load("statistics.intervals", "delta", "INTERVAL").estimate
    its: Estimate = delta(value, psi, rows, cluster, span=(least, 1.0), groups=groups)
    return its


_change_by_delta = partial(_by_delta, least=-1.0)


@frozen
class Ranks:
    """`influence` and `measure` take distinct scores in rising order with their positive and negative rows.

    None where the metric is undefined; `measure` is a quicker way to the value alone, where there is one. `bounds`
    makes an estimate of (value, influences, rows, positives, negatives, clusters or None), `change` one of a
    difference; by delta, where the metric has no method of its own.
    """

    influence: Callable[[Array, Array, Array], Ranked | None]
    measure: Callable[[Array, Array, Array], float | None] | None = None
    bounds: Callable[[float, Array, Array, int, int, Array | None], Estimate] = _by_delta
    change: Callable[[float, Array, Array, int, int, Array | None], Estimate] = _change_by_delta
    intervals: tuple[str, ...] = ("delta",)
    group_by = ("score",)
    terms: tuple[str, ...] = ()

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool) -> dict[str, str]:
        """The positive rows at each score."""
        return {"positives": "count(*) FILTER (WHERE positive)"}

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """Whether a row is positive."""
        return {"positives": "CAST(positive AS UTINYINT)"}

    def value(self, cells: Cells) -> float | None:
        """The metric, None where it is undefined."""
        scores, _, positives, negatives = _by_score(cells, placed=False)
        if self.measure:
            return self.measure(scores, positives, negatives)
        found = self.influence(scores, positives, negatives)
        return found.value if found else None

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with bounds."""
        ranked = self._ranked(cells)
        if ranked is None:
            return None
        its = self.bounds(ranked.value, *_rows(cells, ranked.of_positive, ranked.of_negative))
        return _widened(its, _excess(cells, ranked), 0.0, 0.0)

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values, and bounds of the difference from the difference of influences."""
        if not bounds:
            ours, theirs = self.value(cells), self.value(cells.baseline_side())
            return None if ours is None or theirs is None else Comparison(ours, theirs, None)
        one, other = self._ranked(cells), self._ranked(cells.baseline_side())
        if one is None or other is None:
            return None
        rows = _rows(cells, one.of_positive - other.of_positive, one.of_negative - other.of_negative)
        its = self.change(one.value - other.value, *rows)
        change = _widened(its, _excess(cells, one), _excess(cells.baseline_side(), other), -1.0)
        return Comparison(one.value, other.value, change)

    def _ranked(self, cells: Cells) -> Ranked | None:
        """The metric with the influences of a positive and of a negative row of each cell, and the cell's part."""
        scores, place, positives, negatives = _by_score(cells, placed=True)
        found = self.influence(scores, positives, negatives)
        if found is None:
            return None
        part = None if found.part is None else found.part[place]
        return Ranked(found.value, found.of_positive[place], found.of_negative[place], part, found.excess)


def _by_score(cells: Cells, *, placed: bool) -> tuple[Array, Array, Array, Array]:
    """Distinct scores in rising order, with `placed` each cell's place among them, and the rows at each."""
    import numpy as np

    found, rows, positives = cells["score"], cells.rows, cells["positives"]
    order = None if bool((found[1:] >= found[:-1]).all()) else np.argsort(found)
    if order is not None:
        found, rows, positives = found[order], rows[order], positives[order]
    last = np.concatenate([found[1:] != found[:-1], [True]])[: len(found)]  # the last cell of each score
    place = np.cumsum(last) - last if placed else last
    if placed and order is not None:
        place[order] = place.copy()
    upto = [np.cumsum(its, dtype=np.int64)[last] for its in (positives, rows)]
    of_positive, of_both = (np.diff(its, prepend=0) for its in upto)
    return found[last], place, of_positive, of_both - of_positive


def _rows(cells: Cells, of_positive: Array, of_negative: Array) -> tuple[Array, Array, int, int, Array | None]:
    """Influences and their rows, the positive ones first."""
    import numpy as np

    psi = np.concatenate([of_positive, of_negative])
    negatives = cells.rows.astype(np.int64) - cells["positives"]
    rows = np.concatenate([cells["positives"].astype(np.int64), negatives])
    cluster = None if cells.cluster is None else np.concatenate([cells.cluster, cells.cluster])
    return psi, rows, int(cells["positives"].sum()), int(negatives.sum()), cluster


def _excess(cells: Cells, ranked: Ranked) -> float:
    """How much too high chance alone makes a sum of absolute values, at most: where every part is truly 0.

    A part is then normal with mean 0, and its absolute value has the mean sqrt(2/π) σ; σ² is the sum of squares over
    rows or, where they are clustered, over the sums of clusters. Bröcker, Climate Dynamics 39 (2012) 655-667; Kumar,
    Liang and Ma, Verified Uncertainty Calibration, NeurIPS (2019).
    """
    import numpy as np

    if ranked.part is None:
        return ranked.excess
    of_positive, of_negative = ranked.of_positive + ranked.value, ranked.of_negative + ranked.value
    negatives = cells.rows.astype(np.int64) - cells["positives"]
    part: Array
    squares: Array
    if cells.cluster is None:
        part, squares = ranked.part, cells["positives"] * of_positive**2 + negatives * of_negative**2
    else:
        sums = cells["positives"] * of_positive + negatives * of_negative
        clusters = int(cells.cluster.max()) + 1
        both, number = np.unique(ranked.part * clusters + cells.cluster, return_inverse=True)
        part, squares = both // clusters, np.bincount(number, weights=sums) ** 2
    deviations = np.sqrt(np.bincount(part, weights=squares)) / cells.n
    return float(math.sqrt(2 / math.pi) * deviations.sum())


def _widened(its: Estimate, ours: float, theirs: float, least: float) -> Estimate:
    """An estimate whose value may be too high by `ours` and, as a difference, too low by `theirs`."""
    if not (ours or theirs):
        return its
    return replace(
        its,
        lower=lambda alpha: max(its.lower(alpha) - ours, least),
        upper=lambda alpha: min(its.upper(alpha) + theirs, 1.0),
    )
