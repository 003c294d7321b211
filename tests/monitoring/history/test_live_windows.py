"""The first live windows of a release, as records hold them."""

from __future__ import annotations

import pytest
from messages import lacking
from monitoring.looks import LEVEL, evidence, kpi, measured, watch

from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.results import Measured
from mlops_gitops.monitoring.history.live_windows import first_windows
from mlops_gitops.monitoring.judge import judge_watch
from mlops_gitops.monitoring.outcome import Observation, Window
from mlops_gitops.records.monitoring import KpiDecay


def _observed(release: str, value: Measured, **check: object) -> Observation:
    finding = judge_watch(watch("kpi", KpiDecay("auc", **check)), evidence(kpis={"w": kpi(value)}), LEVEL)
    window = Window(0, None, None, "live.csv", None, 1000)
    return Observation("churn", "production", window, release, None, None, "", (finding,))


def test_the_first_windows_of_the_release_count_and_no_others() -> None:
    values = [measured(0.9 - each / 100, 0.8, 0.95) for each in range(4)]
    seen = [_observed("1.0.0", measured(0.5, 0.4, 0.6)), *(_observed("1.1.0", value) for value in values)]
    assert first_windows(seen, "1.1.0", "w", 2) == tuple(values[:2])


def test_a_window_that_could_not_be_compared_yet_still_counts() -> None:
    """The first windows have nothing before them, so their watch is not available; their value is kept."""
    value = measured(0.9, 0.85, 0.95, few="12 positives, and delong needs 20")
    unsettled = _observed("1.1.0", value, live=2, by=0.02)
    assert first_windows([unsettled, unsettled], "1.1.0", "w", 2) == (value, value)


def test_too_few_windows_are_named() -> None:
    seen = [_observed("1.1.0", measured(0.9, 0.8, 0.95)), _observed("1.1.0", Measured(None, None, "no labels"))]
    with pytest.raises(Undecided) as caught:
        first_windows(seen, "1.1.0", "w", 4)
    assert lacking(str(caught.value), "1", "4", "1.1.0") == []
