"""Pin a model, its card, its KPIs and its evaluation by digest, and open the pull request that adds the manifest."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from mlops_gitops.cli.arguments import add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.diagnostics import Severity
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.schema_validation import schema
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.orchestration.first_merge import judging
from mlops_gitops.orchestration.propose import Files, OwnBranches, dry_run, proposal_report, propose
from mlops_gitops.orchestration.pull_context import base_context
from mlops_gitops.orchestration.remeasure import remote_refusals
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.promotion import manifest, release_change
from mlops_gitops.records.release import KIND, Release
from mlops_gitops.reporting.findings import findings_report
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    parser.add_argument("version", metavar="VERSION", help="semver, such as 1.4.0")
    parser.add_argument("--local", action="store_true", help="only write the file into the work tree")
    parser.add_argument("--dry-run", action="store_true", help="print the change and write nothing")


def run(args: argparse.Namespace) -> Report:
    """Composes the manifest, validates it as `check` does, and writes it or proposes it."""
    workspace = open_workspace(args.repo)
    _check_version(args.version)
    base = None if args.local else workspace.sync()
    tree = workspace.work if base is None else judging(workspace, base)
    release = _compose(workspace, tree, base, args.model, args.version)
    change = release_change.release_change_set(tree, release)
    head = Snapshot(Overlay(change.files, tree.tree))
    refusal = _refusal(workspace, head, base, release)
    if refusal:
        return refusal
    if args.dry_run:
        return dry_run(change)
    if base is None:
        return _write(workspace, release)
    own_branches = OwnBranches(
        _is_release_manifest, lambda _, files: files == change.files, lambda *_: (change.title, change.body)
    )
    return proposal_report(propose(workspace.git, workspace.forge, change, base, own_branches))


def _check_version(version: str) -> None:
    pattern = schema("release")["properties"]["version"]["pattern"]
    if not re.fullmatch(pattern.strip("^$"), version) or len(version) > 64 or version.endswith(".lock"):
        raise Error(f"{version!r} is not a version", help="write MAJOR.MINOR.PATCH, such as 1.4.0")


def _compose(workspace: Workspace, tree: Snapshot, base: str | None, model: str, version: str) -> Release:
    if tree.project is None:
        workspace.project  # noqa: B018 - raises
    path = tree.path_of(KIND, model=model, version=version)
    if tree.tree.exists(path):
        raise Error(
            f"{model} {version} is released already, and a manifest never changes", help="take the next version"
        )
    if base is not None:
        _require_same_as_base(workspace, tree, model)
    tracking = Tracking(tree.tree)
    plan = manifest.plan_release(tree, tracking, model)
    store = workspace.store_here()
    for refusal in remote_refusals(store, tracking, plan.pins()):
        raise refusal
    remotes = {pin.path: store.require_remote(pin) for pin in plan.pins()}
    sha256s = store.sha256s(pin for pin in plan.artifacts if not pin.is_folder)
    return manifest.compose_manifest(tree, tracking, plan, version, sha256s, remotes)


def _require_same_as_base(workspace: Workspace, base: Snapshot, model: str) -> None:
    """Raises Error where the work tree differs from the base: a release is made of what is merged."""
    for path in manifest.differing(base, workspace.work, manifest.made_of(base, workspace.work, model)):
        raise Error(
            f"{path} here is not the one of {workspace.base_name()}, and a release is made of what is merged",
            help="merge your change first, or write the manifest beside it with --local",
        )


def _refusal(workspace: Workspace, head: Snapshot, base: str | None, release: Release) -> Report | None:
    if base is not None:
        context = base_context(workspace, head, base, clock.today())
    else:
        context = Context(head, clock.today(), changes={release.path: "A"})
    paths = {release.path, *context.released_files()}
    diagnostics = tuple(d for d in validate(context, Scope.BASE) if d.span.path in paths)
    if any(d.severity is Severity.ERROR for d in diagnostics):
        return findings_report(
            diagnostics, head, files=len(paths), lines=[f"refused: {release.model} {release.version} was not released"]
        )
    return None


def _write(workspace: Workspace, release: Release) -> Report:
    target = Path(workspace.git.root, release.path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial_file = target.with_suffix(".part")
    partial_file.write_bytes(release.render())
    partial_file.replace(target)
    line = f"wrote {release.path}: promote brings it, or commit it together with the dvc.lock it pins"
    return Report({"version": 1, "written": [release.path]}, lines=(line,))


def _is_release_manifest(base: Snapshot, files: Files) -> bool:
    if len(files) != 1:
        return False
    ((path, data),) = files.items()
    if data is None or KIND.match(base.folders, path) is None:
        return False
    entry = Snapshot(Overlay({path: data})).entry(path, KIND)
    return entry is not None and isinstance(entry.record, Release) and entry.record.render() == data


COMMAND = Command("release", __doc__.strip(), add_arguments, run)
