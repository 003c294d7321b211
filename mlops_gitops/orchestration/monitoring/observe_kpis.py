"""The KPIs of a window: measured on its labelled rows, or on those of several windows together."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.windows.pool import WindowFiles
from mlops_gitops.monitoring.calendar import Period, is_matured, path_of, pooled
from mlops_gitops.monitoring.in_force import InForce
from mlops_gitops.monitoring.watch_kind import MeasuredKpi
from mlops_gitops.monitoring.window_data import with_formats
from mlops_gitops.orchestration.monitoring.measure_kpis import LabelledWindow, measure_kpi
from mlops_gitops.orchestration.monitoring.read_windows import (
    Monitor,
    OpenWindow,
    is_mixed,
    of_each,
    present,
    read_location,
    read_window,
    seen_before,
)
from mlops_gitops.records.monitoring import Watch
from mlops_gitops.storage.live.live_file import LiveFile


def kpi_evidence(
    monitor: Monitor, window: OpenWindow, watches: Sequence[Watch], folder: str, level: float
) -> dict[str, MeasuredKpi | str]:
    """The KPI of each watch that reads one, measured on the labelled rows, or why it is not."""
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    plan, period, force = monitor.plan, window.period, window.force
    chosen = [watch for watch in watches if watch.kpi is not None]
    if not chosen:
        return {}
    try:
        if is_mixed(plan, force):
            raise Undecided(force.mixed)
        if monitor.kpis is None:
            raise Undecided(f"{plan.model} has no kpis.yaml")
        scored, kpis, windows = present(window.file), monitor.kpis, plan.windows
        if seen := seen_before(monitor.chain, scored, period):
            raise Undecided(seen)
        labels = _labels(monitor, period, folder)
    except Undecided as error:
        return {watch.id: error.message for watch in chosen}
    files = WindowFiles(scored.path, labels.path)
    formats = with_formats(windows, scored.format, labels.format)
    earlier = _earlier(monitor, period, force, chosen, folder)
    labelled = LabelledWindow(
        files, period, force.release, force.promotion, [record.observation for record in monitor.chain.records], earlier
    )
    return {watch.id: measure_kpi(ENGINE, watch, kpis, formats, labelled, level) for watch in chosen}


def _earlier(
    monitor: Monitor, period: Period, force: InForce, watches: Sequence[Watch], folder: str
) -> tuple[tuple[WindowFiles, str, str] | str, ...]:
    """The files of the windows that are pooled with this one, the last first, each with its formats; or why not."""

    def read(other: Period, _release: str | None) -> tuple[WindowFiles, str, str] | str:
        try:
            scored, labels = present(read_window(monitor, other, folder)), _labels(monitor, other, folder)
        except Undecided as error:
            return error.message
        return WindowFiles(scored.path, labels.path), scored.format, labels.format

    over = max(watch.over for watch in watches)
    return of_each(monitor, pooled(monitor.plan, period, over)[-2::-1], read, only=force.release)


def _labels(monitor: Monitor, period: Period, folder: str) -> LiveFile:
    """The labels of a window. Raises Undecided."""
    labels = monitor.plan.windows.labels
    if labels is None:
        raise Undecided("monitoring.yaml names no labels (`windows.labels`), and a KPI needs them")
    if not is_matured(monitor.plan, period, monitor.now):
        raise Undecided(f"the labels are complete {labels.delay} after the window")
    return present(read_location(monitor, path_of(labels.path, monitor.environment, period), labels.format, folder))
