"""What forms share that make a change of the rows on which candidate and baseline differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.metrics.aggregates import Array, Cells
from mlops_gitops.statistics.estimate import Estimate

if TYPE_CHECKING:
    from mlops_gitops.statistics.intervals.discordant import Moved

STEP = 1e-30  # of a complex step, whose error is its square
MOST_UNEQUAL = 2.0  # times as far as a row may move the metric of one model than that of the other
# Discordant rows, each counted by how far it moves the metric beside the farthest a row can. Of fewer, the kinds that
# move it far may be among those not drawn; of more, their number is not all that matters.
MIN_ROWS, MOST_ROWS = 8, 30
MIN_EFFECTIVE = 30  # effective rows or clusters from which on neither can be
MOST_STEPPED = 30  # classes
STEEPEST = 8  # kinds of rows that are tried as the first to move

Measure: TypeAlias = "Callable[[Array], Any]"
# How many rows move (a float), and 1.0 for up or -1.0 for down → how far a metric then moves at most, in its unit.
Farthest: TypeAlias = "Callable[[float, float], float]"


@frozen
class Discordance:
    """What the discordant rows of a sample did: how much they `raised` and `lowered` something, both at least 0.

    `most` is, in the same unit, what one row raises (1.0) or lowers (-1.0) it by at most. `candidate` and `baseline`
    say how far the metric of either moves, in its own unit, where some rows more move it as far as they can.
    """

    raised: float
    lowered: float
    most: Callable[[float], float]
    candidate: Farthest
    baseline: Farthest

    def instead_of(self, smooth: Estimate, cells: Cells, span: tuple[float, float]) -> Estimate:
        """The change of `smooth`, in `span`, with bounds from these rows; with clusters, the largest stands for each.

        It is `smooth` itself where the models are not alike, or where it is in its range and enough rows differ.
        """
        from mlops_gitops.statistics.intervals.discordant import discordant_interval

        if not self._are_alike() or not (smooth.few or self._rows() < MIN_ROWS):
            return smooth
        units, largest = independent_units(cells)
        return discordant_interval(smooth.value, units, self._moved(-1.0, largest), self._moved(1.0, largest), span)

    def _are_alike(self) -> bool:
        """Whether few rows differ, and one row moves the metric of either model about as far.

        How far it moves is taken from the sample, which matters the more the larger the change is. A metric that rests
        on few rows of one model and many of the other, as precision does on those that either predicts, varies in ways
        that the discordant rows do not show.
        """
        sides = [max(side(1.0, 1.0), side(1.0, -1.0)) for side in (self.candidate, self.baseline)]
        return max(sides) <= MOST_UNEQUAL * min(sides) and self._rows() <= MOST_ROWS

    def _rows(self) -> float:
        """How many rows differ, each counted by how far it moves the metric beside the farthest a row can."""
        most = max(self.most(1.0), self.most(-1.0))
        return (self.raised + self.lowered) / most if most > 0 else 0.0

    def farthest(self, rows: float, sign: float) -> float:
        """How far the change moves: a row that raises the candidate's value may lower the baseline's in its stead."""
        return max(self.candidate(rows, sign), self.baseline(rows, -sign))

    def _moved(self, sign: float, largest: float) -> Moved:
        from mlops_gitops.statistics.intervals.discordant import Moved

        along, against = (self.raised, self.lowered) if sign > 0 else (self.lowered, self.raised)
        most = self.most(sign) * largest
        counts = [part / most if most > 0 else 0.0 for part in (along, against)]
        return Moved(counts[0], counts[1], lambda units: self.farthest(units * largest, sign))


def may_be_few(smooth: Estimate) -> bool:
    """Whether the discordant rows must be looked at: an estimate is out of its range, or has few effective units."""
    effective = [count for name, (count, _) in smooth.counts.items() if name.startswith("effective")]
    return bool(smooth.few) or min(effective, default=0.0) < MIN_EFFECTIVE


def effects_discordance(effect: Array, candidate: Farthest, baseline: Farthest) -> Discordance:
    """Of rows that each moved the metric by its `effect`, in the unit of the metric."""

    def most(sign: float) -> float:
        return max(candidate(1.0, sign), baseline(1.0, -sign))

    return Discordance(float(effect.clip(min=0).sum()), float(-effect.clip(max=0).sum()), most, candidate, baseline)


def independent_units(cells: Cells) -> tuple[int, float]:
    """How many units are independent, rows or clusters, and how many rows the largest of them has."""
    import numpy as np

    if cells.cluster is None:
        return cells.n, 1.0
    _, number = np.unique(cells.cluster, return_inverse=True)
    sizes = np.bincount(number, weights=cells.rows)
    return len(sizes), float(sizes.max())


def class_discordance(measure: Measure, matrices: tuple[Array, Array], change: Array, cells: Cells) -> Discordance:
    """Of a metric of a confusion matrix: the candidate's and the baseline's, each label × prediction.

    `change` is the influence of a row of each cell on the candidate's value less that on the baseline's. Rows move
    within their label, from one prediction to another.
    """
    differ = cells["prediction"] != cells.baseline_side()["prediction"]
    effect = (change * cells.rows)[differ] / cells.n
    return effects_discordance(effect, *(_farthest(measure, matrix) for matrix in matrices))


def _farthest(measure: Measure, matrix: Array) -> Farthest:
    slopes = matrix_slopes(measure, matrix)

    def farthest(rows: float, sign: float) -> float:
        return farthest_move(lambda moved: _signed(measure(moved), sign), matrix, sign * slopes, rows)

    return farthest


def _signed(value: Any, sign: float) -> float:
    return float("inf") if value is None else sign * float(value)


def matrix_slopes(measure: Measure, matrix: Array, places: Iterable[tuple[int, int]] | None = None) -> Array:
    """The derivative of a metric by each count of a confusion matrix, by complex steps; at `places` is enough.

    Of more than `MOST_STEPPED` classes a metric sees right predictions, labels and predictions of each class alone. Off
    the diagonal its slopes are then a sum of one for the label and one for the prediction.
    """
    import numpy as np

    classes, stepped = len(matrix), matrix.astype(complex)

    def slope(place: tuple[int, ...]) -> float:
        stepped[place] += STEP * 1j
        found = float(measure(stepped).imag / STEP)
        stepped[place] = matrix[place]
        return found

    if classes <= MOST_STEPPED:
        slopes: Array = np.zeros_like(matrix)
        for place in np.ndindex(*matrix.shape) if places is None else places:
            slopes[place] = slope(place)
        return slopes
    by_prediction = np.array([0.0, *(slope((0, place)) for place in range(1, classes))])
    by_label = np.array([0.0, slope((1, 2)) - by_prediction[2], *(
        slope((place, 1)) - by_prediction[1] for place in range(2, classes)
    )])  # fmt: skip
    by_prediction[0] = slope((1, 0)) - by_label[1]
    slopes = by_label[:, None] + by_prediction
    np.fill_diagonal(slopes, [slope((place, place)) for place in range(classes)])
    return slopes


def farthest_move(measure: Callable[[Array], float], matrix: Array, slopes: Array, rows: float) -> float:
    """By how much `measure` grows at most where `rows` rows of a confusion matrix are predicted otherwise.

    The rows that move are those with the steepest slope, as far as there are any, then those with the next; and
    each of the `STEEPEST` kinds is tried as the first, since slopes change on the way. Infinite where there is one
    class alone, to whose predictions there is no alternative, or where the metric becomes undefined.
    """
    import numpy as np

    if len(matrix) < 2:
        return float("inf")
    best = slopes.argmax(axis=1)
    gains = np.where(matrix > 0, slopes[np.arange(len(matrix)), best][:, None] - slopes, 0.0)
    steepest = [place for place in np.argsort(-gains, axis=None) if gains.flat[place] > 0]
    before, most = measure(matrix), 0.0
    for first in steepest[:STEEPEST]:
        moved, left = matrix.copy(), rows
        for place in [first, *(other for other in steepest if other != first)]:
            if left <= 0:
                break
            label, taken = place // len(matrix), min(left, matrix.flat[place])
            moved.flat[place] -= taken
            moved[label, best[label]] += taken
            left -= taken
        most = max(most, measure(moved) - before)
    return most
