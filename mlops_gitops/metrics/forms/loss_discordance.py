"""The discordant rows of a mean of losses, where something bounds the loss of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlops_gitops.core.frozen import replace
from mlops_gitops.metrics.aggregates import BASELINE, Cells
from mlops_gitops.metrics.forms.discordance import Discordance, Farthest
from mlops_gitops.statistics.estimate import Estimate


def discordant_sums() -> dict[str, str]:
    """SQL of how much the losses rose and fell in all; `{change}` is the candidate's loss less the baseline's."""
    return {"risen": "sum(greatest({change}, 0))", "fallen": "sum(greatest(-{change}, 0))"}


def loss_discordance(
    cells: Cells, means: Mapping[str, float], move: Callable[[str, float], float], largest: float
) -> Discordance:
    """The rows whose loss is another, where that of a row is from 0 to `largest`.

    `means` are the mean losses of both sides, by the prefix of their columns; `move` says how far the change of the
    metric moves, in its unit, where the mean loss of a side is larger by a number.
    """

    def farthest(side: str) -> Farthest:
        own = -1.0 if side else 1.0  # what moves the baseline's value moves the change the other way

        def moved(rows: float, sign: float) -> float:
            step = rows * largest / cells.n
            return max(sign * own * move(side, more) for more in (step, -min(step, means[side])))

        return moved

    risen, fallen = (float(cells[name].sum()) for name in ("risen", "fallen"))
    return Discordance(risen, fallen, lambda _: largest, farthest(""), farthest(BASELINE))


def with_what_is_needed(smooth: Estimate, cells: Cells) -> Estimate:
    """The estimate of losses without a bound; where no row differs, with what would bound the change."""
    if any(cells[name].any() for name in ("risen", "fallen")):
        return smooth
    alike = f"candidate and baseline have the same loss in all {cells.n:,} rows"
    lacking = f"{alike}, and only a `loss_bound` says how far a row can differ"
    return replace(smooth, lacking=lacking)
