"""One window of a model in one environment: its files read, counted and measured, and every watch judged."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.results import Measured
from mlops_gitops.monitoring import budget
from mlops_gitops.monitoring.calendar import Period, due, path_of, pooled, reference_periods
from mlops_gitops.monitoring.in_force import InForce, in_force
from mlops_gitops.monitoring.judge import judge_watch
from mlops_gitops.monitoring.mutes import muted
from mlops_gitops.monitoring.outcome import Finding, Observation, Window
from mlops_gitops.monitoring.profiles.profile import Column
from mlops_gitops.monitoring.profiles.scan import scan_window
from mlops_gitops.monitoring.profiles.segments import Segmentation, Values, scan_segments, segmentation
from mlops_gitops.monitoring.profiles.window_scan import Held, WindowScan
from mlops_gitops.monitoring.reference_columns import Reference, extra_columns
from mlops_gitops.monitoring.segment_evidence import segment_evidence
from mlops_gitops.monitoring.watch_kind import Evidence, Lateness, SegmentEvidence
from mlops_gitops.monitoring.window_data import scored_data
from mlops_gitops.orchestration.monitoring.observe_kpis import kpi_evidence
from mlops_gitops.orchestration.monitoring.read_windows import (
    Monitor,
    OpenWindow,
    is_mixed,
    of_each,
    read_location,
    read_once,
    read_window,
    seen_before,
)
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.monitoring import ColumnLimits, Monitoring, Watch
from mlops_gitops.storage.live.live_file import LiveFile
from mlops_gitops.storage.live.live_number import read_live_number
from mlops_gitops.storage.live.parts import FORMATS
from mlops_gitops.storage.live.place import NotThere


def observe(
    monitor: Monitor, period: Period, watches: Sequence[Watch], folder: str, location: str | None = None
) -> Observation:
    """What these watches find in a window; copies of its files are made below `folder`.

    A file at a `location` that was named by hand is no window of the calendar, whatever the period is.
    """
    plan, force = monitor.plan, in_force(
        monitor.ledger, monitor.environment, monitor.plan.model, period.start, period.end
    )  # fmt: skip
    level = budget.level(plan) or 0.0
    path = location or path_of(plan.windows.path, monitor.environment, period)
    file = read_location(monitor, path, _format(plan, location), folder)
    reference, profile = monitor.references(force.release)
    whole = [watch for watch in watches if segmentation(watch) is None]
    columns = _drifting(plan, whole, reference)
    fresh = file if location else _fresh(monitor, file, period)
    scan = _scan(monitor, force, fresh, watches, columns)
    evidence = Evidence(
        scan,
        force.mixed if is_mixed(plan, force) else reference,
        plan.windows.answers,
        _scans(monitor, _earlier(plan, period, whole), columns, folder, only=force.release),
        _reference_scans(monitor, period, columns, folder),
        plan.windows.cluster is not None,
        _late(file, period, monitor.now),
        kpi_evidence(monitor, OpenWindow(period, force, file), watches, folder, level),
        _numbers(monitor, period, watches),
        _segments(monitor, OpenWindow(period, force, fresh), watches, reference, folder),
    )
    findings = tuple(_muted(monitor, period, watch, judge_watch(watch, evidence, level)) for watch in watches)
    rows = scan.rows if isinstance(scan, WindowScan) else None
    found = file.digest if isinstance(file, LiveFile) else None
    window = Window(period.index, *period.times, path, found, rows)
    window = replace(window, index=None, start=None, end=None) if location else window
    return Observation(
        plan.model, monitor.environment, window, force.release, force.digest, profile, digest(plan.source),
        findings, budget.NEWEST, _extra(plan, scan, reference),
    )  # fmt: skip


def _extra(plan: Monitoring, scan: WindowScan | str, reference: Reference | str) -> tuple[str, ...]:
    """The columns that nothing knows; none where there is no reference to know any."""
    if isinstance(scan, str) or isinstance(reference, str):
        return ()
    return extra_columns(scan.names, plan, reference)


def _format(plan: Monitoring, by_hand: str | None) -> str:
    """The format that is declared for the windows; none for a file named by hand whose ending says its own."""
    ending = posixpath.splitext(by_hand or "")[1][1:].lower()
    return "" if ending in FORMATS else plan.windows.format


def _muted(monitor: Monitor, period: Period, watch: Watch, finding: Finding) -> Finding:
    """The finding with the decision that mutes it: one whose approval is proven, and that counts on that day."""
    moment = due(monitor.plan, period, labelled=watch.kpi is not None) if monitor.when_due else monitor.now
    last = moment + timedelta(days=1)
    entries = (entry for entry in monitor.ledger.decisions(moment.date()) if entry.commit.time < last.timestamp())
    records = [entry.record for entry in entries if isinstance(entry.record, Decision)]
    return muted(finding, monitor.plan, monitor.environment, records, moment.date())


def _late(file: LiveFile | Undecided, period: Period, now: datetime) -> Lateness | None:
    """How long after the end of the window its newest file was written, or until now, where there is none yet."""
    if isinstance(file, NotThere):
        return Lateness(now - period.end, arrived=False)
    return Lateness(file.modified - period.end) if isinstance(file, LiveFile) and file.modified else None


def _fresh(monitor: Monitor, file: LiveFile | Undecided, period: Period) -> LiveFile | Undecided:
    """The file, where its bytes were not another window before."""
    seen = "" if isinstance(file, Undecided) else seen_before(monitor.chain, file, period)
    return Undecided(seen) if seen else file


def _scan(
    monitor: Monitor,
    force: InForce,
    file: LiveFile | Undecided,
    watches: Iterable[Watch],
    columns: Mapping[str, Column],
) -> WindowScan | str:
    """The scan of these columns of the reference, and of those that quality limits; or why there is none."""
    if isinstance(file, Undecided):
        return file.message
    limits = {(watch.id, name): limit for watch in watches for name, limit in watch.check.column_limits.items()}
    return _scanned(monitor, file, force.release, columns, limits)


def _scanned(
    monitor: Monitor,
    file: LiveFile,
    release: str | None,
    columns: Mapping[str, Column],
    limits: Mapping[Held, ColumnLimits],
) -> WindowScan | str:
    """The scan of the rows that a release answered, in the bins of `columns`; or why the file cannot be read."""
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    try:
        return scan_window(ENGINE, file.path, scored_data(monitor.plan.windows, file.format, release), columns, limits)
    except Undecided as error:
        return f"{monitor.plan.windows.path} cannot be read: {error.message}"


def _earlier(plan: Monitoring, period: Period, watches: Iterable[Watch]) -> tuple[Period, ...]:
    """The windows before this one that a watch pools with it, the last first."""
    over = max((watch.over for watch in watches), default=1)
    return pooled(plan, period, over)[-2::-1]


def _scans(
    monitor: Monitor,
    periods: Iterable[Period],
    columns: Mapping[str, Column],
    folder: str,
    only: str | None = None,
) -> tuple[WindowScan | str, ...]:
    """The scans of other windows in the same bins, each of the rows of the release that was in force in it.

    With `only`, a window of another release is not looked at: what another one answered is not pooled.
    """
    scan = partial(_scan_once, monitor, columns, folder)
    return of_each(monitor, periods if columns else (), scan, only)


def _scan_once(
    monitor: Monitor, columns: Mapping[str, Column], folder: str, period: Period, release: str | None
) -> WindowScan | str:
    """The scan of another window; the columns are those of a reference, which is read once as well."""

    def read() -> WindowScan | str:
        file = read_window(monitor, period, folder)
        return file.message if isinstance(file, Undecided) else _scanned(monitor, file, release, columns, {})

    return read_once(monitor, (period.index, release, *map(id, columns.values())), read)


def _reference_scans(
    monitor: Monitor, period: Period, columns: Mapping[str, Column], folder: str
) -> tuple[WindowScan | str, ...] | None:
    """The scans of the windows that are the reference."""
    if monitor.plan.reference is None:
        return None
    early = _too_early(monitor.plan, period)
    return early or _scans(monitor, reference_periods(monitor.plan), columns, folder)


def _too_early(plan: Monitoring, period: Period) -> tuple[str, ...]:
    """Why reference windows are no reference: none of them may be the window itself or a later one."""
    periods = reference_periods(plan)
    if any(each.end > period.start for each in periods):
        return tuple("the window is one of those that are its reference, or before them" for _ in periods)
    return ()


def _segments(
    monitor: Monitor, window: OpenWindow, watches: Iterable[Watch], reference: Reference | str, folder: str
) -> dict[str, tuple[SegmentEvidence, ...] | str]:
    """The segments of each watch of drift that has some, or why there are none."""
    found = {}
    plan, period, force = monitor.plan, window.period, window.force
    mixed = force.mixed if is_mixed(plan, force) else ""
    for watch in watches:
        if split := segmentation(watch):
            columns = _drifting(plan, [watch], reference)
            now = _segment_scans(monitor, split, columns, window.file, force.release)
            other = partial(_segments_once, monitor, split, columns, folder)
            earlier = of_each(monitor, _earlier(plan, period, [watch]), other, only=force.release)
            early: tuple[Mapping[Values, WindowScan] | str, ...] = _too_early(plan, period)
            pinned = early or of_each(monitor, reference_periods(plan), other)
            known = segment_evidence(split, mixed or reference, now, earlier, pinned if plan.reference else None)
            found[watch.id] = known
    return found


def _segments_once(
    monitor: Monitor,
    split: Segmentation,
    columns: Mapping[str, Column],
    folder: str,
    period: Period,
    release: str | None,
) -> Mapping[Values, WindowScan] | str:
    """The scans of the segments of another window, which is read once."""
    key = (period.index, release, split, *map(id, columns.values()))

    def read() -> Mapping[Values, WindowScan] | str:
        return _segment_scans(monitor, split, columns, read_window(monitor, period, folder), release)

    return read_once(monitor, key, read)


def _segment_scans(
    monitor: Monitor,
    split: Segmentation,
    columns: Mapping[str, Column],
    file: LiveFile | Undecided,
    release: str | None,
) -> Mapping[Values, WindowScan] | str:
    """The scans of the segments of the file of a window; or why there are none."""
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    if isinstance(file, Undecided):
        return file.message
    try:
        data = scored_data(monitor.plan.windows, file.format, release)
        return scan_segments(ENGINE, file.path, data, columns, split)
    except Undecided as error:
        return f"{monitor.plan.windows.path} cannot be read: {error.message}"


def _drifting(plan: Monitoring, watches: Iterable[Watch], reference: Reference | str) -> dict[str, Column]:
    """The columns of the reference whose drift is watched."""
    names = [name for watch in watches for name in watch.check.compared(plan.windows)]
    known = reference.columns if isinstance(reference, Reference) else {}
    return {name: known[name] for name in names if name in known}


def _numbers(monitor: Monitor, period: Period, watches: Iterable[Watch]) -> dict[str, Measured]:
    found = {}
    for watch in watches:
        if watch.check.number is not None:
            file, key = watch.check.number
            location, near = path_of(file, monitor.environment, period), monitor.plan.path
            found[watch.id] = read_live_number(monitor.store, location, key, near=near, since=period.start)
    return found
