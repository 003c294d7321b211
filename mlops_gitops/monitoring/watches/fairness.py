"""The widest gap of a KPI between groups of the labelled rows of a window."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.monitoring.limits import AT_MOST, tested, unavailable, with_bounds
from mlops_gitops.monitoring.outcome import Comparison
from mlops_gitops.monitoring.watch_kind import Look, WatchKind
from mlops_gitops.records.monitoring import Fairness


def _compare(check: Fairness, look: Look) -> Iterator[Comparison]:
    found = look.evidence.kpis.get(look.watch.id, f"the KPI {check.kpi} was not measured")
    limits, name = {AT_MOST: check.max_gap}, f"gap of {check.kpi}"
    if isinstance(found, str):
        yield unavailable("", name, limits, found)
        return
    measurement = found.measurement
    gap, slices = measurement.gap, measurement.slices
    if gap is None or gap.bounds is None:
        fewer = f"no two groups of {', '.join(check.by)} have rows enough to be compared"
        yield unavailable("", name, limits, measurement.whole.reason or fewer)
        return
    between = " and ".join(slices[place].name for place in gap.between)
    value = with_bounds(gap.value, gap.bounds, found.level, {"groups": len(slices)})
    yield tested(between, name, value, limits, f"{name} between {between}")


KIND = WatchKind("fairness", __doc__, _compare)
