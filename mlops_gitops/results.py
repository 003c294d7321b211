"""What was measured for a KPI, what its gate found, and what all gates say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from mlops_gitops.records.kpis import Gate
from mlops_gitops.values import frozen


class Outcome(StrEnum):
    """How a gate ended; the later in this list, the more it weighs."""

    PASSED = "passed"
    INCONCLUSIVE = "inconclusive"
    NOT_AVAILABLE = "not_available"
    FAILED = "failed"


@frozen
class Bounds:
    """One-sided confidence bounds, each at the gate's confidence, by `method`.

    `few` says what the method lacks to be trusted. `refutes` is, for each condition, the smallest share of samples in
    which chance alone gives evidence of a miss as strong as this: the p value of the test that inverts the bound.
    """

    lower: float
    upper: float
    method: str
    few: str = ""
    refutes: Mapping[str, float] = {}


@frozen
class Measured:
    """One number, with its bounds where the gate has a confidence; or why there is none."""

    value: float | None
    n: int | None = None
    reason: str = ""
    bounds: Bounds | None = None


@frozen
class Compared:
    """A metric on the rows that candidate and baseline share; or why it cannot be compared.

    `n` and `unpaired` (rows only the candidate has, rows only the baseline has) are None for a number of a metrics
    file. `bounds` are of the candidate's value less the baseline's.
    """

    candidate: float | None
    baseline: float | None
    n: int | None = None
    reason: str = ""
    unpaired: tuple[int, int] | None = None
    bounds: Bounds | None = None

    @property
    def change(self) -> float | None:
        """Candidate minus baseline."""
        return None if self.candidate is None or self.baseline is None else self.candidate - self.baseline


@frozen
class Group:
    """One slice: the values its rows share, by column (None is an empty value), and what was measured on them."""

    values: Mapping[str, str | None]
    measured: Measured
    compared: Compared | None = None

    @property
    def name(self) -> str:
        """What a table calls it."""
        return ", ".join(f"{column}={'(empty)' if its is None else its}" for column, its in self.values.items())


@frozen
class Gap:
    """The widest difference, or the smallest ratio, between two groups, by their places, and its bounds."""

    value: float
    between: tuple[int, int]
    bounds: Bounds | None


@frozen
class Measurement:
    """All that was measured for one KPI: on all rows, beside the baseline, and in each group."""

    whole: Measured
    compared: Compared | None = None
    groups: tuple[Group, ...] = ()
    gap: Gap | None = None
    ratio: Gap | None = None


@frozen
class Baseline:
    """What the baseline environment runs; `record` is the digest of the promotion record, None for a revision."""

    environment: str
    release: str | None
    record: str | None


@frozen
class GroupResult:
    """One slice judged. `outcome` is None for a group that is only reported."""

    group: Group
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
    groups: tuple[GroupResult, ...] = ()

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
