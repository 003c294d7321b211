"""From counted rows to the numbers of a gate: values, bounds at its confidence, evidence of a miss, gaps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.gaps import slice_estimate, widest_gap
from mlops_gitops.measurement.results import Bounds, Compared, Gap, Measured, Slice, Unlabelled
from mlops_gitops.measurement.unlabelled.strata import widening
from mlops_gitops.metrics.aggregates import Cells
from mlops_gitops.records.gate import Conditions
from mlops_gitops.statistics.estimate import Estimate

if TYPE_CHECKING:
    from mlops_gitops.measurement.unlabelled.stand_ins import StandIn, StandIns

FINEST, NONE = 1e-12, 0.4  # the least p value that is looked for, and the one that stands for no evidence


def whole(request: MeasurementRequest, cells: Cells, title: str, stand_in: StandIn | None = None) -> Measured:
    """The metric of these rows in its own unit, with bounds where the gate has a confidence; or why it has no value.

    `title` names the data set in reasons, and `stand_in` stands for rows without a label. Numbers are float64, rounded
    to 12 significant digits.
    """
    return _measured(request, cells, title, None, stand_in)[0]


def _measured(
    request: MeasurementRequest,
    cells: Cells,
    title: str,
    conditions: Conditions | None,
    stand_in: StandIn | None = None,
) -> tuple[Measured, Estimate | None]:
    metric, alpha = request.metric, request.gate.alpha if request.gate else None
    try:
        estimate = metric.form.estimate(cells) if alpha and metric.form.intervals else None
        value = estimate.value if estimate else metric.form.value(cells)
    except Undecided as error:
        reason = f"{error.message} ({error.help})" if error.help else error.message
        return Measured(None, cells.n, f"{metric.id} of {title} cannot be computed: {reason}"), None
    if value is None:
        return Measured(None, cells.n, f"{metric.id} of {title} is undefined: {metric.undefined}"), None
    if not math.isfinite(value):
        return Measured(None, cells.n, f"{metric.id} of {title} is not a finite number"), None
    alone = estimate
    if estimate and stand_in:
        if stand_in.value is None:
            reason = f"{metric.id} of {title} needs a label for every row: rows of a like score cannot stand for others"
            return Measured(None, cells.n, reason), None
        from mlops_gitops.measurement.unlabelled.stand_ins import standing_in

        estimate = standing_in(estimate, stand_in, metric.range)
        value = estimate.value
    limits = {"at_least": (conditions.at_least, 1.0), "at_most": (conditions.at_most, -1.0)} if conditions else {}
    bounds = _bounds(estimate, alpha, limits) if estimate and alpha else None
    unlabelled = _unlabelled(alone, stand_in, alpha, metric.range) if alone and stand_in and alpha else None
    return Measured(rounded(value), cells.n, "", bounds, unlabelled), estimate


def _unlabelled(alone: Estimate, stand_in: StandIn, alpha: float, span: tuple[float, float]) -> Unlabelled:
    ends = (rounded(alone.lower(alpha)), rounded(alone.upper(alpha)))
    value = rounded(alone.value) or 0.0
    lower, upper = (value if end is None else end for end in ends)
    against, favour = (rounded(end) for end in stand_in.worst_case)
    return Unlabelled(stand_in.score, stand_in.strata.sizes, (value, lower, upper), span, (against, favour))


def compared(request: MeasurementRequest, cells: Cells, title: str, unpaired: tuple[int, int] | None) -> Compared:
    """The metric on the rows that two files share, and bounds of the candidate's value less the baseline's.

    `unpaired` counts the rows that only the candidate has, and those that only the baseline has.
    """
    return _compared(request, cells, title, None, unpaired)


def _compared(
    request: MeasurementRequest,
    cells: Cells,
    title: str,
    conditions: Conditions | None,
    unpaired: tuple[int, int] | None,
) -> Compared:
    metric, alpha = request.metric, request.gate.alpha if request.gate else None
    if not cells.n:
        return Compared(None, None, 0, f"no row of {title} has its key in both files", unpaired)
    try:
        found = metric.form.compare(cells, bounds=bool(alpha and metric.form.intervals))
    except Undecided as error:
        return Compared(None, None, cells.n, f"{metric.id} of {title} cannot be computed: {error.message}", unpaired)
    if found is None:
        reason = f"{metric.id} of {title} is undefined on the shared rows: {metric.undefined}"
        return Compared(None, None, cells.n, reason, unpaired)
    if not (math.isfinite(found.candidate) and math.isfinite(found.baseline)):
        return Compared(None, None, cells.n, f"{metric.id} of {title} is not a finite number", unpaired)
    bounds = None
    if found.change and alpha:
        sign = -1.0 if request.better == "lower" else 1.0
        loss, gain = (conditions.no_worse_than, conditions.better_than) if conditions else (None, None)
        limits = {
            "no_worse_than": (-sign * loss.by if loss else None, sign),
            "better_than": (sign * gain.by if gain else None, sign),
        }
        bounds = _bounds(found.change, alpha, limits)
    return Compared(rounded(found.candidate), rounded(found.baseline), cells.n, "", unpaired, bounds)


def measure_slices(
    request: MeasurementRequest,
    parts: Sequence[tuple[Mapping[str, str | None], Cells]],
    pairs: Sequence[tuple[Mapping[str, str | None], Cells]],
    title: str,
    stand_ins: StandIns,
) -> tuple[tuple[Slice, ...], Gap | None, Gap | None]:
    """Each slice measured and, where there are pairs, compared; the difference and the ratio of its metric.

    `parts` are the candidate's slices, `pairs` the same on shared rows, and `stand_ins` stand for rows without a label.
    Gaps are between slices of at least `min_samples` rows whose method does not lack any. Raises Undecided for more of
    them than can be compared.
    """
    gate = request.gate
    if gate is None or gate.slices is None:
        return (), None, None
    shared = {tuple(values.items()): cells for values, cells in pairs}
    found, estimates = [], {}
    for place, (values, cells) in enumerate(parts):
        name = Slice(values, Measured(None)).name
        stand_in = stand_ins.get(tuple(values.items()))
        measured, estimate = _measured(request, cells, f"{title} where {name}", gate.grouped, stand_in)
        versus = None
        if pairs:
            same = shared.get(tuple(values.items()), cells.take(slice(0, 0)))
            versus = _compared(request, same, f"{title} where {name}", gate.grouped, (cells.n - same.n, 0))
        found.append(Slice(values, measured, versus))
        if measured.value is not None and cells.n >= gate.slices.min_samples and not (estimate and estimate.few):
            wider = widening(stand_in.strata.sizes) if stand_in else 1.0
            estimates[place] = slice_estimate(request.metric.form, cells, measured.value, estimate, wider)
    kinds = ((gate.slices.max_gap, "difference", max), (gate.slices.min_ratio, "ratio", min))
    gaps = [
        widest_gap(estimates, gate.alpha, which, most) if limit is not None else None for limit, which, most in kinds
    ]
    return tuple(found), gaps[0], gaps[1]


def _bounds(estimate: Estimate, alpha: float, limits: Mapping[str, tuple[float | None, float]]) -> Bounds:
    """Bounds at the gate's alpha, and for each limit (value, sign) the p value of a miss."""
    lower, upper = rounded(estimate.lower(alpha)), rounded(estimate.upper(alpha))
    if lower is None or upper is None:
        few = estimate.few or f"{estimate.method} gives no finite bounds"
        value = rounded(estimate.value) or 0.0
        none = {name: NONE for name, (at, _) in limits.items() if at is not None}
        return Bounds(value, value, estimate.method, few, none, estimate.counts)
    refutes = {name: p_value(estimate, at, sign, alpha) for name, (at, sign) in limits.items() if at is not None}
    later = _bounds(estimate.with_more_rows, alpha, {}) if estimate.with_more_rows else None
    return Bounds(
        lower, upper, estimate.method, estimate.few, refutes, estimate.counts, rounded(estimate.largest_loss), later
    )


def p_value(estimate: Estimate, limit: float, sign: float, alpha: float) -> float:
    """The smallest share alpha whose bound shows that `sign` times the true value is below `sign` times the limit.

    Where the gate's own alpha shows nothing there is no evidence, and none is measured.
    """

    def shows(share: float) -> bool:
        return estimate.upper(share) < limit if sign > 0 else estimate.lower(share) > limit

    if not shows(alpha):
        return NONE
    low, high = math.log(FINEST), math.log(alpha)
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if shows(math.exp(middle)) else (middle, high)
    return rounded(math.exp(high)) or 0.0
