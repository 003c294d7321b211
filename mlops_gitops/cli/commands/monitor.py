"""Judge the newest window of a model's live data, record it, and keep an issue for each alarm."""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import product

from mlops_gitops.cli.arguments import add_environment, add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED
from mlops_gitops.core.table import Table
from mlops_gitops.monitoring.alarms.inconclusive_run import long_run_note
from mlops_gitops.monitoring.alarms.issue_state import issue_state
from mlops_gitops.monitoring.calendar import Period, is_late, late_from
from mlops_gitops.monitoring.history.record import to_data
from mlops_gitops.monitoring.history.taken import differences, taken_data, taken_lines
from mlops_gitops.monitoring.outcome import Finding, Observation, Outcome
from mlops_gitops.monitoring.table import exit_code, mark, observation_lines, observation_table, window_text
from mlops_gitops.orchestration.monitoring.backtest import backtest
from mlops_gitops.orchestration.monitoring.keep_issues import Kept, close_unplanned
from mlops_gitops.orchestration.monitoring.open_monitors import open_monitors
from mlops_gitops.orchestration.monitoring.read_windows import Monitor
from mlops_gitops.orchestration.monitoring.take_looks import Look, take_looks
from mlops_gitops.orchestration.monitoring.write_outcomes import Written, write_outcomes
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.records.monitoring import KIND, moment
from mlops_gitops.reporting.report import Report
from mlops_gitops.runtime import clock

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
    parser.add_argument("--again", action="store_true", help="judge what is on record too; the record stays as it is")
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
    if writes and not (args.model or args.environment or snapshot.has(KIND)) and (closed := _closed(workspace)):
        return closed
    monitors = open_monitors(workspace, snapshot, args.model, args.environment, clock.utc_now())
    if args.heartbeat:
        return _heartbeat(monitors)
    if args.backtest:
        return _backtest(monitors)
    with tempfile.TemporaryDirectory() as folder:
        looks = [look for each in monitors for look in take_looks(each, args.window, folder, again=args.again)]
    return _report(workspace, monitors, looks, writes=writes, again=args.again)


def _closed(workspace: Workspace) -> Report | None:
    """The issues of what was watched closed, where nothing is any more; None where there is none to close."""
    closed = close_unplanned(workspace.forge, ()) if workspace.git.has_remote() else Kept()
    if closed == Kept():
        return None
    lines = ("no model has a monitoring.yaml any more", *closed.lines())
    return Report({"version": 1, "observations": []}, lines=lines, exit_code=UNDECIDED if closed.errors else PASSED)


def _report(
    workspace: Workspace, monitors: Sequence[Monitor], looks: Sequence[Look], *, writes: bool, again: bool
) -> Report:
    observations = [look.now for look in looks if look.now]
    taken = [each for look in looks for each in look.taken]
    lines = [line for look in looks for line in _lines(look)]
    written = Written(())
    if not looks:
        lines.append("no window has ended yet, so nothing is judged")
    elif writes:
        written = write_outcomes(workspace, monitors, observations)
        lines += written.lines
    notes = list(_notes(monitors, observations))
    lines += [f"note: {note}" for note in notes]
    data = {"version": 1, "observations": [to_data(seen) for seen in observations], "on_record": taken_data(taken)}
    data |= {"notes": notes}
    outcomes = [seen.outcome for seen in observations]
    outcomes += [each.finding.outcome for each in taken if again and each.finding.muted is None]
    code = FAILED if written.opened else exit_code(outcomes) or (UNDECIDED if written.failed else PASSED)
    return Report(data, (), tuple(map(observation_table, observations)), tuple(lines), code)


def _lines(look: Look) -> Iterator[str]:
    """The sentences about one window."""
    if look.now is None:
        yield from taken_lines(look.taken)
        return
    yield from observation_lines(look.now)
    yield from differences(look.taken, look.now)


def _notes(monitors: Sequence[Monitor], observations: Sequence[Observation]) -> Iterator[str]:
    """What the numbers cannot show: a reference without weeks that differ, and labels that the model had a part in.

    A watch that cannot tell for long is noted in one window.
    """
    looked = {(seen.model, finding.watch) for seen in observations for finding in seen.findings}
    plans = [monitor.plan for monitor in monitors]
    watches = [(plan, watch) for plan in plans for watch in plan.watches if (plan.model, watch.id) in looked]
    if any(watch.tested and watch.kpi is None and plan.reference is None for plan, watch in watches):
        yield "the profile of a release cannot tell how much windows differ without drift"
    labels = [plan.windows.labels for plan, watch in watches if watch.kpi is not None]
    if any(each and each.control is None for each in labels):
        yield "feedback is not excluded: `windows.labels` names no `control`"
    for monitor in monitors:
        pair = monitor.plan.model, monitor.environment
        own = [seen for seen in observations if (seen.model, seen.environment) == pair]
        known = [record.observation for record in monitor.chain.records]
        for seen, watch in product(own, monitor.plan.watches):
            if note := long_run_note(watch, [*known, *own], seen):
                yield note


def _backtest(monitors: Sequence[Monitor]) -> Report:
    """What would have alarmed of the windows that have ended."""
    seen = [observation for monitor in monitors for observation in backtest(monitor)]
    rows = tuple(_backtest_row(observation) for observation in seen)
    table = Table("", ("outcome", "window", "model", "in", "alarms"), rows)
    alarms = sum(observation.outcome is Outcome.ALARM for observation in seen)
    line = f"{alarms} of {len(seen)} past windows would have alarmed; nothing was written"
    data = {"version": 1, "observations": [to_data(observation) for observation in seen]}
    return Report(data, (), (table,) if rows else (), (line,), 0)


def _backtest_row(seen: Observation) -> tuple[str, ...]:
    found = [finding for finding in seen.findings if finding.outcome is Outcome.ALARM]
    alarms = ", ".join(finding.watch + " (muted)" * (finding.muted is not None) for finding in found)
    start = (seen.window.start or "").partition("T")[0]
    return mark(seen.outcome), start, seen.model, seen.environment, alarms


def _heartbeat(monitors: Sequence[Monitor]) -> Report:
    """Whether no monitor is overdue; alarms that stand are said, and fail nothing: their issues are open."""
    late, lines = [], []
    for monitor in monitors:
        recorded, place = _last_recorded(monitor), f"{monitor.plan.model} in {monitor.environment}"
        if is_late(monitor.plan, recorded, monitor.now):
            late.append(monitor)
            lines.append(f"{place}: no outcome since {late_from(monitor.plan, recorded):%Y-%m-%d}")
    alarms = [alarm for monitor in monitors for alarm in _standing(monitor)]
    lines = lines or ["no monitor is overdue"]
    lines += [
        f"{seen.model} in {seen.environment}: {each.watch} ALARM, last in {window_text(seen.window)}"
        for seen, each in alarms
    ]
    data = {
        "version": 1,
        "late": [{"model": monitor.plan.model, "environment": monitor.environment} for monitor in late],
        "alarms": [
            {"model": seen.model, "environment": seen.environment, "watch": each.watch, "window": seen.window.start}
            for seen, each in alarms
        ],
    }
    return Report(data, lines=tuple(lines), exit_code=FAILED if late else PASSED)


def _standing(monitor: Monitor) -> Iterator[tuple[Observation, Finding]]:
    """The last alarm of each watch that no fine window has followed."""
    windows = [record.observation for record in monitor.chain.records]
    alarms = (issue_state(watch, windows).alarm for watch in monitor.plan.watches)
    return filter(None, alarms)


def _last_recorded(monitor: Monitor) -> Period | None:
    """The recorded window that ended last, as it was counted then."""
    windows = (record.observation.window for record in monitor.chain.records)
    times = [(window.end, window.start) for window in windows if window.end and window.start]
    if not times:
        return None
    end, start = (datetime.fromisoformat(moment) for moment in max(times))
    return Period(0, start, end)


COMMAND = Command("monitor", __doc__.strip(), add_arguments, run)
