"""Ranks: metrics of how scores order positive and negative rows, from the counts at each distinct score."""

from __future__ import annotations

from collections.abc import Callable

from mlops_gitops.cells import Array, Cells, Comparison
from mlops_gitops.estimate import Estimate
from mlops_gitops.values import frozen


@frozen
class Ranked:
    """A value with the influence of one positive and of one negative row at each distinct score, in rising order.

    Influences have mean 0 over the rows, and the variance of the value is the sum of their squares over n².
    """

    value: float
    of_positive: Array
    of_negative: Array


@frozen
class Ranks:
    """`measure` and `influence` take distinct scores in rising order with their positive and negative rows.

    None where the metric is undefined. `bounds` makes an estimate of (value, influences, rows, positives, negatives,
    clusters or None), `change` one of a difference.
    """

    measure: Callable[[Array, Array, Array], float | None]
    influence: Callable[[Array, Array, Array], Ranked | None]
    bounds: Callable[[float, Array, Array, int, int, Array | None], Estimate]
    change: Callable[[float, Array, Array, int, int, Array | None], Estimate]
    intervals: tuple[str, ...]
    by = ("score",)
    terms: tuple[str, ...] = ()

    def counts(self, *, binary: bool, paired: bool, clustered: bool) -> dict[str, str]:
        """The positive rows at each score."""
        return {"positives": "count(*) FILTER (WHERE positive)"}

    def each(self, *, paired: bool) -> dict[str, str]:
        """Whether a row is positive."""
        return {"positives": "CAST(positive AS UTINYINT)"}

    def value(self, cells: Cells) -> float | None:
        """The metric, None where it is undefined."""
        scores, _, positives, negatives = _by_score(cells, placed=False)
        return self.measure(scores, positives, negatives)

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with bounds."""
        ranked = self._ranked(cells)
        if ranked is None:
            return None
        return self.bounds(ranked[0], *_rows(cells, *ranked[1:]))

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values, and bounds of the difference from the difference of influences."""
        if not bounds:
            ours, theirs = self.value(cells), self.value(cells.before())
            return None if ours is None or theirs is None else Comparison(ours, theirs, None)
        one, other = self._ranked(cells), self._ranked(cells.before())
        if one is None or other is None:
            return None
        (value, positive, negative), (before, old_positive, old_negative) = one, other
        rows = _rows(cells, positive - old_positive, negative - old_negative)
        return Comparison(value, before, self.change(value - before, *rows))

    def _ranked(self, cells: Cells) -> tuple[float, Array, Array] | None:
        """The value, and the influences of a positive and of a negative row of each cell."""
        scores, place, positives, negatives = _by_score(cells, placed=True)
        found = self.influence(scores, positives, negatives)
        return (found.value, found.of_positive[place], found.of_negative[place]) if found else None


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
