"""One window of a model in one environment: its files read, counted and measured, and every watch judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias, TypeVar

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement.results import Measured
from mlops_gitops.monitoring import budget
from mlops_gitops.monitoring.calendar import Period, due, is_matured, path_of, pooled, reference_periods
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.in_force import InForce, in_force
from mlops_gitops.monitoring.judge import judge_watch
from mlops_gitops.monitoring.mutes import muted
from mlops_gitops.monitoring.outcome import Finding, Observation, Window
from mlops_gitops.monitoring.profiles.profile import Column
from mlops_gitops.monitoring.profiles.scan import scan_window
from mlops_gitops.monitoring.profiles.segments import Segmentation, Values, scan_segments, segmentation
from mlops_gitops.monitoring.profiles.window_scan import Held, WindowScan
from mlops_gitops.monitoring.reference_columns import Reference, answers
from mlops_gitops.monitoring.segment_evidence import segment_evidence
from mlops_gitops.monitoring.watch_kind import Evidence, Lateness, MeasuredKpi, SegmentEvidence
from mlops_gitops.monitoring.window_data import scored_data
from mlops_gitops.orchestration.monitoring.measure_kpis import LabelledWindow, measure_kpi
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.monitoring import (
    ColumnLimits,
    DataDrift,
    Monitoring,
    NumberLimit,
    PredictionDrift,
    Quality,
    Watch,
)
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.live.live_file import LiveFile, read_live_file
from mlops_gitops.storage.live.live_number import read_live_number
from mlops_gitops.storage.live.place import NotThere

T = TypeVar("T")
References: TypeAlias = Callable[[str | None], tuple[Reference | str, str | None]]  # by version
ScanKey: TypeAlias = tuple[int, str | None, tuple[int, ...]]  # the window's index, its release, the bins of its columns


@frozen
class Monitor:
    """What judges the windows of one model in one environment.

    `references` gives the reference of a release and the digest of its profile, or why there is none. `chain` are the
    records so far, and `now` is in UTC. With `when_due` the mutes of the day on which a look was due count, not those
    of `now`. `scans` keeps the scans of windows that others are compared with, each of which is read once.
    """

    plan: Monitoring
    kpis: Kpis | None
    environment: str
    ledger: Ledger
    store: DataStore
    chain: Chain
    references: References
    now: datetime
    when_due: bool = False
    scans: dict[ScanKey, WindowScan | str] | None = None


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
    file = _read(monitor, path, plan.windows.format, folder)
    reference, profile = monitor.references(force.release)
    whole = [watch for watch in watches if segmentation(watch) is None]
    columns = _drifting(plan, whole, reference)
    scan = _scan(monitor, force, file, period, watches, columns, by_hand=location is not None)
    evidence = Evidence(
        scan,
        force.mixed if _is_mixed(plan, force) else reference,
        answers(plan.windows),
        _scans(monitor, _earlier(plan, period, whole), columns, folder, only=force.release),
        _reference_scans(monitor, period, columns, folder),
        plan.windows.cluster is not None,
        _late(file, period, monitor.now),
        _kpis(monitor, period, force, file, watches, folder, level),
        _numbers(monitor, period, watches),
        _segments(monitor, force, file, period, watches, reference, folder),
    )
    findings = tuple(_muted(monitor, period, watch, judge_watch(watch, evidence, level)) for watch in watches)
    rows = scan.rows if isinstance(scan, WindowScan) else None
    found = file.digest if isinstance(file, LiveFile) else None
    window = Window(period.index, *period.times, path, found, rows)
    window = replace(window, index=None, start=None, end=None) if location else window
    return Observation(
        plan.model, monitor.environment, window, force.release, force.digest, profile, digest(plan.source),
        findings, budget.NEWEST,
    )  # fmt: skip


def _muted(monitor: Monitor, period: Period, watch: Watch, finding: Finding) -> Finding:
    """The finding with the decision that mutes it: one whose approval is proven, and that counts on that day."""
    moment = due(monitor.plan, period, labelled=watch.kpi is not None) if monitor.when_due else monitor.now
    last = moment + timedelta(days=1)
    entries = (entry for entry in monitor.ledger.decisions(moment.date()) if entry.commit.time < last.timestamp())
    records = [entry.record for entry in entries if isinstance(entry.record, Decision)]
    return muted(finding, monitor.plan, monitor.environment, records, moment.date())


def _is_mixed(plan: Monitoring, force: InForce) -> bool:
    """Whether rows of several releases cannot be told apart."""
    return bool(force.mixed) and (plan.windows.release is None or force.promotion is None)


def _read(monitor: Monitor, location: str, declared: str, folder: str) -> LiveFile | Undecided:
    try:
        return read_live_file(monitor.store, location, folder, near=monitor.plan.path, declared=declared)
    except Undecided as error:
        return error


def _late(file: LiveFile | Undecided, period: Period, now: datetime) -> Lateness | None:
    """How long after the end of the window its newest file was written, or until now, where there is none yet."""
    if isinstance(file, NotThere):
        return Lateness(now - period.end, arrived=False)
    return Lateness(file.modified - period.end) if isinstance(file, LiveFile) and file.modified else None


def _scan(
    monitor: Monitor,
    force: InForce,
    file: LiveFile | Undecided,
    period: Period,
    watches: Iterable[Watch],
    columns: Mapping[str, Column],
    *,
    by_hand: bool,
) -> WindowScan | str:
    """The scan of these columns of the reference, and of those that quality limits; or why there is none."""
    if isinstance(file, Undecided):
        return file.message
    if seen := "" if by_hand else _seen_before(monitor.chain, file, period):
        return seen
    limits = {
        (watch.id, name): limit
        for watch in watches
        if isinstance(watch.check, Quality)
        for name, limit in watch.check.columns.items()
    }
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
    return _of_each(monitor, periods if columns else (), scan, only)


def _of_each(
    monitor: Monitor, periods: Iterable[Period], read: Callable[[Period, str | None], T | str], only: str | None = None
) -> tuple[T | str, ...]:
    """What `read` finds in each window, of the rows of the release that was in force in it."""
    found: list[T | str] = []
    for period in periods:
        force = in_force(monitor.ledger, monitor.environment, monitor.plan.model, period.start, period.end)
        if _is_mixed(monitor.plan, force):
            found.append(force.mixed)
        elif only and force.release != only:
            found.append(f"an earlier window is of {force.release}, and windows of one release are pooled")
        else:
            found.append(read(period, force.release))
    return tuple(found)


def _scan_once(
    monitor: Monitor, columns: Mapping[str, Column], folder: str, period: Period, release: str | None
) -> WindowScan | str:
    """The scan of another window; the columns are those of a reference, which is read once as well."""
    key = (period.index, release, tuple(map(id, columns.values())))
    if monitor.scans is not None and key in monitor.scans:
        return monitor.scans[key]
    file = _read_window(monitor, period, folder)
    lost = file.message if isinstance(file, Undecided) else ""
    found = lost or _scanned(monitor, _present(file), release, columns, {})
    if monitor.scans is not None:
        monitor.scans[key] = found
    return found


def _read_window(monitor: Monitor, period: Period, folder: str) -> LiveFile | Undecided:
    windows = monitor.plan.windows
    return _read(monitor, path_of(windows.path, monitor.environment, period), windows.format, folder)


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
    monitor: Monitor,
    force: InForce,
    file: LiveFile | Undecided,
    period: Period,
    watches: Iterable[Watch],
    reference: Reference | str,
    folder: str,
) -> dict[str, tuple[SegmentEvidence, ...] | str]:
    """The segments of each watch of drift that has some, or why there are none."""
    found = {}
    plan, mixed = monitor.plan, force.mixed if _is_mixed(monitor.plan, force) else ""
    for watch in watches:
        if split := segmentation(watch):
            read = partial(_segment_scans, monitor, split, _drifting(plan, [watch], reference), folder)
            now = read(period, force.release, file)
            earlier = _of_each(monitor, _earlier(plan, period, [watch]), read, only=force.release)
            early: tuple[Mapping[Values, WindowScan] | str, ...] = _too_early(plan, period)
            pinned = early or _of_each(monitor, reference_periods(plan), read)
            known = segment_evidence(split, mixed or reference, now, earlier, pinned if plan.reference else None)
            found[watch.id] = known
    return found


def _segment_scans(
    monitor: Monitor,
    split: Segmentation,
    columns: Mapping[str, Column],
    folder: str,
    period: Period,
    release: str | None,
    file: LiveFile | Undecided | None = None,
) -> Mapping[Values, WindowScan] | str:
    """The scans of the segments of a window, of `file` where it was read already; or why there are none."""
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    try:
        there = _present(file or _read_window(monitor, period, folder))
        if file is not None and (seen := _seen_before(monitor.chain, there, period)):
            return seen
        data = scored_data(monitor.plan.windows, there.format, release)
        return scan_segments(ENGINE, there.path, data, columns, split)
    except Undecided as error:
        return f"{monitor.plan.windows.path} cannot be read: {error.message}"


def _seen_before(chain: Chain, file: LiveFile, period: Period) -> str:
    """Which other window had these very bytes; empty where none had."""
    for record in chain.of_bytes(file.digest):
        window = record.observation.window
        if window.index is not None and window.start != period.times[0]:
            return f"these bytes were the window of {window.start} already: nothing new was written"
    return ""


def _drifting(plan: Monitoring, watches: Iterable[Watch], reference: Reference | str) -> dict[str, Column]:
    """The columns of the reference whose drift is watched."""
    names: list[str] = []
    for watch in watches:
        if isinstance(watch.check, DataDrift):
            names += watch.check.columns
        elif isinstance(watch.check, PredictionDrift):
            names += answers(plan.windows)
    known = reference.columns if isinstance(reference, Reference) else {}
    return {name: known[name] for name in names if name in known}


def _numbers(monitor: Monitor, period: Period, watches: Iterable[Watch]) -> dict[str, Measured]:
    found = {}
    for watch in watches:
        if isinstance(watch.check, NumberLimit):
            location = path_of(watch.check.file, monitor.environment, period)
            found[watch.id] = read_live_number(
                monitor.store, location, watch.check.key, near=monitor.plan.path, since=period.start
            )
    return found


def _kpis(
    monitor: Monitor,
    period: Period,
    force: InForce,
    file: LiveFile | Undecided,
    watches: Sequence[Watch],
    folder: str,
    level: float,
) -> dict[str, MeasuredKpi | str]:
    """The KPI of each watch that reads one, measured on the labelled rows, or why it is not."""
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    plan, chosen = monitor.plan, [watch for watch in watches if watch.kpi is not None]
    if not chosen:
        return {}
    try:
        if _is_mixed(plan, force):
            raise Undecided(force.mixed)
        if monitor.kpis is None:
            raise Undecided(f"{plan.model} has no kpis.yaml")
        scored, kpis, windows = _present(file), monitor.kpis, plan.windows
        if seen := _seen_before(monitor.chain, scored, period):
            raise Undecided(seen)
        labels = _labels(monitor, period, folder)
    except Undecided as error:
        return {watch.id: error.message for watch in chosen}
    observations = [record.observation for record in monitor.chain.records]
    start = period.times[0]
    window = LabelledWindow(scored.path, labels.path, force.release, force.promotion, start, observations)
    formats = replace(windows, format=scored.format, labels=replace(windows.labels, format=labels.format))
    return {watch.id: measure_kpi(ENGINE, watch, kpis, formats, window, level) for watch in chosen}


def _labels(monitor: Monitor, period: Period, folder: str) -> LiveFile:
    """The labels of a window. Raises Undecided."""
    labels = monitor.plan.windows.labels
    if labels is None:
        raise Undecided("monitoring.yaml names no labels (`windows.labels`), and a KPI needs them")
    if not is_matured(monitor.plan, period, monitor.now):
        raise Undecided(f"the labels are complete {labels.delay} after the window")
    return _present(_read(monitor, path_of(labels.path, monitor.environment, period), labels.format, folder))


def _present(file: LiveFile | Undecided) -> LiveFile:
    if isinstance(file, Undecided):
        raise file
    return file
