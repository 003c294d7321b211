"""Gaps between groups of rows: by the joint variance where a cluster has rows in both."""

from __future__ import annotations

import numpy as np
import pytest
from cases import cases
from scipy import stats

from mlops_gitops.core.frozen import replace
from mlops_gitops.gates.conditions import Limit
from mlops_gitops.gates.result import Outcome
from mlops_gitops.gates.slices import _judge_gap
from mlops_gitops.measurement.gaps import slice_estimate, widest_gap
from mlops_gitops.measurement.results import Measured, Slice
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import Cells

ALPHA = 0.05


def groups(relation: float, clusters: int = 200, metric: str = "accuracy", shift: int = 0):
    """Two groups with ten rows of each cluster, whose shares go together (1.0) or one against the other (-1.0)."""
    random = np.random.default_rng(7)
    form, effect = lookup.find_metric(metric).form, random.normal(0, 0.1, clusters)
    found = {}
    for place, (share, sign) in enumerate(((0.8, 1.0), (0.6, relation))):
        cluster = np.arange(clusters).repeat(10)
        right = (random.random(len(cluster)) < np.clip(share + sign * effect, 0, 1)[cluster]).astype(int)
        columns = {"label": np.ones(len(cluster), int), "prediction": right}
        if metric == "expected_calibration_error":
            columns = {"score": np.full(len(cluster), 0.5), "positives": right}
        cells = Cells(np.ones(len(cluster), int), columns, cluster + place * shift)
        found[place] = slice_estimate(form, cells, form.value(cells), form.estimate(cells))
    return found


def width(gap):
    return gap.bounds.upper - gap.bounds.lower


@cases("kind, most", [("difference", max), ("ratio", min)])
def test_groups_that_share_clusters_have_the_variance_of_both_together(kind, most):
    together, against, apart = (
        widest_gap(groups(relation, shift=shift), ALPHA, kind, most)
        for relation, shift in ((1.0, 0), (-1.0, 0), (-1.0, 200))
    )
    assert (together.bounds.method, against.bounds.method, apart.bounds.method) == ("joint", "joint", "mover")
    assert width(together) < width(apart) < width(against)
    assert all(gap.bounds.lower < gap.value < gap.bounds.upper for gap in (together, against))


def test_the_joint_variance_is_that_of_the_differences_of_clusters():
    """With as many rows of each group in every cluster, the gap is a mean of as many differences as clusters."""
    found = groups(-1.0)
    first, second = (slice.influences.per_row.reshape(200, 10).mean(1) for slice in found.values())
    difference = first - second + found[0].estimate.value - found[1].estimate.value
    interval = stats.t.interval(0.9, 199, difference.mean(), difference.std(ddof=1) / 200**0.5)
    gap = widest_gap(found, 2 * ALPHA, "difference", max)  # of the lower bound, half is for each of two ordered pairs
    assert gap.bounds.lower == pytest.approx(interval[0], abs=0.002)


def test_with_few_shared_clusters_nothing_is_told():
    gap = widest_gap(groups(-1.0, clusters=20), ALPHA, "difference", max)
    assert "20 clusters, and joint needs 30" in gap.bounds.few
    parts = [Slice({"region": name}, Measured(0.8, 200)) for name in ("EU", "US")]
    outcome, reason = _judge_gap("accuracy", gap, Limit(0.9, -1.0, "at most 0.9"), 0.95, parts)
    assert outcome is Outcome.INCONCLUSIVE and "joint needs 30" in reason


def test_a_metric_without_a_joint_variance_says_so():
    gap = widest_gap(groups(-1.0, metric="expected_calibration_error"), ALPHA, "difference", max)
    assert "no joint variance" in gap.bounds.few
    alone = {place: replace(slice, cluster=None) for place, slice in groups(1.0).items()}
    assert not widest_gap(alone, ALPHA, "difference", max).bounds.few


def test_what_a_loss_bound_adds_is_added_to_a_gap_of_shared_clusters():
    """The joint variance is of rows that were drawn; a declared bound is about the others."""

    def bounded(found):
        estimate = found.estimate
        upper = estimate.upper
        return replace(found, estimate=replace(estimate, upper=lambda alpha: upper(alpha) + 2, method="bounded_mean"))

    found = groups(-1.0)
    limited = {place: bounded(group) for place, group in found.items()}
    gap, wider = (widest_gap(each, ALPHA, "difference", max) for each in (found, limited))
    apart = widest_gap(
        {place: replace(group, cluster=None) for place, group in limited.items()}, ALPHA, "difference", max
    )
    assert wider.bounds.upper == apart.bounds.upper > 2 > gap.bounds.upper
    assert wider.bounds.lower == min(gap.bounds.lower, apart.bounds.lower) and wider.bounds.method == "joint"
