"""Windows that were judged, as their records have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mlops_gitops.monitoring.outcome import Comparison, Finding, Observation, Outcome, Window

FIRST = datetime(2026, 1, 5, tzinfo=UTC)


def observed(index: int, *findings: Finding, **more: Any) -> Observation:
    """What these watches found in the week with that index, of churn 1.2.0 in production."""
    start, end = ((FIRST + timedelta(days=7 * n)).isoformat().replace("+00:00", "Z") for n in (index, index + 1))
    window = Window(index, start, end, f"live/{index}.csv", None, None)
    parts: dict[str, Any] = {"release": "1.2.0", "record": None, "profile": None, "monitoring": "sha256:0"}
    return Observation("churn", "production", window, findings=findings, **parts | more)


def drift(value: float | None, outcome: Outcome | None = None, **more: Any) -> Finding:
    """What the watch `drift` found in the column age: a PSI, beside the limit of 0.1."""
    by_value = Outcome.NOT_AVAILABLE if value is None else Outcome.ALARM if value > 0.1 else Outcome.FINE
    outcome = outcome or by_value
    reason = more.pop("reason", f"age: psi {value}")
    compared = Comparison(more.pop("about", "age"), "psi", value, {"at_most": 0.1}, outcome, reason)
    return Finding("drift", "data_drift", "issue", outcome, reason, more.pop("comparisons", (compared,)), **more)
