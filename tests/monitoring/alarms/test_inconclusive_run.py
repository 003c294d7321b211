"""A long run of windows that cannot tell is noted once, and follows from the records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from messages import lacking
from monitored import comparison, finding, observed

from mlops_gitops.monitoring.alarms.inconclusive_run import LONG_RUN, inconclusive_run, long_run_note
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.records.monitoring import DataDrift, Watch

WATCH = Watch("drift", "data_drift", DataDrift(("age",), "psi", 0.1))
BOUNDS = {"open": (0.05, 0.2), "fine": (0.01, 0.05), "alarm": (0.2, 0.3)}


def _windows(outcomes: Iterable[str]) -> list[Observation]:
    """A window for each outcome; `lost` ones were not available."""
    found = []
    for week, outcome in enumerate(outcomes):
        lower, upper = BOUNDS.get(outcome, (None, None))
        value = None if outcome == "lost" else 0.1
        bounds: dict[str, Any] = {} if value is None else {"lower": lower, "upper": upper, "level": 3e-4}
        made = comparison("psi", value, **bounds, at_most=0.1, about="age")
        found.append(observed(week, finding("drift", "data_drift", made, level=3e-4)))
    return found


def _noted(outcomes: list[str]) -> list[int]:
    """The windows at which it is noted, each judged after those before it were recorded."""
    windows = _windows(outcomes)
    return [n for n, now in enumerate(windows) if long_run_note(WATCH, windows[:n], now)]


def test_it_is_noted_in_the_window_that_makes_it_long_and_in_no_other() -> None:
    assert _noted(["open"] * (3 * LONG_RUN)) == [LONG_RUN - 1]


def test_a_window_that_tells_ends_the_run_and_one_that_is_lost_does_not() -> None:
    assert _noted(["open"] * 4 + ["fine"] + ["open"] * LONG_RUN) == [4 + LONG_RUN]
    assert _noted(["open"] * 4 + ["alarm"] + ["open"] * (LONG_RUN - 1)) == []
    assert _noted(["open"] * 4 + ["lost"] + ["open"] * (LONG_RUN - 4) + ["lost"]) == [LONG_RUN]


def test_the_records_tell_it_again_the_window_itself_among_them() -> None:
    windows = _windows(["open"] * (LONG_RUN + 2))
    assert inconclusive_run("drift", windows) == LONG_RUN + 2
    note = long_run_note(WATCH, windows, windows[LONG_RUN - 1])
    assert lacking(note, "drift", str(LONG_RUN), "over") == []
    assert not long_run_note(WATCH, windows, windows[LONG_RUN])
