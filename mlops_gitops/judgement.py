"""From numbers to an outcome, and from a promotion record back to the same outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.canonical import rounded
from mlops_gitops.records.kpis import Gate, Kpi
from mlops_gitops.results import Baseline, GateResult, Measured, Outcome

TOLERANCE = 1e-9

_WEIGHT = list(Outcome)


def judge(
    kpi: Kpi, better: str | None, candidate: Measured, baseline: Baseline | None, accepted: str | None = None
) -> GateResult:
    """Judges one KPI by its own gate; a KPI without one only shows its value.

    `baseline` is None where the baseline environment has no promotion record: the change condition is then skipped, and
    a gate that has no other is inconclusive. `accepted` is the accept decision that would let it pass.
    """
    found = [_available(kpi, candidate)]
    if kpi.gate and candidate.value is not None:
        found += [*_values(kpi, kpi.gate, candidate.value), *_change(kpi, kpi.gate, better, candidate.value, baseline)]
    outcome, reason = max(found, key=lambda pair: _WEIGHT.index(pair[0]))
    if outcome is not Outcome.INCONCLUSIVE:
        accepted = None
    return GateResult(kpi.id, kpi.metric_name(), kpi.gate, better, candidate, baseline, outcome, reason, accepted)


def _available(kpi: Kpi, measured: Measured) -> tuple[Outcome, str]:
    if measured.value is None:
        return Outcome.NOT_AVAILABLE, measured.reason or f"{kpi.metric_name()} was not measured"
    return Outcome.PASSED, ""


def _values(kpi: Kpi, gate: Gate, value: float) -> list[tuple[Outcome, str]]:
    name, found = kpi.metric_name(), []
    if gate.at_least is not None and value < gate.at_least:
        found.append((Outcome.FAILED, f"{name} is {value:.6g}, and at least {gate.at_least:g} is required"))
    if gate.at_most is not None and value > gate.at_most:
        found.append((Outcome.FAILED, f"{name} is {value:.6g}, and at most {gate.at_most:g} is allowed"))
    return found


def _change(
    kpi: Kpi, gate: Gate, better: str | None, value: float, baseline: Baseline | None
) -> list[tuple[Outcome, str]]:
    wanted, name = gate.no_worse_than, kpi.metric_name()
    if wanted is None:
        return []
    if baseline is None:
        alone = gate.at_least is None and gate.at_most is None
        reason = f"{wanted.baseline} runs nothing yet to compare {name} with"
        return [(Outcome.INCONCLUSIVE, reason)] if alone else []
    before = baseline.measured.value
    if before is None:
        return [(Outcome.NOT_AVAILABLE, f"the baseline in {baseline.environment}: {baseline.measured.reason}")]
    if better is None:
        return [(Outcome.NOT_AVAILABLE, f"nothing says whether a higher {name} is better: add `better:` to the KPI")]
    worse = rounded(before - value if better == "higher" else value - before) or 0.0
    if worse <= wanted.by:
        return []
    running = f"{baseline.environment}'s {baseline.release or 'baseline'}"
    reason = f"{name} is {value:.6g}, which is {worse:.6g} worse than the {before:.6g} of {running}"
    return [(Outcome.FAILED, f"{reason}; {wanted.by:g} is allowed")]


def to_record(result: GateResult) -> dict[str, Any]:
    """The gate as a promotion record keeps it: every number that re-derives the outcome."""
    gate = result.gate
    data: dict[str, Any] = {
        "id": result.id,
        "metric": result.metric,
        "outcome": result.outcome.value,
        "on_fail": result.on_fail,
        "value": result.candidate.value,
        "n": result.candidate.n,
    }
    data |= gate.conditions() if gate else {}
    if gate and gate.no_worse_than:
        data["baseline"] = _baseline_to_record(result.baseline)
        data["change"] = rounded(result.change)
    if result.better:
        data["better"] = result.better
    if result.reason:
        data["reason"] = result.reason
    return data | ({"accepted": result.accepted} if result.accepted else {})


def _baseline_to_record(baseline: Baseline | None) -> dict[str, Any] | None:
    if baseline is None:
        return None
    value = baseline.measured.value
    return {
        "environment": baseline.environment,
        "release": baseline.release,
        "record": baseline.record,
        "value": value,
    }


def from_record(kpi: Kpi, better: str | None, recorded: Mapping[str, Any]) -> GateResult:
    """Judges a recorded gate's numbers again, by `kpi`: what the record says of the KPI itself is not believed."""
    its = recorded.get("baseline")
    reason = str(recorded.get("reason", "")).removeprefix(f"the baseline in {its['environment']}: " if its else "")
    baseline = (
        Baseline(its["environment"], its["release"], its["record"], Measured(its["value"], None, reason))
        if its
        else None
    )
    measured = Measured(recorded["value"], recorded["n"], reason)
    return judge(kpi, better, measured, baseline, recorded.get("accepted"))


def same_again(recorded: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Whether a gate measured again is the recorded one: values within 1e-9, all else exactly."""
    if set(recorded) != set(again):
        return False
    numbers = ("value", "change")
    one, other = dict(recorded), dict(again)
    bases = [its.get("baseline") or {} for its in (one, other)]
    values = [(one.get(name), other.get(name)) for name in numbers] + [(bases[0].get("value"), bases[1].get("value"))]
    exact = [{k: v for k, v in its.items() if k not in (*numbers, "baseline", "reason")} for its in (one, other)]
    exact = [
        kept | {"baseline": {k: v for k, v in b.items() if k != "value"}} for kept, b in zip(exact, bases, strict=True)
    ]
    return exact[0] == exact[1] and all(agree(*pair) for pair in values)


def agree(one: float | None, other: float | None) -> bool:
    """Whether two measurements of the same thing agree: within 1e-9, relative where the values are large."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))
