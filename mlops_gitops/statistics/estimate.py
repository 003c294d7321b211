"""A measured value with its confidence bounds: what an interval method returns, and what a gate decides on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlops_gitops.core.frozen import frozen

# Counts are compared this coarsely, so that the order in which a sum is taken does not decide.
TOLERANCE = 1e-9


@frozen
class Estimate:
    """A value, its one-sided confidence bounds, and whether they can be trusted.

    `lower(alpha)` lies above the true value in at most a share `alpha` of samples, `upper(alpha)` below it likewise;
    `alpha` is one minus the gate's confidence. Both take a float in (0, 0.5], are monotone in it, return a float in
    the unit of `value`, and never NaN; they may be infinite. `method` is the id of the interval method. `few` is empty
    inside the range in which the simulations support the method; else it says which count is too small, as a gate's
    message shows it: "12 positives, and newcombe needs 20".
    """

    value: float
    lower: Callable[[float], float]
    upper: Callable[[float], float]
    method: str
    few: str = ""


def describe_shortfall(method: str, counts: Mapping[str, tuple[float, float]]) -> str:
    """The text of `few`: of `counts` (what is counted → its count, the least that is needed) those that fall short.

    Empty where none does. Counts may be fractional; they are compared up to a share of 1e-9 and shown rounded down.
    """
    short = {name: pair for name, pair in counts.items() if pair[0] < (1 - TOLERANCE) * pair[1]}
    return "; ".join(
        f"{int(count + TOLERANCE)} {name}, and {method} needs {least:g}" for name, (count, least) in short.items()
    )
