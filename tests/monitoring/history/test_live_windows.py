"""The first live windows of a release, as records hold them."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import pytest
from messages import lacking
from monitoring.looks import LEVEL, evidence, kpi, measured, watch

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.results import Measured, Slice
from mlops_gitops.monitoring.history.live_windows import LiveBaseline, first_windows
from mlops_gitops.monitoring.judge import judge_watch
from mlops_gitops.monitoring.outcome import Observation, Window
from mlops_gitops.records.monitoring import KpiDecay

BASELINE = LiveBaseline("1.1.0", "w", 2, "auc of all rows", "2026-02-01T00:00:00Z", LEVEL)


def _observed(day: int, value: Measured, release: str = "1.1.0", definition: str = "auc of all rows",
              **check: Any) -> Observation:  # fmt: skip
    found = replace(kpi(value), definition=definition)
    finding = judge_watch(watch("kpi", KpiDecay("auc", **check)), evidence(kpis={"w": found}), LEVEL)
    start, end = (f"2026-01-{each:02d}T00:00:00Z" for each in (day, day + 1))
    window = Window(day, start, end, "live.csv", None, 1000)
    return Observation("churn", "production", window, release, None, None, "", (finding,))


VALUES = [measured(0.9 - each / 100, 0.8, 0.95) for each in range(4)]


def test_the_first_windows_of_the_release_count_in_the_order_of_the_calendar() -> None:
    before = _observed(1, measured(0.5, 0.4, 0.6), "1.0.0")
    seen = [before, *(_observed(day, value) for day, value in ((4, VALUES[2]), (2, VALUES[0]), (3, VALUES[1])))]
    assert first_windows(seen, BASELINE) == (VALUES[0], VALUES[1])


def test_a_window_that_could_not_be_compared_yet_still_counts() -> None:
    """The first windows have nothing before them, so their watch is not available; their value is kept."""
    value = measured(0.9, 0.85, 0.95, few="12 positives, and delong needs 20")
    unsettled = [_observed(day, value, live=2, by=0.02) for day in (2, 3)]
    assert first_windows(unsettled, BASELINE) == (value, value)


def test_bounds_on_record_are_brought_to_the_level_of_today() -> None:
    """A budget that changed gives another level: bounds of a normal value grow with its quantile."""
    normal, seen = NormalDist(), [_observed(day, measured(0.9, 0.85, 0.92)) for day in (2, 3)]
    for level in (LEVEL / 100, 10 * LEVEL):
        (found, _) = first_windows(seen, replace(BASELINE, level=level))
        grown = normal.inv_cdf(1 - level) / normal.inv_cdf(1 - LEVEL)
        assert found.bounds and found.value == 0.9
        assert (found.bounds.lower, found.bounds.upper) == pytest.approx((0.9 - 0.05 * grown, 0.9 + 0.02 * grown))
        assert (grown > 1) == (level < LEVEL)


@pytest.mark.parametrize(
    "seen",
    [
        [_observed(2, VALUES[0]), _observed(2, VALUES[1])],
        [_observed(2, VALUES[0]), _observed(3, VALUES[1], definition="recall of all rows")],
        [_observed(2, VALUES[0]), _observed(3, Measured(None, None, "no labels"))],
    ],
    ids=["one window twice", "another KPI under the same id", "a window without a value"],
)
def test_what_is_no_second_window_does_not_fill_the_baseline(seen: list[Observation]) -> None:
    with pytest.raises(Undecided) as caught:
        first_windows(seen, BASELINE)
    assert lacking(str(caught.value), "2", "1.1.0") == []


def test_a_window_is_never_its_own_baseline() -> None:
    seen = [_observed(2, VALUES[0]), _observed(3, VALUES[1])]
    with pytest.raises(Undecided):
        first_windows(seen, replace(BASELINE, before="2026-01-03T00:00:00Z"))


def test_the_reason_is_the_same_until_there_are_enough() -> None:
    """Another reason would be recorded again for the same window."""
    reasons = set()
    for seen in ([], [_observed(2, VALUES[0])]):
        with pytest.raises(Undecided) as caught:
            first_windows(seen, BASELINE)
        reasons.add(str(caught.value))
    assert len(reasons) == 1


def test_a_group_has_first_windows_of_its_own_and_its_own_part_of_the_level() -> None:
    found = replace(kpi(measured(0.9, 0.8, 0.95)), definition="auc by region", level=LEVEL / 2)
    parts = tuple(Slice({"region": name}, value) for name, value in (("north", VALUES[0]), ("south", VALUES[1])))
    found = replace(found, measurement=replace(found.measurement, slices=parts))
    finding = judge_watch(watch("kpi", KpiDecay("auc"), by=("region",)), evidence(kpis={"w": found}), LEVEL)
    seen = [replace(_observed(day, VALUES[0]), findings=(finding,)) for day in (2, 3)]
    baseline = replace(BASELINE, definition="auc by region", group="region=south", level=LEVEL / 2)
    assert first_windows(seen, baseline) == (VALUES[1], VALUES[1])
    with pytest.raises(Undecided) as caught:
        first_windows(seen, replace(baseline, group="region=west"))
    assert lacking(str(caught.value), "region=west") == []


def test_looks_that_pool_the_same_window_are_not_two() -> None:
    """With three windows a look, those of days 4, 7 and 10 have none in common, nor with that of day 13."""
    seen = [_observed(day, measured(0.5 + day / 100, 0.4, 0.7)) for day in range(4, 13)]
    pooled = replace(BASELINE, count=3, over=3, before="2026-01-13T00:00:00Z")
    assert [value.value for value in first_windows(seen, pooled)] == pytest.approx([0.54, 0.57, 0.6])
    with pytest.raises(Undecided):
        first_windows(seen, replace(pooled, before="2026-01-12T00:00:00Z"))
