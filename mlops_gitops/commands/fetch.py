"""Fetch the bytes an environment runs, by pinned digest and verified, for the application or device that needs them."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from mlops_gitops.contracts import Command
from mlops_gitops.edges.data import DataStore
from mlops_gitops.errors import Error, Undecided
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.report import Report
from mlops_gitops.shell import arguments as arguments_of
from mlops_gitops.shell.workspace import Workspace, open_workspace


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    arguments_of.model(parser)
    arguments_of.environment(parser, "--in")
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder to write into")


def run(args: argparse.Namespace) -> Report:
    """Writes every artifact or none."""
    workspace = open_workspace(args.repo)
    release = _running(workspace, args.model, args.environment)
    written = _fetch(workspace.store(workspace.base()), release, args.out)
    lines = [f"{path}  {digest}" for path, digest in written.items()]
    lines.append(f"{release.model} {release.version}, as {args.environment} runs it, is in {args.out}")
    data = {"version": 1, "model": release.model, "release": release.version, "files": written}
    return Report(data, lines=tuple(lines))


def _running(workspace: Workspace, model: str, environment: str) -> Release:
    base = workspace.base()
    entry = workspace.ledger(base).current(environment, model)
    if entry is None or not isinstance(entry.record, Promotion):
        raise Error(f"{environment} runs nothing of {model}", help="mlops-gitops status")
    snapshot = workspace.trusted(base)
    state = snapshot.state(environment, model)
    if state is None or state.release != entry.record.release:
        raise Undecided(
            f"the desired state of {model} in {environment} is not what its newest record says",
            help="mlops-gitops audit",
        )
    release = snapshot.release(model, state.release)
    if release is None:
        raise Undecided(f"there is no valid manifest of {model} {state.release}", help="mlops-gitops audit")
    return release


def _fetch(store: DataStore, release: Release, out: str) -> dict[str, str]:
    """Copies into a folder beside the target first, so that a failure leaves nothing half written."""
    target = Path(out).absolute()
    target.mkdir(parents=True, exist_ok=True)
    written = {}
    with tempfile.TemporaryDirectory(dir=target, prefix=".fetch-") as folder:
        files = [pin for artifact in release.artifacts for pin in store.files(artifact)]
        copies = [(pin, store.copy(pin, folder)) for pin in files]
        for pin, copy in copies:
            place = target / pin.path
            place.parent.mkdir(parents=True, exist_ok=True)
            if os.path.realpath(place.parent) != os.path.join(os.path.realpath(target), *pin.path.split("/")[:-1]):
                raise Error(f"{place.parent} leads out of {target} through a link", help="name an empty folder")
            part = f"{copy}.copy"
            shutil.copyfile(copy, part)
            os.replace(part, place)
            written[pin.path] = str(pin.md5)
    return written


COMMAND = Command("fetch", __doc__.strip(), arguments, run)
