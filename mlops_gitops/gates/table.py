"""Gate results as people and programs read them: a table, a sentence for each miss, JSON, an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_gitops.core.table import Table
from mlops_gitops.gates.result import GateResult, Outcome, SliceResult, worst
from mlops_gitops.gates.table_cells import format_change, format_conditions, format_interval
from mlops_gitops.measurement.results import Compared, Measured

SHOWN = 6  # groups of a gate that a table shows, the worst first
_MARK = {Outcome.PASSED: "passed", Outcome.FAILED: "FAILED", Outcome.INCONCLUSIVE: "inconclusive"}
_WEIGHT = list(Outcome)


def gate_table(found: tuple[GateResult, ...], title: str) -> Table:
    """The KPI table a person reads: each KPI, and beneath it the worst of its groups."""
    columns = ("KPI", "metric", "value", "interval", "required", "n", "baseline", "change", "outcome")
    return Table(title, columns, tuple(row for result in found for row in _rows(result)))


def _rows(result: GateResult) -> Iterator[tuple[str, ...]]:
    measured, gate = result.measurement, result.gate
    outcome = "—" if gate is None and result.candidate.value is not None else _outcome(result)
    base = measured.compared.baseline if measured.compared and result.baseline else None
    yield (
        result.id, result.metric, format_number(result.candidate.value), format_interval(gate, measured.whole),
        format_conditions(gate, result.better), _count(result.candidate.n), format_number(base),
        format_change(measured.compared if result.baseline else None), outcome,
    )  # fmt: skip
    groups = sorted(result.slices, key=lambda its: -_WEIGHT.index(its.outcome) if its.outcome else 1)
    for group in groups[:SHOWN]:
        yield _group(result, group)
    if rest := groups[SHOWN:]:
        least = "passed" if all(its.outcome is Outcome.PASSED for its in rest) else "in the JSON"
        yield (f"  … {len(rest)} more groups", *[""] * 7, least)


def _group(result: GateResult, its: SliceResult) -> tuple[str, ...]:
    measured, versus = its.slice.measured, its.slice.compared if result.baseline else None
    word = "only reported" if its.outcome is None else _MARK.get(its.outcome, "not available")
    return (
        f"  {its.slice.name}", "", format_number(measured.value),
        format_interval(result.gate, measured, grouped=True), "", _count(measured.n),
        format_number(versus.baseline if versus else None), format_change(versus), word,
    )  # fmt: skip


def _count(n: int | None) -> str:
    return f"{n:,}" if n else "—"


def _outcome(result: GateResult) -> str:
    word = _MARK.get(result.outcome, "not available")
    if result.accepted:
        return f"{word}, accepted"
    warned = result.on_fail == "warn" and result.outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE)
    return f"{word} (warning)" if warned else word


def format_number(value: float | None, *, sign: bool = False) -> str:
    """A number as a table has it."""
    return "—" if value is None else f"{value:+.4g}" if sign else f"{value:.6g}"


def gates_to_json(found: tuple[GateResult, ...]) -> list[dict[str, Any]]:
    """The results as the JSON contract has them: a row for each KPI, then one for each of its groups."""
    return [row for result in found for row in _json_rows(result)]


def _json_rows(result: GateResult) -> Iterator[dict[str, Any]]:
    gate, base = result.gate, result.baseline
    shared = {"id": result.id, "metric": result.metric}
    asked = {"threshold": gate.conditions() if gate else {}, "on_fail": result.on_fail}
    named = {"environment": base.environment, "release": base.release} if base else None
    versus = result.measurement.compared if base else None
    whole = {"slice": None, "outcome": result.outcome.value, "message": result.reason, "accepted": result.accepted}
    yield shared | asked | whole | _numbers(result.candidate, versus, named) | _gaps(result)
    for its in result.slices:
        outcome = its.outcome.value if its.outcome else None
        group = {"slice": dict(its.slice.values), "outcome": outcome, "message": its.reason, "accepted": None}
        yield shared | asked | group | _numbers(its.slice.measured, its.slice.compared if base else None, named)


def _numbers(measured: Measured, versus: Compared | None, named: dict[str, Any] | None) -> dict[str, Any]:
    bounds, change = measured.bounds, versus.bounds if versus else None
    return {
        "value": measured.value, "n": measured.n,
        "interval": [bounds.lower, bounds.upper] if bounds else None,
        "method": bounds.method if bounds else None, "few": bounds.few if bounds else "",
        "baseline": named | {"value": versus.baseline if versus else None} if named else None,
        "change": versus.change if versus else None,
        "change_interval": [change.lower, change.upper] if change else None,
        "change_method": change.method if change else None, "change_few": change.few if change else "",
        "paired": {"n": versus.n, "unpaired": versus.unpaired} if versus and versus.n is not None else None,
    }  # fmt: skip


def _gaps(result: GateResult) -> dict[str, Any]:
    gaps = {"gap": result.measurement.gap, "ratio": result.measurement.ratio}
    return {
        name: {
            "value": its.value,
            "interval": [its.bounds.lower, its.bounds.upper] if its.bounds else None,
            "between": [dict(result.measurement.slices[place].values) for place in its.between],
        }
        for name, its in gaps.items()
        if its
    }


def gate_summary(found: tuple[GateResult, ...]) -> list[str]:
    """A sentence for each KPI that is not simply passed, with what happens then, and the outcome of all."""
    lines = []
    for result in found:
        if result.outcome is Outcome.PASSED:
            continue
        lines.append(f"{result.id}: {result.reason}.")
        if result.gate and result.gate.runbook:
            lines.append(f"  runbook: {' '.join(result.gate.runbook.split())}")
    gates = sum(1 for result in found if result.gate)
    counts = f"{gates} gate{'s' if gates != 1 else ''} on {len(found)} KPI{'s' if len(found) != 1 else ''}"
    outcome = worst(found)
    if not gates and outcome is Outcome.PASSED:
        lines.append("nothing judged: no KPI has a gate yet, and nothing is promoted without one")
    else:
        lines.append(f"{outcome.value.replace('_', ' ')}: {counts}")
    return lines


def exit_code(outcome: Outcome) -> int:
    """0 passed, 1 failed, 3 could not tell."""
    return {Outcome.PASSED: 0, Outcome.FAILED: 1}.get(outcome, 3)
