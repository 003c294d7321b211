"""The metrics a KPI may name."""

from __future__ import annotations

import difflib
from typing import cast

from mlops_gitops.core import plugins
from mlops_gitops.core.errors import Error
from mlops_gitops.metrics.metric import Family, Metric
from mlops_gitops.records.kpis import Kpi

LIBRARY = "sklearn"  # the family that is not ours


def better_direction(kpi: Kpi) -> str | None:
    """Which direction is better: as the metric has it, else as the KPI says. Raises Error for an unknown metric."""
    metric = find_metric(kpi.metric) if isinstance(kpi.metric, str) else None
    return (metric.better if metric else None) or kpi.better_by_gate()


def own_metrics() -> tuple[Metric | Family, ...]:
    """Every metric and every family of ours, by name."""
    every = *plugins.all_of("metrics.catalog", "METRIC"), *plugins.all_of("metrics.catalog", "FAMILY")
    return tuple(sorted((its for its in every if its.id != LIBRARY), key=lambda its: its.id))


def sklearn_family() -> Family:
    """The metrics of scikit-learn that a KPI may name."""
    return cast(Family, plugins.load("metrics.catalog", LIBRARY, "FAMILY"))


def find_metric(metric_name: str) -> Metric:
    """The metric of that name: one of ours, or a family and its member after a colon, as `sklearn:max_error`.

    Raises Error for an unknown name, with the nearest names as its help.
    """
    first, colon, member = metric_name.partition(":")
    if first in plugins.names("metrics.catalog"):
        (found,) = plugins.all_of("metrics.catalog", "FAMILY" if colon else "METRIC", [first]) or (None,)
        if isinstance(found, Metric):
            return found
        if isinstance(found, Family):
            return _member(found, member)
    known = [name for its in own_metrics() for name in _names(its)]
    near = difflib.get_close_matches(metric_name, known, cutoff=0.0)
    raise Error(f"no metric is called {metric_name!r}", help=f"the nearest: {', '.join(near)}")


def bounded_equivalent(function: str) -> str | None:
    """The metric of ours that is this function of scikit-learn's: it has bounds."""
    same: dict[str, str] = plugins.load("metrics.catalog", LIBRARY, "OURS")
    return same.get(function)


def _names(its: Metric | Family) -> list[str]:
    return [its.id] if isinstance(its, Metric) else [f"{its.id}:{member}" for member in its.members]


def _member(family: Family, name: str) -> Metric:
    try:
        return family.build(name)
    except Error as error:
        if name not in plugins.names("metrics.catalog"):
            raise
        raise Error(error.message, help=f"{name} is a metric of its own; {error.help}") from error
