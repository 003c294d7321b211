"""Ranks: metrics of how scores order positive and negative rows, from the counts at each distinct score."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.metrics.aggregates import Array, Cells, Comparison, weighted
from mlops_gitops.metrics.forms.discordance import Discordance, Farthest, effects_discordance
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influences import Influences

MIN_DIFFERING = 5  # rows of each class that have another score
BLOCK = 1 << 17  # cells that are counted together: as many as the cache of a processor holds
FINE = 2.0**20  # by which weights of rows are multiplied


@frozen
class RankedValue:
    """A value with the influence of one positive and of one negative row at each distinct score, in rising order.

    Influences are float64 arrays of shape (scores,), in the unit of the value; they have mean 0 over the rows, and the
    variance of the value is the sum of their squares over n². A metric that sums absolute values, each over some of the
    scores, says in `part` (int64, from 0) which one a score belongs to: chance alone then makes it too high, and never
    too low. `bias`, in the unit of the value, is what else makes it too high on the whole.
    """

    value: float
    positive_influence: Array
    negative_influence: Array
    part: Array | None = None
    bias: float = 0.0


@frozen
class _ScoreCounts:
    """Distinct scores in rising order with the positive and negative rows at each, and each cell's place among them."""

    scores: Array
    positives: Array
    negatives: Array
    place: Array


def _delta_bounds(value: float, influences: Influences, positives: int, negatives: int, least: float = 0.0) -> Estimate:
    from mlops_gitops.statistics.intervals.delta import delta_interval

    return delta_interval(value, influences, (least, 1.0), {"positives": positives, "negatives": negatives})


_delta_change = partial(_delta_bounds, least=-1.0)


@frozen
class Ranks:
    """`influence` and `measure` take distinct scores in rising order, with the positive and negative rows at each.

    They are arrays of shape (scores,), float64 and int64; the result is None where the metric is undefined. `measure`
    is a quicker way to the value alone, where there is one: it takes the number of positive and of negative rows, and
    of each block of scores, in rising order, the positive and the negative rows at each score. `bounds` makes an
    estimate of (value, influences of rows, number of positives, of negatives), `change` one of a difference; by delta,
    where the metric has no method of its own. `farthest` says how far the metric moves at most, up for a sign of 1.0
    and down for -1.0, where so many rows (a float) get another score: of the positive and negative rows, how many move
    and the sign. The metric is in [0, 1].
    """

    influence: Callable[[Array, Array, Array], RankedValue | None]
    farthest: Callable[[Array, Array, float, float], float]
    measure: Callable[[float, float, Iterable[tuple[Array, Array]]], float | None] | None = None
    bounds: Callable[[float, Influences, int, int], Estimate] = _delta_bounds
    change: Callable[[float, Influences, int, int], Estimate] = _delta_change
    intervals: tuple[str, ...] = ("delta", "discordant")
    group_by = ("score",)
    terms: tuple[str, ...] = ()

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool, bounds: bool) -> dict[str, str]:
        """The positive rows at each score."""
        return {"positives": "count(*) FILTER (WHERE positive)"}

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """Whether a row is positive."""
        return {"positives": "CAST(positive AS UTINYINT)"}

    def value(self, cells: Cells) -> float | None:
        """The metric, None where it is undefined."""
        if self.measure:
            positives = cells["positives"].sum().item()
            return self.measure(positives, cells.rows.sum().item() - positives, _blocks(cells))
        counts = _score_counts(cells, placed=False)
        ranked = self.influence(counts.scores, counts.positives, counts.negatives)
        return ranked.value if ranked else None

    def weighted_value(self, parts: Sequence[tuple[float, Cells]]) -> float | None:
        """The metric of several parts, each row of a part counting as often as its weight says.

        Weights are made large, so that what is counted in whole numbers loses nothing.
        """
        return self.value(weighted([(FINE * weight, cells) for weight, cells in parts], self.group_by))

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with bounds, None where it is undefined."""
        ranked = self.ranked(cells)
        if ranked is None:
            return None
        estimate = self.bounds(
            ranked.value, *_row_influences(cells, ranked.positive_influence, ranked.negative_influence)
        )
        return _widened(estimate, chance_bias(cells, ranked), 0.0, 0.0)

    def value_influences(self, cells: Cells) -> Influences | None:
        """The influences of rows on the value, which these cells have; None of a sum of absolute values."""
        ranked = self.ranked(cells)
        if ranked is None or ranked.part is not None:
            return None
        return _row_influences(cells, ranked.positive_influence, ranked.negative_influence)[0]

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values, and bounds of the difference from the difference of influences; None where one is undefined."""
        if not bounds:
            values = self.value(cells), self.value(cells.baseline_side())
            return None if values[0] is None or values[1] is None else Comparison(values[0], values[1], None)
        candidate, baseline = self.ranked(cells), self.ranked(cells.baseline_side())
        if candidate is None or baseline is None:
            return None
        positive = candidate.positive_influence - baseline.positive_influence
        negative = candidate.negative_influence - baseline.negative_influence
        difference = candidate.value - baseline.value
        change = self.change(difference, *_row_influences(cells, positive, negative))
        biases = chance_bias(cells, candidate), chance_bias(cells.baseline_side(), baseline)
        if change.few or _few_differ(cells):
            change = self._discordance(cells, positive, negative).instead_of(change, cells, (-1.0, 1.0))
        if change.method == "discordant":
            biases = _remaining_biases(cells, biases, summed=candidate.part is not None)
        return Comparison(candidate.value, baseline.value, _widened(change, *biases, -1.0))

    def _discordance(self, cells: Cells, positive: Array, negative: Array) -> Discordance:
        """The rows whose score is another; the arrays are what a positive and a negative row of each cell change."""
        import numpy as np

        differ = cells["score"] != cells.baseline_side()["score"]
        counts = cells["positives"], cells.rows - cells["positives"]
        effect = np.concatenate([
            (rows * change)[differ] / cells.n for rows, change in zip(counts, (positive, negative), strict=True)
        ])  # fmt: skip
        return effects_discordance(effect, self._farthest(cells), self._farthest(cells.baseline_side()))

    def _farthest(self, cells: Cells) -> Farthest:
        counts = _score_counts(cells, placed=False)
        return lambda rows, sign: self.farthest(counts.positives, counts.negatives, rows, sign)

    def ranked(self, cells: Cells) -> RankedValue | None:
        """The metric with the influences of a positive and of a negative row of each cell, and the cell's part.

        Its arrays are of shape (cells,); None where the metric is undefined.
        """
        counts = _score_counts(cells, placed=True)
        by_score = self.influence(counts.scores, counts.positives, counts.negatives)
        if by_score is None:
            return None
        return replace(
            by_score,
            positive_influence=by_score.positive_influence[counts.place],
            negative_influence=by_score.negative_influence[counts.place],
            part=None if by_score.part is None else by_score.part[counts.place],
        )


def _blocks(cells: Cells) -> Iterator[tuple[Array, Array]]:
    """The positive and the negative rows at each distinct score, in rising order, in blocks of scores."""
    import numpy as np

    scores, rows, positives, _ = _by_score(cells)
    start = 0
    while start < len(scores):
        last = scores[min(start + BLOCK, len(scores)) - 1]
        end = start + int(np.searchsorted(scores[start:], last, "right"))
        yield _at_scores(scores[start:end], rows[start:end], positives[start:end])[1:3]
        start = end


def _score_counts(cells: Cells, *, placed: bool) -> _ScoreCounts:
    """The counts at each distinct score; each cell's place is known with `placed` alone."""
    import numpy as np

    scores, rows, positives, order = _by_score(cells)
    at_score, positives, negatives, last = _at_scores(scores, rows, positives)
    place = np.cumsum(last) - last if placed else last
    if placed and order is not None:
        place[order] = place.copy()
    return _ScoreCounts(at_score, positives, negatives, place)


def _by_score(cells: Cells) -> tuple[Array, Array, Array, Array | None]:
    """The scores of cells in rising order, their rows and positive rows, and the order; None where it is theirs."""
    import numpy as np

    scores, rows, positives = cells["score"], cells.rows, cells["positives"]
    if bool((scores[1:] >= scores[:-1]).all()):
        return scores, rows, positives, None
    order = np.argsort(scores)
    return scores[order], rows[order], positives[order], order


def _at_scores(scores: Array, rows: Array, positives: Array) -> tuple[Array, Array, Array, Array]:
    """Of rising scores the distinct ones, the positive and negative rows at each, and the last cell of each."""
    import numpy as np

    last = np.concatenate([scores[1:] != scores[:-1], [True]])[: len(scores)]
    kind = np.float64 if rows.dtype.kind == "f" else np.int64  # rows are fractions where they are weighted
    totals = [np.cumsum(counts, dtype=kind)[last] for counts in (positives, rows)]
    positive, every = (np.diff(total, prepend=0) for total in totals)
    return scores[last], positive, every - positive, last


def _row_influences(cells: Cells, positive: Array, negative: Array) -> tuple[Influences, int, int]:
    """Influences with their rows, the positive ones first; and how many rows are positive and negative."""
    import numpy as np

    negatives = cells.rows.astype(np.int64) - cells["positives"]
    rows = np.concatenate([cells["positives"].astype(np.int64), negatives])
    cluster = None if cells.cluster is None else np.concatenate([cells.cluster, cells.cluster])
    influences = Influences(np.concatenate([positive, negative]), rows, cluster)
    return influences, int(cells["positives"].sum()), int(negatives.sum())


def chance_bias(cells: Cells, ranked: RankedValue) -> float:
    """How much too high, at most, chance alone makes a sum of absolute values: where every part is truly 0.

    `ranked` is by cell; the result is in the unit of the metric, and the bias of `ranked` where it has no parts. A part
    is normal with mean 0, so that its absolute value has the mean √(2/π)·σ; σ² is the sum of squares over rows or,
    where they are clustered, over the sums of clusters. Bröcker, Climate Dynamics 39 (2012) 655-667; Kumar, Liang and
    Ma, Verified Uncertainty Calibration, NeurIPS (2019).
    """
    import numpy as np

    if ranked.part is None:
        return ranked.bias
    positive, negative = ranked.positive_influence + ranked.value, ranked.negative_influence + ranked.value
    negatives = cells.rows.astype(np.int64) - cells["positives"]
    part: Array
    squares: Array
    if cells.cluster is None:
        part, squares = ranked.part, cells["positives"] * positive**2 + negatives * negative**2
    else:
        sums = cells["positives"] * positive + negatives * negative
        clusters = int(cells.cluster.max()) + 1
        both, number = np.unique(ranked.part * clusters + cells.cluster, return_inverse=True)
        part, squares = both // clusters, np.bincount(number, weights=sums) ** 2
    deviations = np.sqrt(np.bincount(part, weights=squares)) / cells.n
    return float(math.sqrt(2 / math.pi) * deviations.sum())


def _few_differ(cells: Cells) -> bool:
    """Whether so few rows of a class have another score that the change may come from rows of it that were not drawn.

    A row of the rarer class changes the ranking the more the rarer the class is.
    """
    differ = cells["score"] != cells.baseline_side()["score"]
    positives = cells["positives"][differ].sum(dtype=int)
    negatives = cells.rows[differ].sum(dtype=int) - positives
    return bool(min(positives, negatives) < MIN_DIFFERING)


def _remaining_biases(cells: Cells, biases: tuple[float, float], *, summed: bool) -> tuple[float, float]:
    """What is left of the biases of both sides in their difference, where few rows have another score.

    What chance adds to a sum of absolute values (`summed`) then differs by no more than twice what the scores moved,
    and any other bias is nearly the same on both sides.
    """
    if not summed:
        return max(biases[0] - biases[1], 0.0), max(biases[1] - biases[0], 0.0)
    moved = abs(cells["score"] - cells.baseline_side()["score"])
    most = 2 * float((cells.rows * moved).sum()) / cells.n
    return min(biases[0], most), min(biases[1], most)


def _widened(estimate: Estimate, too_high: float, too_low: float, least: float) -> Estimate:
    """An estimate in [least, 1] whose value may be too high and, as a difference, too low by as much as this."""
    if not (too_high or too_low):
        return estimate
    return replace(
        estimate,
        lower=lambda alpha: max(estimate.lower(alpha) - too_high, least),
        upper=lambda alpha: min(estimate.upper(alpha) + too_low, 1.0),
    )
