"""A KPI at the level of a budget: bounds that depend on too few rows so far in the tail decide nothing."""

from __future__ import annotations

from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.results import Bounds, Gap, Measured, Measurement
from mlops_gitops.statistics.tail import COMBINED, tail_shortfall


def in_tail(found: Measurement, level: float, *, combined: bool) -> Measurement:
    """The measurement, each of its bounds with what it has too little of at this level.

    A value that is `combined` with others, as with earlier windows, needs what a difference needs too.
    """
    slices = tuple(replace(part, measured=_measured(part.measured, level, combined)) for part in found.slices)
    gap = found.gap
    if isinstance(gap, Gap) and gap.bounds:
        gap = replace(gap, bounds=_bounds(gap.bounds, level, combined=False))
    return replace(found, whole=_measured(found.whole, level, combined), slices=slices, gap=gap)


def _measured(found: Measured, level: float, combined: bool) -> Measured:
    return replace(found, bounds=_bounds(found.bounds, level, combined=combined)) if found.bounds else found


def _bounds(bounds: Bounds, level: float, *, combined: bool) -> Bounds:
    methods = (bounds.method, *((COMBINED,) if combined else ()))
    short = (tail_shortfall(method, bounds.counts, level) for method in methods)
    return replace(bounds, few=bounds.few or next(filter(None, short), ""))
