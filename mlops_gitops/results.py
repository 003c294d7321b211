"""What a gate found, and what all of them say together."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from mlops_gitops.records.kpis import Gate
from mlops_gitops.values import frozen


class Outcome(StrEnum):
    """How a gate ended; the later in this list, the more it weighs."""

    PASSED = "passed"
    INCONCLUSIVE = "inconclusive"
    NOT_AVAILABLE = "not_available"
    FAILED = "failed"


@frozen
class Measured:
    """One number, or why there is none."""

    value: float | None
    n: int | None = None
    reason: str = ""


@frozen
class Baseline:
    """What the baseline environment runs, and its value on the same rows.

    `record` is the digest of the promotion record, None when the baseline is a revision.
    """

    environment: str
    release: str | None
    record: str | None
    measured: Measured


@frozen
class GateResult:
    """One KPI judged, with every number that re-derives the outcome."""

    id: str
    metric: str
    gate: Gate | None
    better: str | None
    candidate: Measured
    baseline: Baseline | None
    outcome: Outcome
    reason: str
    accepted: str | None = None

    @property
    def on_fail(self) -> str:
        """block or warn."""
        return self.gate.on_fail if self.gate else "warn"

    @property
    def change(self) -> float | None:
        """Candidate minus baseline."""
        if self.baseline is None or self.baseline.measured.value is None or self.candidate.value is None:
            return None
        return self.candidate.value - self.baseline.measured.value

    @property
    def effective(self) -> Outcome:
        """What the outcome does to a promotion: a warning and an accepted gate let it pass, missing data never."""
        forgiven = self.on_fail == "warn" and self.outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE)
        accepted = self.accepted is not None and self.outcome is Outcome.INCONCLUSIVE
        return Outcome.PASSED if forgiven or accepted else self.outcome

    def threshold(self) -> str:
        """The conditions as a table shows them."""
        gate = self.gate
        if gate is None:
            return "—"
        parts = [f"≥ {gate.at_least:g}"] if gate.at_least is not None else []
        parts += [f"≤ {gate.at_most:g}"] if gate.at_most is not None else []
        if gate.no_worse_than:
            parts.append(f"≤ {gate.no_worse_than.by:g} worse than {gate.no_worse_than.baseline}")
        return ", ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """The result as the JSON contract has it; intervals and slices are not measured yet."""
        conditions = self.gate.conditions() if self.gate else {}
        base = self.baseline
        return {
            "id": self.id, "metric": self.metric, "slice": None, "outcome": self.outcome.value,
            "value": self.candidate.value, "interval": None, "n": self.candidate.n, "threshold": conditions,
            "baseline": {"environment": base.environment, "release": base.release,
                         "value": base.measured.value} if base else None,
            "change": self.change, "on_fail": self.on_fail, "message": self.reason,
        }  # fmt: skip


def worst(results: Iterable[GateResult]) -> Outcome:
    """failed > not_available > inconclusive > passed, over what each does to a promotion."""
    weights = list(Outcome)
    return max((result.effective for result in results), key=weights.index, default=Outcome.PASSED)
