"""Judge the newest window of a model's live data, record it, and keep an issue for each alarm."""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from mlops_gitops.cli.arguments import add_environment, add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import PASSED, UNDECIDED, Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.core.table import Table
from mlops_gitops.monitoring.calendar import (
    Period,
    is_late,
    is_matured,
    late_from,
    newest_complete,
    newest_matured,
    period,
    period_at,
)
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.record import to_data
from mlops_gitops.monitoring.outcome import Observation, Outcome
from mlops_gitops.monitoring.table import exit_code, mark, observation_lines, observation_table
from mlops_gitops.orchestration.monitoring.observe import Monitor, observe
from mlops_gitops.orchestration.monitoring.open_monitors import open_monitors
from mlops_gitops.orchestration.monitoring.write_outcomes import write_outcomes
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.records.monitoring import KIND, Monitoring, NumberLimit, Watch, moment
from mlops_gitops.reporting.report import Report
from mlops_gitops.runtime import clock

CAUGHT_UP = 31  # windows that one run looks at
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser, optional=True)
    add_environment(parser, "--in", required=False)
    how = parser.add_mutually_exclusive_group()
    help = "the window of this day (default: the newest); or a file, a folder or remote://…, judged and not recorded"
    how.add_argument("--window", type=_window, metavar="DATE|PATH", help=help)
    how.add_argument("--backtest", action="store_true", help="judge all past windows, and write nothing")
    how.add_argument("--heartbeat", action="store_true", help="only fail where an outcome is overdue")
    parser.add_argument("--dry-run", action="store_true", help="judge, and write nothing")


def _window(text: str) -> datetime | str:
    """A day, or a location."""
    try:
        return moment(text) if _DAY.fullmatch(text) else text
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def run(args: argparse.Namespace) -> Report:
    """Judges, and writes what follows."""
    workspace = open_workspace(args.repo)
    writes = not (args.backtest or args.heartbeat or args.dry_run or isinstance(args.window, str))
    if not args.backtest and workspace.git.has_remote():
        workspace.sync()
    snapshot = workspace.work if args.backtest or not workspace.has_base() else workspace.at(workspace.base())
    if args.heartbeat and not args.model and not snapshot.has(KIND):
        return Report({"version": 1, "late": []}, lines=("no model has a monitoring.yaml, so nothing can be late",))
    monitors = open_monitors(workspace, snapshot, args.model, args.environment, clock.utc_now())
    if args.heartbeat:
        return _heartbeat(monitors)
    if args.backtest:
        return _backtest(monitors)
    with tempfile.TemporaryDirectory() as folder:
        observations = [seen for monitor in monitors for seen in _observed(monitor, args.window, folder)]
    return _report(workspace, monitors, observations, writes=writes)


def _observed(monitor: Monitor, window: datetime | str | None, folder: str) -> Iterator[Observation]:
    """The looks that are due, all at the window of a day, or those at a location that need that file alone.

    Raises Error where there is no such window yet.
    """
    location = window if isinstance(window, str) else None
    for at, watches in _looks(monitor, window):
        if watches:
            yield observe(monitor, at, watches, folder, location)


def _looks(monitor: Monitor, window: datetime | str | None) -> list[tuple[Period, Sequence[Watch]]]:
    if isinstance(window, str):
        _, plain = _apart(monitor.plan)
        of_file = [watch for watch in plain if not isinstance(watch.check, NumberLimit)]
        return [(Period(0, monitor.now, monitor.now + timedelta(seconds=1)), of_file)]
    return _looks_at(monitor, window) if window else _looks_due(monitor)


def _looks_at(monitor: Monitor, day: datetime) -> list[tuple[Period, Sequence[Watch]]]:
    found = period_at(monitor.plan, day)
    if found is None or found.end > monitor.now:
        whole = newest_complete(monitor.plan, monitor.now)
        newest = f"the newest began on {whole.start:%Y-%m-%d}" if whole else "none has ended yet"
        raise Error(f"{day:%Y-%m-%d} is in no window of {monitor.plan.model} that has ended", help=newest)
    return [(found, monitor.plan.watches)]


def _looks_due(monitor: Monitor) -> list[tuple[Period, Sequence[Watch]]]:
    """The newest window by what needs no labels, and the newest with complete labels by what does.

    Those before them are due too that ended after the last one on record, or a grace ago and were not available.
    """
    labelled, plain = _apart(monitor.plan)
    newest, matured = newest_complete(monitor.plan, monitor.now), newest_matured(monitor.plan, monitor.now)
    due: dict[int, list[Watch]] = {}
    for last, watches in ((newest, plain), (matured, labelled)):
        for index in _indices_due(monitor, last, watches) if last and watches else ():
            due.setdefault(index, []).extend(watches)
    return [(period(monitor.plan, index), due[index]) for index in sorted(due)]


def _indices_due(monitor: Monitor, last: Period, watches: Sequence[Watch]) -> list[int]:
    """The windows up to `last` that these watches have to look at, at most CAUGHT_UP of them."""
    ids = {watch.id for watch in watches}
    looks = [
        (record.observation.window.name, finding.outcome)
        for record in monitor.chain.records
        for finding in record.observation.findings
        if finding.watch in ids
    ]
    taken = {name for name, outcome in looks if outcome is not Outcome.NOT_AVAILABLE}
    seen, due = {name for name, _ in looks}, [last.index]
    first = min(seen, default=last.name)
    for index in range(last.index - 1, max(-1, last.index - CAUGHT_UP), -1):
        window = period(monitor.plan, index)
        is_old = window.name in seen and window.end < last.end - monitor.plan.grace
        if window.name < first or window.name in taken or is_old:
            break
        due.append(index)
    return due


def _apart(plan: Monitoring) -> tuple[list[Watch], list[Watch]]:
    """The watches that need labels, and the others."""
    labelled = [watch for watch in plan.watches if watch.kpi is not None]
    return labelled, [watch for watch in plan.watches if watch.kpi is None]


def _report(
    workspace: Workspace, monitors: Sequence[Monitor], observations: list[Observation], *, writes: bool
) -> Report:
    lines: list[str] = []
    failed = False
    for seen in observations:
        lines += observation_lines(seen)
    if not observations:
        lines.append("no window has ended yet, so nothing is judged")
    elif writes:
        written = write_outcomes(workspace, monitors, observations)
        lines += written.lines
        failed = written.failed
    lines += _notes(monitors, observations)
    tables = tuple(map(observation_table, observations))
    data = {"version": 1, "observations": [to_data(seen) for seen in observations]}
    code = exit_code(observations) or (UNDECIDED if failed else PASSED)
    return Report(data, (), tables, tuple(lines), code)


def _notes(monitors: Sequence[Monitor], observations: Sequence[Observation]) -> Iterator[str]:
    """What the numbers cannot show: a reference without weeks that differ, and labels that the model had a part in."""
    looked = {(seen.model, finding.watch) for seen in observations for finding in seen.findings}
    plans = [monitor.plan for monitor in monitors]
    watches = [(plan, watch) for plan in plans for watch in plan.watches if (plan.model, watch.id) in looked]
    if any(watch.tested and watch.kpi is None and plan.reference is None for plan, watch in watches):
        yield "note: the profile of a release cannot tell how much windows differ without drift"
    labels = [plan.windows.labels for plan, watch in watches if watch.kpi is not None]
    if any(each and each.control is None for each in labels):
        yield "note: feedback is not excluded: `windows.labels` names no `control`"


def _backtest(monitors: Sequence[Monitor]) -> Report:
    """Every window that has ended, judged on its own: what would have alarmed."""
    seen: list[Observation] = []
    for monitor in monitors:
        plan, now = monitor.plan, monitor.now
        newest, (_, plain) = newest_complete(plan, now), _apart(plan)
        monitor = replace(monitor, chain=Chain(monitor.environment, plan.model))
        for window in (period(plan, index) for index in range(newest.index + 1 if newest else 0)):
            with tempfile.TemporaryDirectory() as folder:
                watches = plan.watches if is_matured(plan, window, now) else plain
                seen.append(observe(monitor, window, watches, folder))
    rows = tuple(_backtest_row(observation) for observation in seen)
    table = Table("", ("window", "model", "in", "outcome", "alarms"), rows)
    alarms = sum(observation.outcome is Outcome.ALARM for observation in seen)
    line = f"{alarms} of {len(seen)} past windows would have alarmed; nothing was written"
    data = {"version": 1, "observations": [to_data(observation) for observation in seen]}
    return Report(data, (), (table,) if rows else (), (line,), 0)


def _backtest_row(seen: Observation) -> tuple[str, ...]:
    alarms = ", ".join(finding.watch for finding in seen.findings if finding.outcome is Outcome.ALARM)
    start = (seen.window.start or "").partition("T")[0]
    return start, seen.model, seen.environment, mark(seen.outcome), alarms


def _heartbeat(monitors: Sequence[Monitor]) -> Report:
    """Whether each monitor has spoken in time."""
    silent = []
    for monitor in monitors:
        recorded = _last_recorded(monitor)
        if is_late(monitor.plan, recorded, monitor.now):
            due = late_from(monitor.plan, recorded)
            silent.append((monitor, f"{monitor.plan.model} in {monitor.environment}: no outcome since {due:%Y-%m-%d}"))
    lines = [line for _, line in silent] or ["every monitor has spoken in time"]
    data = {
        "version": 1,
        "late": [{"model": monitor.plan.model, "environment": monitor.environment} for monitor, _ in silent],
    }
    return Report(data, lines=tuple(lines), exit_code=1 if silent else 0)


def _last_recorded(monitor: Monitor) -> Period | None:
    """The recorded window that ended last, as it was counted then."""
    windows = (record.observation.window for record in monitor.chain.records)
    times = [(window.end, window.start) for window in windows if window.end and window.start]
    if not times:
        return None
    end, start = (datetime.fromisoformat(moment) for moment in max(times))
    return Period(0, start, end)


COMMAND = Command("monitor", __doc__.strip(), add_arguments, run)
