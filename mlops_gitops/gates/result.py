"""Outcomes of gates, and which of them promotes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.results import Measured, Measurement, Slice
from mlops_gitops.records.kpis import Gate


class Outcome(StrEnum):
    """How a gate ended; the later in this list, the more it weighs."""

    PASSED = "passed"
    INCONCLUSIVE = "inconclusive"
    NOT_AVAILABLE = "not_available"
    FAILED = "failed"


@frozen
class Baseline:
    """What the baseline environment runs; `record` is the digest of the promotion record, None for a revision."""

    environment: str
    release: str | None
    record: str | None


@frozen
class SliceResult:
    """One slice judged. `outcome` is None for a group that is only reported."""

    slice: Slice
    outcome: Outcome | None
    reason: str


@frozen
class GateResult:
    """One KPI judged, with every number that re-derives the outcome."""

    id: str
    metric: str
    gate: Gate | None
    better: str | None
    measurement: Measurement
    baseline: Baseline | None
    outcome: Outcome
    reason: str
    accepted: str | None = None
    slices: tuple[SliceResult, ...] = ()

    @property
    def candidate(self) -> Measured:
        """The candidate on all its rows."""
        return self.measurement.whole

    @property
    def on_fail(self) -> str:
        """block or warn."""
        return self.gate.on_fail if self.gate else "warn"

    @property
    def change(self) -> float | None:
        """Candidate minus baseline."""
        its = self.measurement.compared
        return its.change if its and self.baseline else None

    @property
    def effective(self) -> Outcome:
        """What the outcome does to a promotion: a warning and an accepted gate let it pass, missing data never."""
        forgiven = self.on_fail == "warn" and self.outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE)
        accepted = self.accepted is not None and self.outcome is Outcome.INCONCLUSIVE
        return Outcome.PASSED if forgiven or accepted else self.outcome


def worst(results: Iterable[GateResult]) -> Outcome:
    """failed > not_available > inconclusive > passed, over what each does to a promotion."""
    weights = list(Outcome)
    return max((result.effective for result in results), key=weights.index, default=Outcome.PASSED)
