"""Fetch the bytes an environment runs, by pinned digest and verified, for the application or device that needs them."""

from __future__ import annotations

import argparse
import os

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
from mlops_gitops.storage.versions import open_versions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    add_environment(parser, "--in")
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder to read from: a link, switched at once")


def run(args: argparse.Namespace) -> Report:
    """Puts every artifact in place, or leaves the version in use as it is."""
    workspace = open_workspace(args.repo)
    require_merged(workspace)
    base = workspace.base()
    snapshot, ledger = judging(workspace, base), workspace.ledger(base)
    workspace.require_known(snapshot, model=args.model, environment=args.environment)
    entry, release = _running_release(ledger, snapshot, args.model, args.environment)
    written, switched = _installed(workspace.store(base), release, args.out)
    proven = ledger.proven(entry)
    lines = [f"{path}  {digest}" for path, digest in written.items()]
    where = f"{args.out}" if switched else f"{args.out} already: nothing was switched"
    lines.append(f"{release.model} {release.version}, as {args.environment} runs it, is in {where}")
    lines += [] if proven else [f"no receipt here proves that {entry.record.path} was approved"]
    data = {"version": 1, "model": release.model, "release": release.version, "files": written}
    data |= {"folder": os.path.realpath(args.out), "switched": switched}
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


def _installed(store: DataStore, release: Release, out: str) -> tuple[dict[str, str], bool]:
    """The digests of the release's files by path, and whether `out` held another version before."""
    with open_versions(out) as versions:
        pins = [pin for artifact in release.artifacts for pin in store.files(artifact)]
        written = {pin.path: str(pin.md5) for pin in pins}
        mark = {"model": release.model, "release": release.version, "files": written}
        return written, versions.install(store, pins, mark)


COMMAND = Command("fetch", __doc__.strip(), add_arguments, run)
