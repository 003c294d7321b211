"""The metrics a KPI may name."""

from __future__ import annotations

import difflib
from typing import cast

from mlops_gitops import registry
from mlops_gitops.errors import Error
from mlops_gitops.instruments import Metric
from mlops_gitops.records.kpis import Kpi

FAMILY = "sklearn"


def better_of(kpi: Kpi) -> str | None:
    """Which direction is better: as the metric has it, else as the KPI says. Raises Error for an unknown metric."""
    metric = find(kpi.metric) if isinstance(kpi.metric, str) else None
    return (metric.better if metric else None) or kpi.better_by_gate()


def own() -> tuple[Metric, ...]:
    """Every metric of ours, by name."""
    return registry.all_of("metrics", "METRIC")


def family() -> tuple[Metric, ...]:
    """Every metric of scikit-learn that a KPI may name."""
    names: dict[str, str] = registry.load("metrics", FAMILY, "TAKES")
    return tuple(find(f"{FAMILY}:{name}") for name in sorted(names))


def find(metric_name: str) -> Metric:
    """The metric of that name: one of ours, or `sklearn:` and a function of sklearn.metrics.

    Raises Error for an unknown name, with the nearest names as its help.
    """
    family, _, member = metric_name.partition(":")
    if family == FAMILY and member:
        return cast(Metric, registry.load("metrics", FAMILY, "named")(member))
    known = [name for name in registry.names("metrics") if name != FAMILY]
    if metric_name not in known:
        near = difflib.get_close_matches(metric_name, known, cutoff=0.0)
        raise Error(f"no metric is called {metric_name!r}", help=f"the nearest: {', '.join(near)}")
    return cast(Metric, registry.load("metrics", metric_name, "METRIC"))
