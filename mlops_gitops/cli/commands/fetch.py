"""Fetch the bytes an environment runs, by pinned digest and verified, for the application or device that needs them."""

from __future__ import annotations

import argparse
import os

from mlops_gitops.cli.arguments import add_environment, add_model, parse_name
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.orchestration.first_merge import judging, require_merged
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.records.promotion import STOP, Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry
from mlops_gitops.rollout.device_release import Device, device_entry, recorded_release
from mlops_gitops.runtime import clock
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.versions import open_versions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    add_environment(parser, "--in")
    parser.add_argument("--target", type=parse_name, metavar="T", help="a target with a roster, whose device this is")
    parser.add_argument("--device", metavar="ID", help="the device, as the roster has it: waves come to it")
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder to read from: a link, switched at once")


def run(args: argparse.Namespace) -> Report:
    """Puts every artifact in place, or leaves the version in use as it is.

    Without a target it is the release in force: consumers that no roster lists change last.
    """
    if (args.target is None) != (args.device is None):
        raise Error("a device is one of a target's roster", help="fetch … --target T --device ID")
    workspace = open_workspace(args.repo)
    require_merged(workspace)
    base = workspace.base()
    snapshot, ledger = judging(workspace, base), workspace.ledger(base)
    workspace.require_known(snapshot, model=args.model, environment=args.environment)
    device = Device(args.target, args.device) if args.target else None
    entry, release = _running_release(Context(snapshot, clock.today(), snapshot, ledger, at=workspace.at), args, device)
    written, switched = _installed(workspace.store(base), release, args.out)
    proven = ledger.proven(entry)
    lines = [f"{path}  {digest}" for path, digest in written.items()]
    where = f"{args.out}" if switched else f"{args.out} already: nothing was switched"
    runs = f"{args.device} is to run it" if args.device else f"{args.environment} runs it"
    lines.append(f"{release.model} {release.version}, as {runs}, is in {where}")
    lines += [] if proven else [f"no receipt here proves that {entry.record.path} was approved"]
    data = {"version": 1, "model": release.model, "release": release.version, "files": written}
    data |= {"folder": os.path.realpath(args.out), "switched": switched}
    return Report(data | {"approvals": "met" if proven else "unproven"}, lines=tuple(lines))


def _running_release(context: Context, args: argparse.Namespace, device: Device | None) -> tuple[Entry, Release]:
    entry = device_entry(context, args.environment, args.model, device)
    if entry is None:
        raise _nothing_runs(context, args.environment, args.model)
    return entry, recorded_release(context, entry)


def _nothing_runs(context: Context, environment: str, model: str) -> Error:
    """Why there is nothing to fetch: the first rollout runs, or was stopped, or nothing was ever promoted."""
    newest = context.ledger.newest(environment, model) if context.ledger else None
    record = newest.record if newest and isinstance(newest.record, Promotion) else None
    reason = f"{environment} runs nothing of {model}"
    if record is None:
        return Error(reason, help="mlops-gitops status")
    if record.action == STOP:
        return Error(f"{reason}: its first rollout was stopped by {record.path}", help="mlops-gitops status")
    reason += f": {record.release} is in the wave {record.wave}, and nothing is in force until it settles"
    return Error(reason, help=f"mlops-gitops rollout {model} --in {environment}")


def _installed(store: DataStore, release: Release, out: str) -> tuple[dict[str, str], bool]:
    """The digests of the release's files by path, and whether `out` held another version before."""
    with open_versions(out) as versions:
        pins = [pin for artifact in release.artifacts for pin in store.files(artifact)]
        written = {pin.path: str(pin.md5) for pin in pins}
        mark = {"model": release.model, "release": release.version, "files": written}
        return written, versions.install(store, pins, mark)


COMMAND = Command("fetch", __doc__.strip(), add_arguments, run)
