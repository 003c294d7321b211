"""Fetch the bytes an environment runs, by pinned digest and verified, for the application or device that needs them."""

from __future__ import annotations

import argparse
import os

from mlops_gitops.cli.arguments import add_environment, add_model, parse_name
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.orchestration.first_merge import open_merged
from mlops_gitops.orchestration.serving.running_release import installed, running_release
from mlops_gitops.reporting.report import Report
from mlops_gitops.rollout.device_release import Device


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    add_environment(parser, "--in")
    parser.add_argument("--target", type=parse_name, metavar="T", help="a target with a roster, whose device this is")
    parser.add_argument("--device", metavar="ID", help="the device, as the roster has it: waves reach it")
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder to read from: a link, switched at once")


def run(args: argparse.Namespace) -> Report:
    """Puts every artifact in place, or leaves the version in use as it is.

    Without a target it is the release in force: consumers that no roster lists change last.
    """
    if (args.target is None) != (args.device is None):
        raise Error("a device is one of a target's roster", help="fetch … --target T --device ID")
    merged = open_merged(args.repo, model=args.model, environment=args.environment)
    device = Device(args.target, args.device) if args.target else None
    entry, release = running_release(merged, args.model, args.environment, device)
    pins, switched = installed(merged.workspace.store(merged.base), release, args.out)
    written = {pin.path: str(pin.md5) for pin in pins}
    proven = merged.ledger.proven(entry)
    lines = [f"{path}  {digest}" for path, digest in written.items()]
    where = f"{args.out}" if switched else f"{args.out} already: nothing was switched"
    runs = f"{args.device} is to run it" if args.device else f"{args.environment} runs it"
    lines.append(f"{release.model} {release.version}, as {runs}, is in {where}")
    lines += [] if proven else [f"no receipt here proves that {entry.record.path} was approved"]
    data = {"version": 1, "model": release.model, "release": release.version, "files": written}
    data |= {"folder": os.path.realpath(args.out), "switched": switched}
    return Report(data | {"approvals": "met" if proven else "unproven"}, lines=tuple(lines))


COMMAND = Command("fetch", __doc__.strip(), add_arguments, run)
