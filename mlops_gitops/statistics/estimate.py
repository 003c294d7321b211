"""A measured value with its confidence bounds: what an interval method gives, and a gate decides on."""

from __future__ import annotations

from collections.abc import Callable

from mlops_gitops.core.frozen import frozen


@frozen
class Estimate:
    """A value, its one-sided confidence bounds, and whether they can be trusted.

    `lower(alpha)` lies above the true value in at most a share `alpha` of samples, `upper(alpha)` below it likewise;
    `alpha` is one minus the gate's confidence. Both are whole functions of `alpha` in (0, 0.5], monotone, and never
    NaN. `few` is empty inside the range that the method's simulation supports, else what lacks, as a gate's message
    has it: "12 positives, and newcombe needs 20".
    """

    value: float
    lower: Callable[[float], float]
    upper: Callable[[float], float]
    method: str
    few: str = ""
