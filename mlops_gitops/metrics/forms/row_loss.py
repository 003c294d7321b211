"""The loss of one row, where nothing but a declaration bounds it from above."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.metrics.aggregates import BASELINE, Cells
from mlops_gitops.statistics.estimate import TOLERANCE, Estimate


@frozen
class RowLoss:
    """The first term of a form is a row's loss to the power of `power`.

    `bound` is the largest loss that a row may have, above 0 and in the unit of the loss; None where none is declared.
    Where `capped`, a larger one counts as the bound, else it is a fault.
    """

    power: int = 1
    bound: float | None = None
    capped: bool = False

    @property
    def largest_term(self) -> float:
        """The largest value of the first term; infinite where no bound is declared."""
        return float("inf") if self.bound is None else float(self.bound) ** self.power

    def capped_term(self, term: str) -> str:
        """The first term in SQL, at most its largest value where losses are capped."""
        return f"least({term}, CAST({self.largest_term!r} AS DOUBLE))" if self.capped else term

    def aggregates(self, sides: Sequence[str]) -> dict[str, str]:
        """The largest first term of each side's rows and, where a loss may be a fault, how many are too large.

        `{loss}` and `{before_loss}` stand for the first terms. A loss that is larger by rounding alone is no fault.
        """
        found = {f"{side}largest": f"max({{{side}loss}})" for side in sides}
        if self.bound is None or self.capped:
            return found
        limit = f"CAST({self.largest_term * (1 + TOLERANCE)!r} AS DOUBLE)"
        return found | {f"{side}beyond": f"count(*) FILTER (WHERE {{{side}loss}} > {limit})" for side in sides}

    def largest_drawn(self, cells: Cells, side: str) -> float:
        """The largest first term of a side's rows, 0 where there are none."""
        return float(cells[f"{side}largest"].max(initial=0.0))

    def require_bound(self, cells: Cells, side: str) -> None:
        """Raises Undecided where rows of a side have a loss above the declared bound."""
        beyond = int(cells[f"{side}beyond"].sum()) if f"{side}beyond" in cells.columns else 0
        if not beyond or self.bound is None:
            return
        rows = "1 row" if beyond == 1 else f"{beyond:,} rows"
        whose = " of the baseline" if side == BASELINE else ""
        largest = self.largest_drawn(cells, side) ** (1 / self.power)
        verb = "has" if beyond == 1 else "have"
        raise Undecided(f"{rows}{whose} {verb} a loss above {self.bound:.12g}, the largest {largest:.6g}")


def with_unseen_losses(
    estimate: Estimate,
    cells: Cells,
    loss: RowLoss,
    moves: Mapping[str, Callable[[float], float]],
    span: tuple[float, float],
) -> Estimate:
    """The estimate with what losses above the largest drawn may add; without a declared bound, with what it assumes.

    `moves` says, by side, how far the statistic moves in its unit, up or down, where the mean of the side's first term
    is larger by a number. Bounds stay inside `span`.
    """
    largest = {side: loss.largest_drawn(cells, side) for side in moves}
    if loss.bound is None:
        return replace(estimate, largest_loss=max(largest.values()) ** (1 / loss.power))
    from mlops_gitops.statistics.intervals.bounded_mean import bounded_mean_interval

    rooms = {side: max(loss.largest_term - term, 0.0) for side, term in largest.items()}

    def rise(share: float) -> float:
        return sum(max(move(share * rooms[side]), 0.0) for side, move in moves.items())

    def fall(share: float) -> float:
        return sum(max(-move(share * rooms[side]), 0.0) for side, move in moves.items())

    return bounded_mean_interval(estimate, _independent_units(cells), rise, fall, span)


def _independent_units(cells: Cells) -> float:
    """How many rows there are or, with clusters, how many of equal size would scatter as unevenly: (Σn)²/Σn²."""
    if cells.cluster is None:
        return cells.n
    import numpy as np

    sizes = np.bincount(np.unique(cells.cluster, return_inverse=True)[1], cells.rows)
    return float(sizes.sum() ** 2 / (sizes * sizes).sum())
