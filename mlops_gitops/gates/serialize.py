"""A judged gate as a promotion record keeps it, and back: every number that re-derives the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.canonical import rounded
from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.result import Baseline, GateResult
from mlops_gitops.measurement.results import Bounds, Compared, Gap, Measured, Measurement, Slice
from mlops_gitops.records.kpis import Kpi

TOLERANCE = 1e-9


def to_data(result: GateResult) -> dict[str, Any]:
    """The gate as a promotion record keeps it."""
    gate, measured = result.gate, result.measurement
    data: dict[str, Any] = {
        "id": result.id,
        "metric": result.metric,
        "outcome": result.outcome.value,
        "on_fail": result.on_fail,
        **_measured(measured.whole),
    }
    data |= gate.conditions() if gate else {}
    if gate and gate.change:
        data["baseline"] = _baseline(result.baseline, measured.compared)
        data |= _compared(measured.compared if result.baseline else None)
    if measured.slices:
        data["groups"] = [
            {
                "values": dict(its.slice.values),
                "outcome": its.outcome.value if its.outcome else None,
                **_measured(its.slice.measured),
                **(_compared(its.slice.compared, whole=False) if its.slice.compared and result.baseline else {}),
                **({"reason": its.reason} if its.reason else {}),
            }
            for its in result.slices
        ]
    data |= {name: _gap(gap) for name, gap in (("gap", measured.gap), ("ratio", measured.ratio)) if gap}
    if result.better:
        data["better"] = result.better
    if result.reason:
        data["reason"] = result.reason
    return data | ({"accepted": result.accepted} if result.accepted else {})


def _measured(its: Measured) -> dict[str, Any]:
    return {"value": its.value, "n": its.n, **_bounds(its.bounds)}


def _bounds(its: Bounds | None) -> dict[str, Any]:
    if its is None:
        return {}
    data: dict[str, Any] = {"interval": [its.lower, its.upper], "method": its.method}
    data |= {"few": its.few} if its.few else {}
    return data | ({"refutes": dict(its.refutes)} if its.refutes else {})


def _baseline(baseline: Baseline | None, compared: Compared | None) -> dict[str, Any] | None:
    if baseline is None:
        return None
    value = compared.baseline if compared else None
    named = {"environment": baseline.environment, "release": baseline.release, "record": baseline.record}
    return named | {"value": value}


def _compared(its: Compared | None, *, whole: bool = True) -> dict[str, Any]:
    data: dict[str, Any] = {"change": rounded(its.change) if its else None}
    if its is not None and its.n is not None:
        data["paired"] = {"n": its.n, "value": its.candidate, **_bounds(its.bounds)}
        data["paired"] |= {"unpaired": list(its.unpaired)} if its.unpaired else {}
    return data | ({"baseline": its.baseline if its else None} if not whole else {})


def _gap(its: Gap) -> dict[str, Any]:
    return {"value": its.value, "between": list(its.between), **_bounds(its.bounds)}


def judge_recorded(kpi: Kpi, better: str | None, recorded: Mapping[str, Any]) -> GateResult:
    """Judges a recorded gate's numbers again, by `kpi`: what the record says of the KPI itself is not believed.

    What does not hang together, as a gap between groups that are not there, counts as not measured.
    """
    its = recorded.get("baseline")
    reason = str(recorded.get("reason", ""))
    baseline = Baseline(its["environment"], its["release"], its["record"]) if its else None
    said = f"the baseline in {its['environment']}: " if its else ""
    whole = Measured(recorded["value"], recorded["n"], reason, _read_bounds(recorded))
    compared = _read_compared(recorded, its["value"], reason.removeprefix(said)) if its else None
    groups = tuple(_read_group(group, said) for group in recorded.get("groups", ()))
    gaps = [_read_gap(recorded.get(name), len(groups)) for name in ("gap", "ratio")]
    return judge(kpi, better, Measurement(whole, compared, groups, *gaps), baseline, recorded.get("accepted"))


def _read_bounds(data: Mapping[str, Any]) -> Bounds | None:
    if "interval" not in data or "method" not in data:
        return None
    lower, upper = data["interval"]
    return Bounds(lower, upper, data["method"], data.get("few", ""), data.get("refutes", {}))


def _read_compared(data: Mapping[str, Any], baseline: float | None, reason: str) -> Compared:
    paired = data.get("paired")
    if paired is None:
        return Compared(data["value"], baseline, None, reason)
    unpaired = tuple(paired["unpaired"]) if "unpaired" in paired else None
    return Compared(paired["value"], baseline, paired["n"], reason, unpaired, _read_bounds(paired))


def _read_group(data: Mapping[str, Any], said: str) -> Slice:
    reason = data.get("reason", "")
    compared = _read_compared(data, data.get("baseline"), reason.removeprefix(said)) if "change" in data else None
    return Slice(data["values"], Measured(data["value"], data["n"], reason, _read_bounds(data)), compared)


def _read_gap(data: Mapping[str, Any] | None, groups: int) -> Gap | None:
    if data is None or max(data["between"]) >= groups:
        return None
    return Gap(data["value"], tuple(data["between"]), _read_bounds(data))


def same_measurement(recorded: Any, again: Any) -> bool:
    """Whether a gate measured again is the recorded one: numbers within 1e-9, all else but the wording exactly."""
    if isinstance(recorded, dict) and isinstance(again, dict):
        names = (recorded.keys() | again.keys()) - {"reason"}
        if any(name not in recorded or name not in again for name in names):
            return False
        # That something lacks is a fact; how it is said is the version's.
        return all(name == "few" or same_measurement(recorded[name], again[name]) for name in names)
    if isinstance(recorded, list) and isinstance(again, list):
        return len(recorded) == len(again) and all(map(same_measurement, recorded, again))
    if isinstance(recorded, int | float) and isinstance(again, int | float):
        return numbers_agree(recorded, again)
    return bool(recorded == again)


def numbers_agree(one: float | None, other: float | None) -> bool:
    """Whether two measurements of the same thing agree: within 1e-9, relative where the values are large."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))
