"""Show which release each environment runs, model by model, and what is proposed."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import datetime

from mlops_gitops.cli.arguments import add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import PASSED, UNDECIDED, Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.git.local_forge import forge as local_forge
from mlops_gitops.monitoring.history.last_window import LastWindow
from mlops_gitops.orchestration.first_merge import no_remote_notes, open_merged
from mlops_gitops.orchestration.monitoring.records_branch import last_windows
from mlops_gitops.orchestration.pulls.waiting import Action, waiting
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.running_rollout import RunningRollout, running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.pauses import pause_in_force
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.isolated import note_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser, optional=True)
    parser.add_argument(
        "--mine", action="store_true", help="what waits for you: on which pull request, and the command"
    )
    parser.add_argument(
        "--as", dest="person", metavar="EMAIL", help="with --mine: who (default: git config user.email)"
    )


def run(args: argparse.Namespace) -> Report:
    """Reads the branch where merging promotes, as this clone knows it; for --mine it asks the forge."""
    if args.person and not args.mine:
        raise Error("--as is for --mine", help="mlops-gitops status --mine --as EMAIL")
    if args.mine:
        return _mine(args)
    merged = open_merged(args.repo, model=args.model)
    workspace, base, ledger = merged.workspace, merged.base, merged.ledger_of_tip
    context = Context(merged.tree, clock.today(), merged.tree, ledger, at=workspace.at)
    environments = list(workspace.project.environments)
    models = sorted({model for _, model in ledger.pairs()} | set(merged.tree.models()))
    models = [model for model in models if args.model in (None, model)]
    rows = tuple((model, *(_cell(context, ledger, name, model) for name in environments)) for model in models)
    columns = ("model", *environments)
    data = {
        "version": 1,
        "commit": base,
        "models": {m: {name: _data(context, ledger, name, m) for name in environments} for m in models},
    }
    watched = _Watched(merged.tree, last_windows(workspace), clock.utc_now())
    if any(map(watched.environments, models)):
        columns = (*columns, "monitoring")
        rows = tuple((*row, watched.cell(row[0])) for row in rows)
        data["monitoring"] = {model: watched.data(model) for model in models if watched.environments(model)}
    tables = (Table("", columns, rows),) if rows else ()
    return Report(
        data,
        (),
        tables,
        (f"as of {workspace.base_name()} {base[:10]}", *no_remote_notes(workspace), *_proposed(workspace)),
    )


def _mine(args: argparse.Namespace) -> Report:
    """What waits for one person."""
    if args.model:
        raise Error("--mine is about every model", help="mlops-gitops status --mine")
    workspace = open_workspace(args.repo)
    base = workspace.sync()
    person = args.person or workspace.git.committer_email()
    every = waiting(workspace, base, person)
    found = [each for each in every if each.action is not Action.WAIT]
    others = [each for each in every if each.action is Action.WAIT]
    rows = tuple(
        (each.action.value, f"#{each.pull.number}", each.pull.title, each.reason, each.command) for each in found
    )
    tables = (Table("", ("do", "no.", "title", "why", "command"), rows),) if rows else ()
    code = UNDECIDED if any(each.action is Action.UNKNOWN for each in found) else PASSED
    data = {
        "version": 1,
        "person": person,
        "waiting": [each.to_json() for each in found],
        "waiting_for_others": [each.to_json() for each in others],
    }
    lines = () if rows else (f"nothing waits for {person}",)
    opened = tuple(f"#{each.pull.number} {each.pull.title} waits for others: {each.reason}" for each in others)
    return Report(data, (), tables, (*lines, *opened), code)


@frozen
class _Watched:
    """What is on record of monitoring, and what should be by the base's files."""

    base: Snapshot
    windows: Mapping[tuple[str, str], LastWindow]
    now: datetime

    def environments(self, model: str) -> list[str]:
        """The environments in which a model is watched, or has been."""
        file = self.base.monitoring(model)
        recorded = [environment for environment, name in self.windows if name == model]
        return list(dict.fromkeys([*(file.environments if file else ()), *recorded]))

    def cell(self, model: str) -> str:
        """The last window of each environment."""
        return "; ".join(f"{name}: {self._words(name, model)}" for name in self.environments(model)) or "—"

    def _words(self, environment: str, model: str) -> str:
        last = self.windows.get((environment, model))
        return last.cell(self.now) if last else "no window yet"

    def data(self, model: str) -> dict[str, object]:
        """The same by environment; None where there is no window yet."""
        found = {name: self.windows.get((name, model)) for name in self.environments(model)}
        return {name: last.to_json(self.now) if last else None for name, last in found.items()}


def _cell(context: Context, ledger: Ledger, environment: str, model: str) -> str:
    entry = ledger.current(environment, model)
    if entry is None or not isinstance(entry.record, Promotion):
        return "—" + _on_its_way(context, ledger, environment, model)
    doubt = "" if ledger.proven(entry) else f" ({_doubt(ledger, entry)})"
    return entry.record.release + doubt + _on_its_way(context, ledger, environment, model)


def _on_its_way(context: Context, ledger: Ledger, environment: str, model: str) -> str:
    """The release of a rollout and its wave: `, 1.4.0 in canary`."""
    running = running_rollout(ledger, context.at, environment, model)
    if running is None:
        return ""
    record, newest = running.record, running.newest
    notes = ([] if ledger.proven(newest) else [_doubt(ledger, newest)]) + _paused(context, running)
    return f", {record.release} in {record.wave}" + (f" ({', '.join(notes)})" if notes else "")


def _paused(context: Context, running: RunningRollout) -> list[str]:
    return ["paused"] if pause_in_force(context, running) else []


def _doubt(ledger: Ledger, entry: Entry) -> str:
    receipt = ledger.receipt(entry)
    return f"approvals {receipt.approved}" if receipt else "no receipt"


def _data(context: Context, ledger: Ledger, environment: str, model: str) -> dict[str, object] | None:
    entry = ledger.current(environment, model)
    running = running_rollout(ledger, context.at, environment, model)
    if entry is None or not isinstance(entry.record, Promotion):
        return {"release": None, "rolling": _rolling(context, running)} if running else None
    receipt = ledger.receipt(entry)
    return {
        "release": entry.record.release, "sequence": entry.record.sequence, "action": entry.record.action,
        "record": entry.digest, "commit": entry.commit.sha, "since": entry.commit.day.isoformat(),
        "approvals": receipt.approved if receipt else "unproven",
        **({"rolling": _rolling(context, running)} if running else {}),
    }  # fmt: skip


def _rolling(context: Context, running: RunningRollout) -> dict[str, object]:
    pause = pause_in_force(context, running)
    wave: dict[str, object] = {"release": running.record.release, "wave": running.record.wave}
    return wave | ({"paused": pause.path} if pause else {})


def _proposed(workspace: Workspace) -> list[str]:
    if not workspace.git.has_remote() or workspace.forge_name != local_forge.NAME:
        return []  # another forge's pull requests are not in the clone, and status asks nobody
    forge = local_forge.open_forge(workspace.git)
    opened = [f"open: #{pull.number} {pull.title}" for pull in forge.known() if pull.state == "open"]
    return opened + note_lines(forge.unreadable_pulls().values())


COMMAND = Command("status", __doc__.strip(), add_arguments, run)
