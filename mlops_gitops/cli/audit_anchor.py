"""audit anchor writes what is to be kept elsewhere of a history; audit --anchor compares that with it later."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Collection
from typing import Any

from mlops_gitops.audit.anchors import Anchor, anchor_findings, pack_findings, read_anchor, uncompared_packs
from mlops_gitops.cli.arguments import add_common_arguments, require_json
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Error
from mlops_gitops.orchestration.first_merge import require_merged
from mlops_gitops.orchestration.governance.anchor import RECEIPTS, make_anchor, packs_at
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.runtime import write_files
from mlops_gitops.runtime.named_file import read_named

_WRITE = "name a file that mlops-gitops audit anchor --out FILE wrote, as it was kept"
_ANCHOR = "print what to keep elsewhere of this history: the branch's tip, newest records, receipts and packs"


def add_verb(verbs: Any) -> None:
    """Adds `anchor` to the parsers of `audit`."""
    anchoring = verbs.add_parser("anchor", help=_ANCHOR, description=_ANCHOR)
    anchoring.add_argument("--out", metavar="FILE", help="write it to a file; one that is there is replaced")
    anchoring.set_defaults(do=_anchor)
    add_common_arguments(anchoring, nested=True)


def _anchor(args: argparse.Namespace) -> Report:
    require_json(args, "an anchor")
    if args.out is not None and (not os.path.basename(args.out) or os.path.isdir(args.out)):
        raise Error(f"--out names no file: {args.out or 'it is empty'}", help="--out FILE.json")
    workspace = open_workspace(args.repo)
    require_merged(workspace)
    data, unproven = make_anchor(workspace)
    text = json.dumps(data, indent=2, ensure_ascii=False)
    if args.out is None:
        return Report(data, lines=(text,))
    written = f"{text}\n".encode()
    folder, name = os.path.split(os.path.abspath(args.out))
    write_files.write(folder, {name: written})
    counted = f"{quantity(len(data['records']), 'record')}, {quantity(len(data['receipts']['tags']), 'receipt')}"
    lines = (
        f"wrote {args.out}: {data['branch']} at commit {data['commit'][:10]}, {counted}",
        f"sha256:{sha256(written)}: keep the file where nobody who can rewrite this repository can change it",
    )
    absent = f"{quantity(unproven, 'promotion')} without a receipt here: {RECEIPTS}"
    return Report(data, lines=(*lines, absent) if unproven else lines)


def open_anchor(path: str) -> Anchor:
    """The anchor of a file. Raises Error."""
    try:
        return read_anchor(read_named(path).decode("utf-8-sig"))
    except OSError as error:
        raise Error(f"the anchor file {path}: {error.strerror}", help=_WRITE) from error
    except UnicodeDecodeError as error:  # what a shell of Windows redirects is UTF-16
        raise Error(f"the anchor file {path}: is not UTF-8", help=_WRITE) from error
    except ValueError as error:
        raise Error(f"the anchor file {path}: {error}", help=_WRITE) from error


def compare_anchor(
    workspace: Workspace, anchor: Anchor, ledger: Ledger, known: Collection[str]
) -> tuple[list[Diagnostic], list[str]]:
    """What a history lacks of an anchor, and what of it cannot be compared. `known` are the digests of its records."""
    found = list(anchor_findings(anchor, ledger, known))
    if anchor.commit not in {commit.sha for commit in ledger.commits}:
        return found, []
    packs = packs_at(workspace.at(anchor.commit))
    return [*found, *pack_findings(anchor, packs)], list(uncompared_packs(anchor, packs))
