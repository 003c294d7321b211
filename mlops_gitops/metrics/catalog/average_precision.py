"""The mean, over the positive rows, of the precision at each one's score: the area under the precision-recall steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_gitops.metrics.forms.ranking import RankedValue, Ranks
from mlops_gitops.metrics.metric import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlops_gitops.metrics.aggregates import Array

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the rows that move, tried as positive


def area(positives: float, negatives: float, blocks: Iterable[tuple[Array, Array]]) -> float | None:
    """Each score as a threshold, its precision weighted by its positive rows; None without any."""
    found, false, total = positives, negatives, 0.0  # at the score or above
    for positive, negative in blocks:
        right, wrong = positive.cumsum(), negative.cumsum()
        reached = found - right + positive
        total += (positive * (reached / (reached + (false - wrong + negative)))).sum().item()
        found, false = found - right[-1].item(), false - wrong[-1].item()
    return total / positives if positives else None


def averaged(scores: Array, positives: Array, negatives: Array) -> RankedValue | None:
    """The value with its influences; None without positive rows.

    A row changes the precision at every threshold it reaches, and a positive row counts its own. Those influences are
    the derivatives of the sum by the number of rows at a score; all together they have mean 0. That each positive row
    is among those that reach its own score makes the whole too high, by what it adds to the precision there: the bias.
    """
    all_positives, n = int(positives.sum()), int(positives.sum() + negatives.sum())
    if not all_positives:
        return None
    found, false = (column[::-1].cumsum()[::-1].astype(float) for column in (positives, negatives))
    reached = found + false
    precision = found / reached
    value = float(positives @ precision) / all_positives
    gained, lost = ((positives * count / reached**2).cumsum() for count in (false, found))
    positive, negative = (precision - value + gained) * (n / all_positives), -lost * (n / all_positives)
    return RankedValue(value, positive, negative, bias=float(gained[-1]) / all_positives)


def farthest(positives: Array, negatives: Array, rows: float, sign: float) -> float:
    """Positive rows go from the top of the scores to the bottom and negative ones the other way, or the reverse.

    Of the rows that move, no, one, two, three or four quarters are positive, whichever does most.
    """
    before = _area(positives, negatives)
    moves = [_to_end(positives, share * rows, top=sign > 0) for share in SHARES]
    others = [_to_end(negatives, share * rows, top=sign < 0) for share in reversed(SHARES)]
    return max(sign * (_area(*both) - before) for both in zip(moves, others, strict=True))


def _to_end(counts: Array, rows: float, *, top: bool) -> Array:
    """Counts at rising scores, of which some rows go from one end to beyond the other: of shape (scores + 2,)."""
    import numpy as np

    order = slice(None, None, 1 if top else -1)
    moved: Array = np.concatenate([[0.0], counts, [0.0]])[order]
    taken = np.clip(rows - (moved.cumsum() - moved), 0.0, moved)
    moved = moved - taken
    moved[-1] += taken.sum()
    return moved[order]


def _area(positives: Array, negatives: Array) -> float:
    import numpy as np

    found, false = (counts[::-1].cumsum() for counts in (positives, negatives))
    precision = found / np.maximum(found + false, 1e-300)
    return float(positives[::-1] @ precision / found[-1])


METRIC = Metric(
    id="average_precision",
    summary=__doc__,
    source="Boyd, Eng and Page, ECML PKDD (2013) 451-466; scikit-learn's average_precision_score",
    needs=frozenset({"label", "score"}),
    form=Ranks(averaged, farthest, area),
    better="higher",
    range=(0, 1),
    binary=True,
    undefined="no label is positive",
    examples=(
        ({"label": [0, 0, 1, 1], "score": [0.1, 0.4, 0.35, 0.8]}, 5 / 6),
        ({"label": [0, 1, 0, 1], "score": [0.5, 0.5, 0.5, 0.5]}, 0.5),
        ({"label": [1, 0], "score": [-3, 7]}, 0.5),
    ),
)
