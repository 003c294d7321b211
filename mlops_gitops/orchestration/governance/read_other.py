"""The KPIs, the project or the pack that past promotions are looked at by: from a file, or a pack by its id."""

from __future__ import annotations

import os
from typing import TypeAlias

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import MAX_BYTES, Overlay
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records import kpis, pack, project
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.pack import Pack
from mlops_gitops.records.project import Project
from mlops_gitops.repository.packs_in_force import built_in_ids, find_pack
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime.named_file import read_named

Other: TypeAlias = Kpis | Project | Pack
_KINDS = {kind.name: kind for kind in (kpis.KIND, project.KIND, pack.KIND)}


def read_other(workspace: Workspace, named: str) -> tuple[Other, bytes]:
    """The KPIs, the project or the pack in a file, or a pack by its id. Raises Error."""
    if not os.path.isfile(named):
        found = find_pack(workspace.at(workspace.base()), named)
        if found is None:
            help = f"a kpis.yaml, a mlops.yaml, a pack's file, or one of {', '.join(built_in_ids())}"
            raise Error(f"there is no file {named or 'without a name'}, and no valid pack of this id", help=help)
        return found, b""
    raw = _bytes(named)
    document = parse("other.yaml", raw)
    if document.problems:
        raise _refusal(named, document.problems[0])
    stated = document.data
    kind = _KINDS.get(str(stated.get("kind"))) if isinstance(stated, dict) else None
    if kind is None:
        raise Error(
            f"{named} is none of {', '.join(_KINDS)}, by its key `kind`", help="mlops-gitops schema lists these kinds"
        )
    entry = Snapshot(Overlay({"other.yaml": raw})).entry("other.yaml", kind)
    if entry is None:
        raise Error(f"{named} is a draft", help="fill it in")
    if entry.record is None:
        raise _refusal(named, entry.problems[0])
    other: Other = entry.record
    return other, raw


def _bytes(named: str) -> bytes:
    try:
        raw = read_named(named, MAX_BYTES + 1)
    except OSError as error:
        raise Error(f"{named} cannot be read: {error.strerror}", help="name a file that you may read") from error
    if len(raw) > MAX_BYTES:
        raise Error(f"{named} is larger than {MAX_BYTES:,} bytes")
    return raw


def _refusal(named: str, fault: Diagnostic) -> Error:
    return Error(f"{named}:{fault.span.line}: {fault.message}", help=fault.help)
