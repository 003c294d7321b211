"""How a watch of a window ended, with every number that derives it again."""

from __future__ import annotations

import math
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
    nulls or roc_auc. `limits` are at_least, at_most or both. The outcome is what `judged` says of
    `lower` and `upper`, bounds each of which is wrong at most as often as `level`; a limit without statistics has
    neither. What could not be measured has no value. `evidence` is JSON from which value and bounds follow, such as the
    counts of both sides; where it says that there are too `few` rows for the bounds, the outcome is inconclusive.
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
    """What one watch found in one window; `muted` is the path of the decision that mutes it.

    Its outcome is the worst of its comparisons, or not available where it has none. `level` is the share of false
    alarms that this look may add, None for limits; comparisons that share it divide it by Holm's procedure.
    """

    watch: str
    kind: str
    action: str
    outcome: Outcome
    reason: str
    comparisons: tuple[Comparison, ...] = ()
    runbook: str = ""
    muted: str | None = None
    level: float | None = None


@frozen
class Window:
    """One window: the `index`th of the calendar, or None for a file that was named by hand; times are UTC ISO 8601."""

    index: int | None
    start: str | None
    end: str | None
    path: str
    digest: str | None  # sha256:… of the bytes; None where there are none
    rows: int | None

    @property
    def name(self) -> str:
        """What a window is known by, whatever calendar counts it: its time, or of a file named by hand its bytes."""
        return f"{self.start}/{self.end}" if self.index is not None else self.digest or self.path


@frozen
class Observation:
    """One window judged: what `monitor` prints, records and acts on.

    `record` is the digest of the promotion record that put the release in force. `profile` is the digest of the
    reference profile, None where there is none. `monitoring` is the digest of the monitoring.yaml that judges,
    over its RFC 8785 form. `formula` is the version of the one that makes levels out of its budget.
    `extra` are columns of the window that neither the profile nor the monitoring.yaml knows: nothing looks at them.
    """

    model: str
    environment: str
    window: Window
    release: str | None
    record: str | None
    profile: str | None
    monitoring: str
    findings: tuple[Finding, ...]
    formula: int = 1
    extra: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The worst of those that no decision mutes."""
        return worst(finding.outcome for finding in self.findings if finding.muted is None)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """alarm > not_available > inconclusive > fine."""
    return max(outcomes, key=lambda outcome: outcome.weight, default=Outcome.FINE)


def judged(
    value: float | None, limits: Mapping[str, float], lower: float | None = None, upper: float | None = None
) -> Outcome:
    """How a number ends beside its limits, the worst of them; not available without a finite value or a limit.

    `at_least` alarms when `upper` is below it, and is fine when `lower` is not; `at_most` alarms when `lower` is above,
    and is fine when `upper` is not. In between it is inconclusive.
    Without bounds the value is exact; one bound alone leaves the other side open.
    """
    if value is None or not math.isfinite(value):
        return Outcome.NOT_AVAILABLE
    if lower is None and upper is None:
        lower = upper = value
    low = -math.inf if lower is None else lower
    high = math.inf if upper is None else upper
    outcomes = [_beside(low, high, limit, name) for name, limit in limits.items()]
    return worst(outcomes) if outcomes else Outcome.NOT_AVAILABLE


def _beside(low: float, high: float, limit: float, name: str) -> Outcome:
    misses, clears = (high < limit, low >= limit) if name == "at_least" else (low > limit, high <= limit)
    return Outcome.ALARM if misses else Outcome.FINE if clears else Outcome.INCONCLUSIVE
