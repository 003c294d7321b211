"""What the loss of a row would be under each label: its scores say it, whatever label was drawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.metrics.aggregates import BASELINE, Cells

if TYPE_CHECKING:
    from mlops_gitops.statistics.intervals.scored_loss import Unseen

# A stratum has the rows whose label moves their loss by more than its number, and by no more than that of the one
# before: in nats or, of a Brier score, in squared probabilities. They are powers of 4, so that rows of a stratum differ
# little beside the rows of others.
STRATA = (9.0, 2.25, 0.5625, 0.0)


@frozen
class LabelLosses:
    """The loss of a row as SQL over `likelihood`, the score of the label, and `epsilon`; it falls with the likelihood.

    Of two classes the likelihoods are `score` and 1 − `score`; of `many` they are the list `class_scores`.
    """

    loss: str
    many: bool = False

    def aggregates(self, *, paired: bool) -> dict[str, str]:
        """By stratum the rows, those with the dearer label, and the largest distance between the labels' losses.

        The distance is that of the label with the largest loss and the one with the smallest; a row has the dearer
        label if its own loss is nearer to the largest. Paired rows have the candidate's loss less the baseline's in the
        place of a loss. `by_score` is the largest loss of either side. `{loss}` and `{before_loss}` stand for the
        losses of the drawn labels.
        """
        largest, smallest = self._ends(paired=paired)
        own = "({loss} - {before_loss})" if paired else "{loss}"
        distance, dearer = f"({largest} - {smallest})", f"2 * {own} > {largest} + {smallest}"
        sums = {"by_score": f"max({self._largest_of_sides()})"} if paired else {}
        for place, least in enumerate(STRATA):
            inside = f"{distance} > {least!r}" + (f" AND {distance} <= {STRATA[place - 1]!r}" if place else "")
            sums |= {
                f"stratum {place}": f"count(*) FILTER (WHERE {inside})",
                f"dearer {place}": f"count(*) FILTER (WHERE {inside} AND {dearer})",
                f"distance {place}": f"max({distance}) FILTER (WHERE {inside})",
            }
        return sums

    def _ends(self, *, paired: bool) -> tuple[str, str]:
        """The largest and the smallest loss under any label."""
        if not self.many:
            each = [self._of(likelihood) for likelihood in ("score", "1 - score")]
            if paired:
                before = [self._of(likelihood) for likelihood in (f"{BASELINE}score", f"1 - {BASELINE}score")]
                each = [f"({own} - {old})" for own, old in zip(each, before, strict=True)]
            return f"greatest({', '.join(each)})", f"least({', '.join(each)})"
        every = f"[{self._of('x')} for x in class_scores]"
        if paired:
            both = f"list_zip(class_scores, {BASELINE}class_scores)"
            every = f"[{self._of('x[1]')} - {self._of('x[2]')} for x in {both}]"
        return f"list_max({every})", f"list_min({every})"

    def _largest_of_sides(self) -> str:
        if self.many:
            least = f"least(list_min(class_scores), list_min({BASELINE}class_scores))"
        else:
            least = f"least(score, 1 - score, {BASELINE}score, 1 - {BASELINE}score)"
        return self._of(least)

    def _of(self, likelihood: str) -> str:
        return "(" + re.sub(r"\blikelihood\b", f"({likelihood})", self.loss) + ")"


def unseen_losses(cells: Cells) -> tuple[list[Unseen], list[Unseen]]:
    """The rows whose label could have been dearer, and those whose label could have been cheaper, by stratum."""
    more, less = [], []
    for place in range(len(STRATA)):
        names = ("stratum", "dearer", "distance")
        rows, dearer, distance = (cells[f"{name} {place}"] for name in names)
        if rows.sum():
            more.append(_unseen(cells, rows, dearer, float(distance.max())))
            less.append(_unseen(cells, rows, rows - dearer, float(distance.max())))
    return more, less


def _unseen(cells: Cells, rows: Any, seen: Any, distance: float) -> Unseen:
    """Of a stratum; clusters are the units where rows are clustered, and one is seen that has any such row."""
    from mlops_gitops.statistics.intervals.scored_loss import Unseen

    share = float(rows.sum()) / cells.n
    if cells.cluster is None:
        return Unseen(share, float(rows.sum()), float(seen.sum()), distance)
    return Unseen(share, float((rows > 0).sum()), float((seen > 0).sum()), distance)
