"""A KPI on the labelled rows of a window: by its own gate, or no worse than early windows or the promotion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import hypot, sqrt
from typing import Any

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.results import Bounds, Measured, Slice
from mlops_gitops.metrics.lookup import better_direction
from mlops_gitops.monitoring.history.live_windows import ENDS, SHARED, UNLABELLED, evidence_of
from mlops_gitops.monitoring.limits import AT_LEAST, AT_MOST, Bounded, Limits, bounded, stated, tested, unavailable
from mlops_gitops.monitoring.outcome import Comparison
from mlops_gitops.monitoring.promoted_values import promoted_values, same_group
from mlops_gitops.monitoring.watch_kind import Look, MeasuredKpi, Stated, WatchKind
from mlops_gitops.records.kpis import Kpi
from mlops_gitops.records.monitoring import KpiDecay


def _read(data: Mapping[str, Any]) -> KpiDecay:
    change = data.get("no_worse_than", {})
    return KpiDecay(data["id"], change.get("live"), change.get("promoted", False), change.get("by"))


def _compare(check: KpiDecay, look: Look) -> Iterator[Comparison]:
    found = look.evidence.kpis.get(look.watch.id, f"the KPI {check.id} was not measured")
    if isinstance(found, str):
        yield unavailable("", check.id, {}, found)
        return
    groups = found.measurement.slices or (Slice({}, found.measurement.whole),)
    if look.watch.by and not found.measurement.slices and found.measurement.whole.value is not None:
        yield unavailable("", found.metric, {}, f"no group of {', '.join(look.watch.by)} has rows enough to be judged")
        return
    for group in groups:
        yield _group(check, found, group)


def _group(check: KpiDecay, kpi: MeasuredKpi, group: Slice) -> Comparison:
    """A group of rows, or all of them."""
    name = f"change of {kpi.metric}" if check.live else kpi.metric
    defined: dict[str, Any] = {"definition": kpi.definition} if kpi.definition else {}
    defined |= {SHARED: kpi.level} if group.name else {}
    found = bounded(group.measured, kpi.metric, kpi.level)
    limits = _limits(check, kpi, group.name)
    if check.live and isinstance(found, Bounded):
        found = _change(found, kpi.earlier.get(group.name, f"no live windows are recorded of {group.name or 'it'}"))
    if isinstance(found, str) or isinstance(limits, str):
        reason = limits if isinstance(limits, str) else str(found)
        return unavailable(group.name, name, {}, reason, evidence_of(group.measured) | defined)
    title = f"{name} where {group.name}" if group.name else name
    return tested(group.name, name, replace(found, evidence={**found.evidence, **defined}), limits, title)


def _limits(check: KpiDecay, kpi: MeasuredKpi, group: str) -> Limits | str:
    """The limits: those of the gate, of a change, or by the bound of the promotion; or why there are none."""
    if check.by is None:
        limits = stated(kpi.conditions.at_least, kpi.conditions.at_most)
        return limits or f"the gate of {check.id} has neither at_least nor at_most: add no_worse_than to the watch"
    if kpi.better is None:
        return f"nothing says whether a higher {kpi.metric} is better: add `better:` to the KPI"
    value = Bounds(0, 0, "") if check.live else _promoted(check.id, kpi.promoted, group)
    return _no_worse_than(check.id, check.by, kpi.better, value)


def _promoted(id: str, values: Mapping[str, Measured] | str, group: str) -> Measured | str:
    """What the promotion recorded of a group of rows, or of all."""
    if isinstance(values, str):
        return values
    missing = f"the promotion in force recorded no value of {id} where {group}: give its gate `slices` of these groups"
    return values.get(same_group(group), missing)


def _no_worse_than(id: str, by: float, better: str, known: Measured | Bounds | str) -> Limits | str:
    """The limits by the bounds of what a value is compared with, or why there are none."""
    bounds = known.bounds if isinstance(known, Measured) else known
    if isinstance(bounds, str):
        return bounds
    if bounds is None or bounds.few:
        return f"the promotion recorded no bounds of {id}: give its gate a confidence, or use `live`"
    return {AT_LEAST: bounds.lower - by} if better == "higher" else {AT_MOST: bounds.upper + by}


def _change(now: Bounded, earlier: Sequence[Measured] | str) -> Bounded | str:
    """The value less that of the first live windows, with bounds of the difference (Zou & Donner 2008)."""
    if isinstance(earlier, str):
        return earlier
    before = mean_of_windows([bounded(window, "an earlier window", now.level) for window in earlier], earlier)
    if isinstance(before, str):
        return before
    change = now.value - before.value
    lower = change - hypot(now.value - now.lower, before.upper - before.value)
    upper = change + hypot(now.upper - now.value, before.value - before.lower)
    few = now.few or before.few
    sides = {"live": [before.value, before.lower, before.upper]} | ({"few": few} if few else {})
    return Bounded(change, lower, upper, now.level, few, {**now.evidence, **sides, **_moved(now, before.value)})


def _moved(now: Bounded, before: float) -> dict[str, Any]:
    """The worst case of rows without a label as a change from the value of before."""
    known = now.evidence.get(UNLABELLED)
    if known is None:
        return {}
    return {UNLABELLED: {**known, **{end: known[end] - before for end in ENDS if known[end] is not None}}}


def mean_of_windows(windows: Sequence[Bounded | str], measured: Sequence[Measured]) -> Bounded | str:
    """The mean of independent windows by their rows, its bounds by MOVER of a linear function (Zou & Donner 2008)."""
    found = [window for window in windows if isinstance(window, Bounded)]
    rows = [window.n or 0 for window in measured]
    if len(found) < len(windows) or not sum(rows):
        return next((window for window in windows if isinstance(window, str)), "the earlier windows have no rows")
    weights = [n / sum(rows) for n in rows]
    value = sum(weight * window.value for weight, window in zip(weights, found, strict=True))
    below = sqrt(sum((w * (window.value - window.lower)) ** 2 for w, window in zip(weights, found, strict=True)))
    above = sqrt(sum((w * (window.upper - window.value)) ** 2 for w, window in zip(weights, found, strict=True)))
    few = next((window.few for window in found if window.few), "")
    return replace(found[0], value=value, lower=value - below, upper=value + above, few=few, evidence={})


def _allowed(check: KpiDecay, about: str, known: Stated) -> Iterator[Limits]:
    """Those that a kpis.yaml of the branch gives with the promotion in force."""
    for kpi in known.kpis:
        if kpi.id == check.id and check.by is None:
            yield stated(kpi.gate.at_least, kpi.gate.at_most) if kpi.gate else {}
        elif kpi.id == check.id and (better := _better(kpi)) and check.by is not None:
            recorded = promoted_values(kpi, better, known.promotion)
            value = Bounds(0, 0, "") if check.live else _promoted(kpi.id, recorded, about)
            limits = _no_worse_than(check.id, check.by, better, value)
            yield {} if isinstance(limits, str) else limits


def _better(kpi: Kpi) -> str | None:
    """Which direction is better; None where nothing says so, or the metric of an old file is not known."""
    try:
        return better_direction(kpi)
    except Error:
        return None


KIND = WatchKind("kpi", __doc__, _read, _compare, _allowed)
