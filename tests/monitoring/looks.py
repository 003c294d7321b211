"""Windows of a model's data, as the watches see them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mlops_gitops.measurement.results import Bounds, Measured, Measurement
from mlops_gitops.monitoring.profiles.window_scan import WindowScan
from mlops_gitops.monitoring.watch_kind import Evidence, Lateness, MeasuredKpi
from mlops_gitops.records.gate import Conditions
from mlops_gitops.records.monitoring import Watch

LEVEL = 3e-4
NOTHING = "nothing is known of it"


def watch(kind: str, check: Any, **more: Any) -> Watch:
    """A watch of that kind."""
    return Watch("w", kind, check, **more)


def evidence(**known: Any) -> Evidence:
    """What is known of a window: nothing but this."""
    parts: dict[str, Any] = {"scan": NOTHING, "reference": NOTHING}
    return Evidence(**parts | known)


def measured(value: float, lower: float, upper: float, *, few: str = "", n: int = 1000) -> Measured:
    """A value with its bounds."""
    return Measured(value, n, "", Bounds(lower, upper, "delong", few))


def kpi(whole: Measured, *, better: str | None = "higher", **more: Any) -> MeasuredKpi:
    """A KPI of which at least 0.8 is required, measured on a window."""
    parts = {name: more.pop(name) for name in ("slices", "gap") if name in more}
    return MeasuredKpi(
        "roc_auc", Measurement(whole, **parts), LEVEL, more.pop("conditions", Conditions(0.8)), better, **more
    )


def scan(rows: int = 5000, **more: Any) -> WindowScan:
    """A window of so many rows."""
    return WindowScan(rows, more.pop("columns", {}), **more)


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)


def late(count: float, *, arrived: bool = True) -> Lateness:
    """A window whose newest file is so many hours late."""
    return Lateness(hours(count), arrived)
