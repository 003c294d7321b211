"""How far the model's answers are from those on the data of its release: its score, or else its prediction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.monitoring.limits import AT_MOST, Limits, stated, unavailable
from mlops_gitops.monitoring.outcome import Comparison
from mlops_gitops.monitoring.watch_kind import Look, Stated, WatchKind
from mlops_gitops.records.monitoring import PredictionDrift


def _read(data: Mapping[str, Any]) -> PredictionDrift:
    ((effect, limit),) = data["effect"].items()
    return PredictionDrift(effect, limit)


def _compare(check: PredictionDrift, look: Look) -> Iterator[Comparison]:
    from mlops_gitops.monitoring.column_drift import compare_columns  # its numpy takes long

    columns = look.evidence.answers
    if not columns:
        reason = "monitoring.yaml names neither a score nor a prediction (`windows.scored`)"
        yield unavailable("", check.effect, {AT_MOST: check.limit}, reason)
    yield from compare_columns(columns, check.effect, check.limit, look)


def _allowed(check: PredictionDrift, about: str, _: Stated) -> list[Limits]:
    return [stated(at_most=check.limit)]


KIND = WatchKind("prediction_drift", __doc__, _read, _compare, _allowed)
