"""How a watch of a window ended, with every number that derives it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from mlops_gitops.core.frozen import frozen


class Outcome(StrEnum):
    """How a watch ended; the later in this list, the more it weighs, as for gates."""

    FINE = "fine"
    INCONCLUSIVE = "inconclusive"
    NOT_AVAILABLE = "not_available"
    ALARM = "alarm"

    @property
    def weight(self) -> int:
        """The place in the list, from 0."""
        return list(Outcome).index(self)


@frozen
class Comparison:
    """One number beside its limit.

    `about` is the column, the group or the key; "" for the whole window. `statistic` names the number, such as psi,
    nulls or roc_auc. `limits` are at_least, at_most or by, as the file has them. The outcome follows from `lower` and
    `upper`, bounds each of which is wrong at most as often as `level`; a limit without statistics has neither.
    `evidence` is JSON from which value and bounds follow, such as the counts of both sides.
    """

    about: str
    statistic: str
    value: float | None
    limits: Mapping[str, float]
    outcome: Outcome
    reason: str
    lower: float | None = None
    upper: float | None = None
    level: float | None = None
    evidence: Mapping[str, Any] = {}


@frozen
class Finding:
    """What one watch found in one window; `muted` is the path of the decision that mutes it."""

    watch: str
    kind: str
    action: str
    outcome: Outcome
    reason: str
    comparisons: tuple[Comparison, ...] = ()
    runbook: str = ""
    muted: str | None = None


@frozen
class Window:
    """One window: the `index`th of the calendar, or None for a file that was named by hand; times are UTC ISO 8601."""

    index: int | None
    start: str | None
    end: str | None
    path: str
    digest: str | None  # sha256:… of the bytes; None where there are none
    rows: int | None


@frozen
class Observation:
    """One window judged: what `monitor` prints, records and acts on.

    `record` is the digest of the promotion record that put the release in force. `profile` is the digest of the
    reference profile, None where there is none.
    """

    model: str
    environment: str
    window: Window
    release: str | None
    record: str | None
    profile: str | None
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of those that no decision mutes."""
        return worst(finding.outcome for finding in self.findings if finding.muted is None)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """alarm > not_available > inconclusive > fine."""
    return max(outcomes, key=lambda outcome: outcome.weight, default=Outcome.FINE)
