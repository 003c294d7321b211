"""What judges the windows of one model in one environment, and their files read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.calendar import Period, path_of
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.in_force import InForce, in_force
from mlops_gitops.monitoring.reference_columns import Reference
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.live.live_file import LiveFile, read_live_file

T = TypeVar("T")
References: TypeAlias = Callable[[str | None], tuple[Reference | str, str | None]]  # by version
ScanKey: TypeAlias = tuple[object, ...]  # of one window, its release, and what is counted in which bins


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
    scans: dict[ScanKey, Any] | None = None


@frozen
class OpenWindow:
    """A window that is judged: its time, what was in force in it, and its scored rows, or why they cannot be had."""

    period: Period
    force: InForce
    file: LiveFile | Undecided


def is_mixed(plan: Monitoring, force: InForce) -> bool:
    """Whether rows of several releases cannot be separated."""
    return bool(force.mixed) and (plan.windows.release is None or force.promotion is None)


def read_location(monitor: Monitor, location: str, declared: str, folder: str) -> LiveFile | Undecided:
    """The file or folder at a location of live data, copied below `folder`; or why it cannot be had."""
    try:
        return read_live_file(monitor.store, location, folder, near=monitor.plan.path, declared=declared)
    except Undecided as error:
        return error


def read_window(monitor: Monitor, period: Period, folder: str) -> LiveFile | Undecided:
    """The scored rows of a window of the calendar; or why they cannot be had."""
    windows = monitor.plan.windows
    return read_location(monitor, path_of(windows.path, monitor.environment, period), windows.format, folder)


def of_each(
    monitor: Monitor, periods: Iterable[Period], read: Callable[[Period, str | None], T | str], only: str | None = None
) -> tuple[T | str, ...]:
    """What `read` finds in each window, of the rows of the release that was in force in it; or why nothing.

    With `only`, a window of another release is not looked at: what another one answered is not pooled.
    """
    found: list[T | str] = []
    for period in periods:
        force = in_force(monitor.ledger, monitor.environment, monitor.plan.model, period.start, period.end)
        if is_mixed(monitor.plan, force):
            found.append(force.mixed)
        elif only and force.release != only:
            found.append(f"an earlier window is of {force.release}, and windows of one release are pooled")
        else:
            found.append(read(period, force.release))
    return tuple(found)


def read_once(monitor: Monitor, key: ScanKey, read: Callable[[], T]) -> T:
    """What `read` finds, kept for the windows that are judged after this one."""
    if monitor.scans is None:
        return read()
    if key not in monitor.scans:
        monitor.scans[key] = read()
    found: T = monitor.scans[key]
    return found


def seen_before(chain: Chain, file: LiveFile, period: Period) -> str:
    """Which other window had these very bytes; empty where none had."""
    for record in chain.of_bytes(file.digest):
        window = record.observation.window
        if window.index is not None and window.start != period.times[0]:
            return f"these bytes were the window of {window.start} already: nothing new was written"
    return ""


def present(file: LiveFile | Undecided) -> LiveFile:
    """The file. Raises Undecided where there is none."""
    if isinstance(file, Undecided):
        raise file
    return file
