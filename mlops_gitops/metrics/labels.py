"""What people read of a metric: its columns, range, direction and interval methods."""

from __future__ import annotations

import math

from mlops_gitops.metrics.loss_limits import takes_limits
from mlops_gitops.metrics.metric import Metric


def columns_label(metric: Metric) -> str:
    """The columns it is measured on."""
    return ", ".join(sorted(metric.needs))


def range_label(metric: Metric) -> str:
    """Its range, in words where it has no end."""
    low, high = metric.range
    if math.isinf(low) and math.isinf(high):
        return "as its source says"
    if math.isinf(low):
        return f"at most {high:g}"
    return f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"


def direction_label(metric: Metric) -> str:
    """Which direction is better."""
    return metric.better or "as the KPI says"


def intervals_label(metric: Metric) -> str:
    """The interval methods that decide with a confidence."""
    return ", ".join(metric.form.intervals) or "none: a point only"


def limits_label(metric: Metric) -> str:
    """What a KPI may declare of the loss of a row; empty where the metric has none that a key bounds."""
    if not takes_limits(metric):
        return ""
    unit = "the label's unit" if metric.range[0] < 0 else "the metric's unit"
    return f"`loss_bound` or `cap`, in {unit}; bounds are then by bounded_mean"
