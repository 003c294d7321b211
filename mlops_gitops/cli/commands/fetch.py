"""Fetch the bytes an environment runs, by pinned digest and verified, for the application or device that needs them."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from mlops_gitops.cli.arguments import add_environment, add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.documents.tree import read_if_possible
from mlops_gitops.orchestration.first_merge import judging, require_merged
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.promotion.order import record_subject
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.storage.data_store import DataStore

MARK = ".mlops-gitops.json"  # what a folder written here holds: which release it is


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    add_environment(parser, "--in")
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder to write into")


def run(args: argparse.Namespace) -> Report:
    """Writes every artifact or none."""
    workspace = open_workspace(args.repo)
    require_merged(workspace)
    base = workspace.base()
    snapshot, ledger = judging(workspace, base), workspace.ledger(base)
    workspace.require_known(snapshot, model=args.model, environment=args.environment)
    entry, release = _running_release(ledger, snapshot, args.model, args.environment)
    written = _fetch(workspace.store(base), release, Path(args.out))
    proven = ledger.proven(entry)
    lines = [f"{path}  {digest}" for path, digest in written.items()]
    lines.append(f"{release.model} {release.version}, as {args.environment} runs it, is in {args.out}")
    lines += [] if proven else [f"no receipt here proves that {entry.record.path} was approved"]
    data = {"version": 1, "model": release.model, "release": release.version, "files": written}
    return Report(data | {"approvals": "met" if proven else "unproven"}, lines=tuple(lines))


def _running_release(ledger: Ledger, snapshot: Snapshot, model: str, environment: str) -> tuple[Entry, Release]:
    entry = ledger.current(environment, model)
    if entry is None or not isinstance(entry.record, Promotion):
        raise Error(f"{environment} runs nothing of {model}", help="mlops-gitops status")
    state = snapshot.state(environment, model)
    if state is None or state.release != entry.record.release:
        reason = f"the desired state of {model} in {environment} is not what its newest record says"
        raise Undecided(reason, help="mlops-gitops audit")
    release = snapshot.release(model, state.release)
    manifest = read_if_possible(snapshot.tree, release.path) if release else None
    if release is None or manifest is None or entry.record.data["subject"] != record_subject(release, manifest):
        reason = f"the manifest of {model} {state.release} is not the one that was promoted to {environment}"
        raise Undecided(reason, help="mlops-gitops audit")
    return entry, release


def _fetch(store: DataStore, release: Release, out: Path) -> dict[str, str]:
    """Builds the whole folder beside its place, then replaces the old one: after a failure the old one stays."""
    target = out.absolute()
    if target.is_symlink() or (target.exists() and not _replaceable(target)):
        raise Error(f"{out} is not empty, and was not written by fetch", help="name a new folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        built, copies = Path(folder, "built"), Path(folder, "copies")
        built.mkdir()
        copies.mkdir()
        written = {}
        pins = [pin for artifact in release.artifacts for pin in store.files(artifact)]
        for pin, copy in store.copy_all(pins, str(copies)).items():
            place = built / pin.path
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(copy, place)
            written[pin.path] = str(pin.md5)
        mark = {"model": release.model, "release": release.version, "files": written}
        (built / MARK).write_text(json.dumps(mark, indent=2) + "\n")
        if target.exists():
            target.rename(Path(folder, "before"))
        built.rename(target)
    return written


def _replaceable(target: Path) -> bool:
    return target.is_dir() and ((target / MARK).is_file() or not any(target.iterdir()))


COMMAND = Command("fetch", __doc__.strip(), add_arguments, run)
