"""The widest gap of a KPI between groups of the labelled rows of a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any

from mlops_gitops.measurement.results import Measured, Measurement
from mlops_gitops.monitoring.history.live_windows import UNLABELLED, unlabelled_evidence
from mlops_gitops.monitoring.limits import AT_MOST, Limits, stated, tested, unavailable, with_bounds
from mlops_gitops.monitoring.outcome import Comparison
from mlops_gitops.monitoring.watch_kind import Look, Stated, WatchKind
from mlops_gitops.records.monitoring import Fairness


def _read(data: Mapping[str, Any]) -> Fairness:
    return Fairness(data["kpi"], tuple(data["by"]), data["max_gap"])


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
    evidence = {"groups": len(slices)} | _worst_case(measurement)
    value = with_bounds(gap.value, gap.bounds, found.level, evidence)
    yield tested(between, name, value, limits, f"{name} between {between}")


def _worst_case(measurement: Measurement) -> dict[str, Any]:
    """The assumption about rows without a label, and the widest and the smallest gap that their labels could make."""
    known = measurement.whole.unlabelled
    if known is None:
        return {}
    compared = [part.measured for part in measurement.slices if part.measured.bounds and not part.measured.bounds.few]
    ends = [(min(pair), max(pair)) for measured in compared if (pair := _ends(measured))]
    if len(ends) < max(len(compared), 2):
        return {UNLABELLED: unlabelled_evidence(known, (None, None))}
    pairs = list(permutations(ends, 2))
    widest = max(high - low for (_, high), (low, _) in pairs)
    least = max(0.0, *(low - high for (low, _), (_, high) in pairs))
    return {UNLABELLED: unlabelled_evidence(known, (widest, least))}


def _ends(measured: Measured) -> list[float]:
    """The values of a group that labels could make; none where nothing says how far."""
    ends = measured.unlabelled.worst_case if measured.unlabelled else (measured.value,)
    known = [end for end in ends if end is not None]
    return known if len(known) == len(ends) else []


def _allowed(check: Fairness, about: str, _: Stated) -> list[Limits]:
    return [stated(at_most=check.max_gap)]


KIND = WatchKind("fairness", __doc__, _read, _compare, _allowed)
