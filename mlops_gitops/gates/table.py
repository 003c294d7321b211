"""Gate results as people and programs read them: a table, a sentence for each miss, JSON, an exit code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mlops_gitops.core.table import Table
from mlops_gitops.gates.assumption import assumption_lines
from mlops_gitops.gates.perfect import perfect_lines
from mlops_gitops.gates.result import GateResult, Outcome, SliceResult, worst
from mlops_gitops.gates.table_cells import format_change, format_conditions, format_interval
from mlops_gitops.measurement.reasons import counted
from mlops_gitops.measurement.results import Compared, Measured

SHOWN = 6  # slices of a gate that a table shows, the worst first
_MARK = {Outcome.PASSED: "passed", Outcome.FAILED: "FAILED", Outcome.INCONCLUSIVE: "inconclusive"}


def gate_table(results: tuple[GateResult, ...], title: str) -> Table:
    """The KPI table that people read: each KPI, and beneath it the worst of its slices."""
    columns = ("outcome", "KPI", "value", "interval", "required", "n", "baseline", "change", "metric")
    return Table(title, columns, tuple(row for result in results for row in _rows(result)))


def _rows(result: GateResult) -> Iterator[tuple[str, ...]]:
    measured, gate = result.measurement, result.gate
    outcome = "—" if gate is None and result.candidate.value is not None else _outcome(result)
    base = measured.compared.baseline if measured.compared and result.baseline else None
    yield (
        outcome, result.id, format_number(result.candidate.value), format_interval(gate, measured.whole),
        format_conditions(gate, result.better), _count(result.candidate.n), format_number(base),
        format_change(measured.compared if result.baseline else None), _metric(result),
    )  # fmt: skip
    slices = sorted(result.slices, key=lambda part: -part.outcome.weight if part.outcome else 1)
    for part in slices[:SHOWN]:
        yield _slice_row(result, part)
    if rest := slices[SHOWN:]:
        least = "passed" if all(part.outcome is Outcome.PASSED for part in rest) else "in the JSON"
        yield (least, f"  … {len(rest)} more groups", *[""] * 7)


def _slice_row(result: GateResult, part: SliceResult) -> tuple[str, ...]:
    measured, versus = part.slice.measured, part.slice.compared if result.baseline else None
    word = "only reported" if part.outcome is None else _MARK.get(part.outcome, "not available")
    return (
        word, f"  {part.slice.name}", format_number(measured.value),
        format_interval(result.gate, measured, grouped=True), "", _count(measured.n),
        format_number(versus.baseline if versus else None), format_change(versus), "",
    )  # fmt: skip


def _metric(result: GateResult) -> str:
    """The metric, where the name of the KPI is another: `roc-auc` says `roc_auc` already."""
    return "" if result.metric.replace("_", "-") == result.id else result.metric


def _count(n: int | None) -> str:
    return f"{n:,}" if n else "—"


def _outcome(result: GateResult) -> str:
    word = _MARK.get(result.outcome, "not available")
    if result.accepted:
        return f"{word}, accepted"
    warned = result.on_fail == "warn" and result.outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE)
    return f"{word} (warning)" if warned else word


def format_number(value: float | None, *, sign: bool = False) -> str:
    """A number as a table shows it: six significant digits, with `sign` four and its sign."""
    return "—" if value is None else f"{value:+.4g}" if sign else f"{value:.6g}"


def gates_to_json(results: tuple[GateResult, ...]) -> list[dict[str, Any]]:
    """The results as the JSON contract has them: a row for each KPI, then one for each of its slices."""
    return [row for result in results for row in _json_rows(result)]


def _json_rows(result: GateResult) -> Iterator[dict[str, Any]]:
    gate, base = result.gate, result.baseline
    shared = {"id": result.id, "metric": result.metric}
    conditions = {"threshold": gate.conditions() if gate else {}, "on_fail": result.on_fail}
    named = {"environment": base.environment, "release": base.release} if base else None
    versus = result.measurement.compared if base else None
    whole = {"slice": None, "outcome": result.outcome.value, "message": result.reason, "accepted": result.accepted}
    more: dict[str, Any] = {"perfect": result.perfect, "assumes": result.assumes, "missing": result.measurement.missing}
    more = {name: note for name, note in more.items() if note}
    yield shared | conditions | whole | _numbers(result.candidate, versus, named) | _gaps(result) | more
    for part in result.slices:
        outcome = part.outcome.value if part.outcome else None
        row = {"slice": dict(part.slice.values), "outcome": outcome, "message": part.reason, "accepted": None}
        versus = part.slice.compared if base else None
        yield shared | conditions | row | _numbers(part.slice.measured, versus, named)


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
            "value": gap.value,
            "interval": [gap.bounds.lower, gap.bounds.upper] if gap.bounds else None,
            "between": [dict(result.measurement.slices[place].values) for place in gap.between],
        }
        for name, gap in gaps.items()
        if gap
    }


def gate_summary(results: tuple[GateResult, ...]) -> list[str]:
    """A sentence for each KPI that has a reason, with the runbook of those that did not pass; the outcome of all."""
    lines = []
    for result in results:
        if not result.reason:
            continue
        lines.append(f"{result.id}: {result.reason}.")
        if result.gate and result.gate.runbook and result.outcome is not Outcome.PASSED:
            lines.append(f"  runbook: {' '.join(result.gate.runbook.split())}")
    lines += gate_notes(results)
    gates = sum(1 for result in results if result.gate)
    counts = f"{gates} gate{'s' if gates != 1 else ''} on {len(results)} KPI{'s' if len(results) != 1 else ''}"
    outcome = worst(results)
    if not gates and outcome is Outcome.PASSED:
        lines.append("nothing judged: no KPI has a gate yet, and nothing is promoted without one")
    else:
        lines.append(f"{outcome.value.replace('_', ' ')}: {counts}")
    return lines


def gate_notes(results: Sequence[GateResult]) -> list[str]:
    """Notes on the gates, passed or not: rows left out, values too good to be true, what the bounds assume."""
    return [*missing_lines(results), *perfect_lines(results), *assumption_lines(results)]


def missing_lines(results: Iterable[GateResult]) -> list[str]:
    """A sentence for the KPIs that leave out the same rows without a label and labels without a row."""
    found: dict[tuple[int, int], list[str]] = {}
    for result in results:
        if result.measurement.missing and any(result.measurement.missing):
            found.setdefault(result.measurement.missing, []).append(result.id)
    return [
        f"{', '.join(ids)}: {counted(rows, 'row')} without a label and {counted(labels, 'label')} without a row "
        "are left out, as `missing` allows."
        for (rows, labels), ids in found.items()
    ]


def exit_code(outcome: Outcome) -> int:
    """0 passed, 1 failed, 3 inconclusive or not available."""
    return {Outcome.PASSED: 0, Outcome.FAILED: 1}.get(outcome, 3)
