"""A measured value with its confidence bounds: what an interval method returns, and what a gate decides on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from mlops_gitops.core.frozen import frozen

# Counts are compared this coarsely, so that the order in which a sum is taken does not decide.
TOLERANCE = 1e-9
RARER = "rows of the rarer kind"  # of a share: those that hit, or those that do not, whichever are fewer

# What is counted → its count, which may be fractional, and the least that a method needs.
Counts: TypeAlias = Mapping[str, tuple[float, float]]


@frozen
class Estimate:
    """A value, its one-sided confidence bounds, and whether they can be trusted.

    `lower(alpha)` lies above the true value in at most a share `alpha` of samples, `upper(alpha)` below it likewise;
    `alpha` is one minus the gate's confidence. Both take a float in (0, 0.5], are monotone in it, return a float in
    the unit of `value`, and never NaN; they may be infinite. `method` is the id of the interval method. `counts` are
    what the declared range of the method is about: what is counted → its count, and the least that the simulations
    support. More rows of the same kind make every count larger in proportion. `lacking` says what is missing where no
    count can say it, such as rows that differ. `largest_loss` is the largest loss of a row, in its unit, where nothing
    bounds the losses of rows that were not drawn: the bounds then assume that no more than 1 − alpha^(1/n) of all rows
    have a larger one, of n independent rows that were drawn. `with_more_rows` is the estimate by the method that takes
    over once there are enough rows for it; None where this one's own does.
    """

    value: float
    lower: Callable[[float], float]
    upper: Callable[[float], float]
    method: str
    counts: Mapping[str, tuple[float, float]] = {}
    lacking: str = ""
    largest_loss: float | None = None
    with_more_rows: Estimate | None = None

    @property
    def few(self) -> str:
        """Empty inside the range of the method; else what is too small: "12 positives, and newcombe needs 20"."""
        return self.lacking or describe_shortfall(self.method, self.counts)


def describe_shortfall(method: str, counts: Counts) -> str:
    """The text of `few`: those of `counts` that fall short.

    Empty where none does. Counts may be fractional; they are compared up to a share of 1e-9 and shown rounded down.
    """
    short = {name: pair for name, pair in counts.items() if pair[0] < (1 - TOLERANCE) * pair[1]}
    return "; ".join(
        f"{int(count + TOLERANCE)} {name}, and {method} needs {least:g}" for name, (count, least) in short.items()
    )
