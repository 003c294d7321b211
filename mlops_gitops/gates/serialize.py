"""A judged gate as an entry of a promotion record, and back: every number that re-derives the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.canonical import rounded
from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.result import Baseline, GateResult
from mlops_gitops.measurement.results import Bounds, Compared, Gap, Measured, Measurement, Slice
from mlops_gitops.records.kpis import Kpi

TOLERANCE = 1e-9  # of a number that was measured again; relative where it is larger than 1


def gate_to_data(result: GateResult) -> dict[str, Any]:
    """The gate as an entry of a promotion record. Values and bounds are in the metric's unit."""
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
    if measured.missing:
        data["missing"] = list(measured.missing)
    if measured.slices:
        data["groups"] = [
            {
                "values": dict(part.slice.values),
                "outcome": part.outcome.value if part.outcome else None,
                **_measured(part.slice.measured),
                **(_compared(part.slice.compared, whole=False) if part.slice.compared and result.baseline else {}),
                **({"reason": part.reason} if part.reason else {}),
            }
            for part in result.slices
        ]
    data |= {name: _gap(gap) for name, gap in (("gap", measured.gap), ("ratio", measured.ratio)) if gap}
    if result.better:
        data["better"] = result.better
    if result.reason:
        data["reason"] = result.reason
    return data | ({"accepted": result.accepted} if result.accepted else {})


def _measured(measured: Measured) -> dict[str, Any]:
    return {"value": measured.value, "n": measured.n, **_bounds(measured.bounds)}


def _bounds(bounds: Bounds | None) -> dict[str, Any]:
    if bounds is None:
        return {}
    data: dict[str, Any] = {"interval": [bounds.lower, bounds.upper], "method": bounds.method}
    data |= {"few": bounds.few} if bounds.few else {}
    return data | ({"refutes": dict(bounds.refutes)} if bounds.refutes else {})


def _baseline(baseline: Baseline | None, compared: Compared | None) -> dict[str, Any] | None:
    if baseline is None:
        return None
    value = compared.baseline if compared else None
    named = {"environment": baseline.environment, "release": baseline.release, "record": baseline.record}
    return named | {"value": value} | ({"same_artifact": True} if baseline.same_artifact else {})


def _compared(compared: Compared | None, *, whole: bool = True) -> dict[str, Any]:
    data: dict[str, Any] = {"change": rounded(compared.change) if compared else None}
    if compared is not None and compared.n is not None:
        data["paired"] = {"n": compared.n, "value": compared.candidate, **_bounds(compared.bounds)}
        data["paired"] |= {"unpaired": list(compared.unpaired)} if compared.unpaired else {}
    return data | ({"baseline": compared.baseline if compared else None} if not whole else {})


def _gap(gap: Gap) -> dict[str, Any]:
    return {"value": gap.value, "between": list(gap.between), **_bounds(gap.bounds)}


def judge_recorded(kpi: Kpi, better: str | None, recorded: Mapping[str, Any]) -> GateResult:
    """Judges a recorded gate's numbers again, by `kpi`: what the record says of the KPI itself does not count.

    `recorded` is valid by the schema of promotion records. A part that contradicts the rest, such as a gap between
    slices that are missing, counts as not measured.
    """
    named = recorded.get("baseline")
    reason = str(recorded.get("reason", ""))
    baseline = _read_baseline(named) if named else None
    prefix = f"the baseline in {named['environment']}: " if named else ""
    whole = Measured(recorded["value"], recorded["n"], reason, _read_bounds(recorded))
    compared = _read_compared(recorded, named["value"], reason.removeprefix(prefix)) if named else None
    slices = tuple(_read_slice(group, prefix) for group in recorded.get("groups", ()))
    gap, ratio = (_read_gap(recorded.get(name), len(slices)) for name in ("gap", "ratio"))
    missing = tuple(recorded["missing"]) if "missing" in recorded else None
    measurement = Measurement(whole, compared, slices, gap, ratio, missing=missing)
    return judge(kpi, better, measurement, baseline, recorded.get("accepted"))


def _read_baseline(named: Mapping[str, Any]) -> Baseline:
    same = bool(named.get("same_artifact"))
    return Baseline(named["environment"], named["release"], named["record"], same_artifact=same)


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


def _read_slice(data: Mapping[str, Any], prefix: str) -> Slice:
    reason = data.get("reason", "")
    compared = _read_compared(data, data.get("baseline"), reason.removeprefix(prefix)) if "change" in data else None
    return Slice(data["values"], Measured(data["value"], data["n"], reason, _read_bounds(data)), compared)


def _read_gap(data: Mapping[str, Any] | None, slices: int) -> Gap | None:
    if data is None or max(data["between"]) >= slices:
        return None
    return Gap(data["value"], tuple(data["between"]), _read_bounds(data))


def same_measurement(recorded: Any, again: Any) -> bool:
    """Whether a gate measured again is the recorded one: numbers within 1e-9, all else but the wording exactly."""
    if isinstance(recorded, dict) and isinstance(again, dict):
        names = (recorded.keys() | again.keys()) - {"reason"}
        if any(name not in recorded or name not in again for name in names):
            return False
        # Whether `few` is there is a fact. Its wording belongs to the version that wrote it.
        return all(name == "few" or same_measurement(recorded[name], again[name]) for name in names)
    if isinstance(recorded, list) and isinstance(again, list):
        return len(recorded) == len(again) and all(map(same_measurement, recorded, again))
    if isinstance(recorded, int | float) and isinstance(again, int | float):
        return numbers_agree(recorded, again)
    return bool(recorded == again)


def numbers_agree(first: float | None, second: float | None) -> bool:
    """Whether two measurements of the same number agree: within 1e-9, relative to values larger than 1."""
    if first is None or second is None:
        return first is second
    return abs(first - second) <= TOLERANCE * max(1.0, abs(first), abs(second))
