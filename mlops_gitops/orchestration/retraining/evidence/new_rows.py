"""The rows that arrived since the release in force was made, counted window by window in the data themselves."""

from __future__ import annotations

import tempfile
from datetime import timedelta

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.calendar import Period, newest_complete, path_of, period
from mlops_gitops.monitoring.window_data import with_formats
from mlops_gitops.orchestration.monitoring.read_windows import Monitor, present, read_location, read_window
from mlops_gitops.retraining.evidence.count_rows import count_rows
from mlops_gitops.retraining.evidence.facts import NewRows, Released, WindowRows
from mlops_gitops.retraining.windows import newest_usable

MOST_WINDOWS = 500  # of one decision


def new_rows(monitor: Monitor, released: Released, wanted: int) -> NewRows:
    """The rows of each window whose data, or labels where the windows have some, came after the release was made.

    The newest are counted first, and no more than it takes for `wanted` rows.
    """
    plan, found = monitor.plan, list[WindowRows]()
    delay = plan.windows.labels.delay if plan.windows.labels else timedelta(0)
    newest, ended = newest_usable(plan, monitor.now), newest_complete(plan, monitor.now)
    waiting = (ended.index if ended else -1) - (newest.index if newest else -1)
    rows = NewRows((), plan.windows.labels is not None, waiting)
    for index in range(newest.index, -1, -1) if newest else ():
        at = period(plan, index)
        if at.end + delay <= released.made:
            break
        if len(found) == MOST_WINDOWS:
            found.append(WindowRows(at.name, None, f"only the newest {MOST_WINDOWS} windows are counted"))
            break
        found.append(_counted(monitor, at))
        rows = replace(rows, windows=tuple(found))
        if rows.counted >= wanted:
            return replace(rows, whole=False)
    return replace(rows, windows=tuple(found))


def _counted(monitor: Monitor, at: Period) -> WindowRows:
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    windows = monitor.plan.windows
    try:
        with tempfile.TemporaryDirectory() as folder:
            scored, labels = present(read_window(monitor, at, folder)), None
            if windows.labels is not None:
                place = path_of(windows.labels.path, monitor.environment, at)
                labels = present(read_location(monitor, place, windows.labels.format, folder))
            read = with_formats(windows, scored.format, labels.format if labels else None)
            return WindowRows(at.name, count_rows(ENGINE, read, scored.path, labels.path if labels else None))
    except Undecided as error:
        return WindowRows(at.name, None, error.message)
