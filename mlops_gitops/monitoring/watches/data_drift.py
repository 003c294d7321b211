"""How far columns of a window are from the reference: a test, which uses the budget of false alarms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.monitoring.limits import Limits, stated
from mlops_gitops.monitoring.outcome import Comparison
from mlops_gitops.monitoring.watch_kind import Look, Stated, WatchKind
from mlops_gitops.records.monitoring import DataDrift


def _read(data: Mapping[str, Any]) -> DataDrift:
    ((effect, limit),) = data["effect"].items()
    return DataDrift(tuple(data["columns"]), effect, limit)


def _compare(check: DataDrift, look: Look) -> Iterator[Comparison]:
    from mlops_gitops.monitoring.column_drift import compare_columns  # its numpy takes long

    return compare_columns(check.columns, check.effect, check.limit, look)


def _allowed(check: DataDrift, about: str, _: Stated) -> list[Limits]:
    return [stated(at_most=check.limit)]


KIND = WatchKind("data_drift", __doc__, _read, _compare, _allowed)
