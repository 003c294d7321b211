"""Outcomes of gates, and which of them stop a promotion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.results import Measured, Measurement, Slice
from mlops_gitops.records.gate import Gate
from mlops_gitops.records.release import Pin


class Outcome(StrEnum):
    """How a gate ended; the later in this list, the more it weighs."""

    PASSED = "passed"
    INCONCLUSIVE = "inconclusive"
    NOT_AVAILABLE = "not_available"
    FAILED = "failed"

    @property
    def weight(self) -> int:
        """The place in the list, from 0."""
        return list(Outcome).index(self)


@frozen
class Baseline:
    """What a baseline environment, or a revision in its place, runs.

    `record` is the digest of the promotion record, None for a revision. `pins` are its evaluation files by name, or for
    each the reason why it has no pin; a gate judged from a record needs none. With `same_artifact` the candidate's
    artifacts are its own, byte for byte: neither is better than the other, and nothing need be measured to see that.
    """

    environment: str
    release: str | None
    record: str | None
    pins: Mapping[str, Pin | str] = {}
    same_artifact: bool = False


@frozen
class SliceResult:
    """One slice judged. `outcome` is None for a slice that is only reported."""

    slice: Slice
    outcome: Outcome | None
    reason: str


@frozen
class GateResult:
    """One KPI judged, with every number that re-derives the outcome.

    `better` is `higher` or `lower`; None where nothing says which. `accepted` is the path of the accept decision that
    lets an inconclusive gate pass. `perfect` says what is too good to be true without a word; it changes no outcome.
    `assumes` is what the bounds take for granted of losses that no row shows.
    """

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
    perfect: str = ""
    assumes: str = ""

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
        """The candidate's value less the baseline's, in the metric's unit."""
        compared = self.measurement.compared
        return compared.change if compared and self.baseline else None

    @property
    def effective(self) -> Outcome:
        """What the outcome does to a promotion: a warning and an accepted gate let it pass, missing data never."""
        forgiven = self.on_fail == "warn" and self.outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE)
        accepted = self.accepted is not None and self.outcome is Outcome.INCONCLUSIVE
        return Outcome.PASSED if forgiven or accepted else self.outcome


def worst(results: Iterable[GateResult]) -> Outcome:
    """failed > not_available > inconclusive > passed, over what each does to a promotion."""
    return max((result.effective for result in results), key=lambda outcome: outcome.weight, default=Outcome.PASSED)
