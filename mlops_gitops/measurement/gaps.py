"""The widest gap between the slices of a gate, with bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement.results import Bounds, Gap
from mlops_gitops.metrics.aggregates import Array, Cells
from mlops_gitops.metrics.metric import Form
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influences import Influences

COMPARED = 100  # slices of which every pair is compared
UNSEEN = {"bounded_mean", "scored_loss"}  # methods that add what no row showed, of which no influence tells


@frozen
class SliceEstimate:
    """A slice's value with its bounds; the clusters of its rows, if any, and the influences that the metric has."""

    estimate: Estimate
    cluster: Array | None = None
    influences: Influences | None = None


def slice_estimate(
    form: Form, cells: Cells, value: float, estimate: Estimate | None, wider: float = 1.0
) -> SliceEstimate:
    """What a slice brings to a gap; without bounds (`estimate` is None) its value alone.

    Influences are of the rows of `cells`, and made larger where bounds are `wider` than these tell.
    """
    if estimate is None:
        return SliceEstimate(Estimate(value, lambda _: value, lambda _: value, ""))
    if cells.cluster is None:
        return SliceEstimate(estimate)
    influences = form.value_influences(cells)
    if influences is not None:
        influences = replace(influences, per_row=influences.per_row * wider)
    return SliceEstimate(estimate, cells.cluster, influences)


def widest_gap(
    slices: Mapping[int, SliceEstimate], alpha: float | None, kind: str, most: Callable[..., Any]
) -> Gap | None:
    """The widest gap over all ordered pairs of slices, by their places.

    That no pair is too far apart is proven pair by pair, each at the gate's confidence (intersection-union); that
    one is, at a confidence divided by the pairs (Bonferroni).
    """
    from mlops_gitops.statistics.intervals import mover

    pairs = [(first, second) for first in slices for second in slices if first != second]
    if not pairs:
        return None
    if len(slices) > COMPARED:
        raise Undecided(f"{len(slices)} groups are too many to compare each with each; {COMPARED} are not")
    between = {pair: _between(slices[pair[0]], slices[pair[1]], kind) for pair in pairs}
    pair: tuple[int, int] = most(between, key=lambda pair: between[pair].value)
    value, method = between[pair].value, between[pair].method
    if alpha is None:
        return Gap(rounded(value) or 0.0, pair, None)
    each = alpha / len(pairs)
    lower = most([estimate.lower(alpha if kind == "ratio" else each) for estimate in between.values()])
    upper = most([estimate.upper(each if kind == "ratio" else alpha) for estimate in between.values()])
    ends, at = (rounded(lower), rounded(upper)), rounded(value) or 0.0
    if ends[0] is None or ends[1] is None:
        return Gap(at, pair, Bounds(at, at, method, f"{method} gives no finite bounds"))
    few = next((estimate.few for estimate in between.values() if estimate.few), "")
    counts = mover.scarcest(*between.values())
    return Gap(at, pair, Bounds(ends[0], ends[1], method, few, counts=counts))


def _between(first: SliceEstimate, second: SliceEstimate, kind: str) -> Estimate:
    """By `mover` where the slices are independent; with the joint variance where a cluster has rows in both.

    Where bounds hold more than a variance, as by a `loss_bound`, the wider of both counts.
    """
    from mlops_gitops.statistics.intervals import joint, mover

    independent = mover.ratio if kind == "ratio" else mover.difference
    if not joint.share_clusters(first.cluster, second.cluster):
        return independent(first.estimate, second.estimate)
    if first.influences is None or second.influences is None:
        lacking = "clusters have rows in both groups, and the metric has no joint variance"
        return replace(independent(first.estimate, second.estimate), lacking=lacking)
    combine = joint.joint_ratio if kind == "ratio" else joint.joint_difference
    combined = combine(
        joint.ClusteredValue(first.estimate.value, first.influences),
        joint.ClusteredValue(second.estimate.value, second.influences),
    )
    if {first.estimate.method, second.estimate.method} & UNSEEN:
        return _wider(combined, independent(first.estimate, second.estimate))
    return combined


def _wider(first: Estimate, second: Estimate) -> Estimate:
    """The first estimate with the wider bounds of both."""
    return replace(
        first,
        lower=lambda alpha: min(first.lower(alpha), second.lower(alpha)),
        upper=lambda alpha: max(first.upper(alpha), second.upper(alpha)),
    )
