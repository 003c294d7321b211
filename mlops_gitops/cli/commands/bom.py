"""Print the bill of materials of a release: CycloneDX 1.6, with model card, data, digests and numbers."""

from __future__ import annotations

import argparse
import json

from mlops_gitops.cli.arguments import add_model, require_json
from mlops_gitops.cli.command import Command
from mlops_gitops.compliance.bom import bill_of_materials
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Error
from mlops_gitops.core.semver import precedence
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.orchestration.governance.requirements import newest_release
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    parser.add_argument("--release", metavar="V", help="this release (default: the highest)")


def run(args: argparse.Namespace) -> Report:
    """Writes it of a release on the branch where merging promotes, as this clone knows it; else of the work tree's."""
    require_json(args, "a bill of materials")
    workspace = open_workspace(args.repo)
    base = workspace.base() if workspace.has_base() else None
    tree = workspace.at(base) if base else workspace.work
    require_known(tree, model=args.model)
    ledger = workspace.lazy_ledger(base) if base else None
    context = Context(tree, clock.today(), tree, ledger, at=workspace.at)
    release = newest_release(context, args.model, None, args.release).release
    if release is None:
        raise _no_release(tree, args.model, args.release)
    manifest = stored_if_possible(tree.tree, release.path) or b""
    introduced = context.introduced(release)
    card = introduced.card(args.model) if introduced else None
    found = bill_of_materials(release, card, sha256(manifest), _promotion(tree, args.model, release.version))
    return Report(found, lines=(json.dumps(found, indent=2),))


def _no_release(tree: Snapshot, model: str, version: str | None) -> Error:
    known = sorted((r.version for r in tree.whole.releases(model)), key=precedence)
    if version and known:
        return Error(f"{model} has no release {version}", help=f"there are {', '.join(known)}")
    return Error(f"there is no release of {model} here", help=f"mlops-gitops release {model} {version or '1.0.0'}")


def _promotion(tree: Snapshot, model: str, version: str) -> Promotion | None:
    """The newest record whose gates measured a release."""
    found = [r for r in tree.promotions() if r.is_gated and (r.model, r.release) == (model, version)]
    return max(found, key=lambda record: str(record.predicate["created"]), default=None)


COMMAND = Command("bom", __doc__.strip(), add_arguments, run)
