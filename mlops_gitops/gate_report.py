"""Gate results as people read them: a table, a sentence for each miss, an exit code."""

from __future__ import annotations

from mlops_gitops.report import Table
from mlops_gitops.results import GateResult, Outcome, worst

_MARK = {Outcome.PASSED: "passed", Outcome.FAILED: "FAILED", Outcome.INCONCLUSIVE: "inconclusive"}


def table(found: tuple[GateResult, ...], title: str) -> Table:
    """The KPI table a person reads."""
    columns = ("KPI", "metric", "value", "threshold", "baseline", "change", "n", "outcome")
    return Table(title, columns, tuple(_row(result) for result in found))


def _row(result: GateResult) -> tuple[str, ...]:
    base = result.baseline.measured.value if result.baseline else None
    outcome = "—" if result.gate is None and result.candidate.value is not None else _outcome(result)
    return (
        result.id, result.metric, shown(result.candidate.value), result.threshold(), shown(base),
        shown(result.change, sign=True), str(result.candidate.n or "—"), outcome,
    )  # fmt: skip


def _outcome(result: GateResult) -> str:
    word = _MARK.get(result.outcome, "not available")
    if result.accepted:
        return f"{word}, accepted"
    warned = result.on_fail == "warn" and result.outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE)
    return f"{word} (warning)" if warned else word


def shown(value: float | None, *, sign: bool = False) -> str:
    """A number as a table has it."""
    return "—" if value is None else f"{value:+.4g}" if sign else f"{value:.6g}"


def summary(found: tuple[GateResult, ...]) -> list[str]:
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
