"""The packs that a tree's mlops.yaml names: the repository's own, and those that come with this tool."""

from __future__ import annotations

import os
from functools import cache

from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records import pack
from mlops_gitops.records.pack import Pack
from mlops_gitops.repository.snapshot import Snapshot

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "compliance", "packs")
_ENDING = ".yaml"


@cache
def built_in_ids() -> tuple[str, ...]:
    """The ids of the packs that come with this tool, sorted."""
    return tuple(sorted(name.removesuffix(_ENDING) for name in os.listdir(_FOLDER) if name.endswith(_ENDING)))


@cache
def built_in_document(id: str) -> Document:
    """The document of a pack that comes with this tool. Its path is its place in the package."""
    with open(os.path.join(_FOLDER, id + _ENDING), "rb") as file:
        return parse(f"compliance/packs/{id}{_ENDING}", file.read())


@cache
def built_in(id: str) -> Pack:
    """A pack that comes with this tool. Raises LookupError for another id."""
    if id not in built_in_ids():
        raise LookupError(f"no pack {id!r} comes with this tool")
    document = built_in_document(id)
    for fault in schema_validation.check(document, pack.KIND.schema):
        raise ValueError(f"{fault.span}: {fault.message}")  # a mistake of this tool's: a test holds it
    return pack.read(document)


def is_own(snapshot: Snapshot, id: str) -> bool:
    """Whether a tree has a pack of its own with this id, valid or not; it comes before one of this tool."""
    return snapshot.tree.exists(pack.KIND.path(snapshot.folders, id=id))


def find_pack(snapshot: Snapshot, id: str) -> Pack | None:
    """The pack of an id: the tree's own, else this tool's; None where there is none, or the tree's is not valid."""
    if is_own(snapshot, id):
        return snapshot.pack(id)
    return built_in(id) if id in built_in_ids() else None


def packs_in_force(snapshot: Snapshot) -> tuple[Pack, ...]:
    """The packs that a tree's project names, in its order. Raises Undecided where one is missing or not valid."""
    found = []
    for id in snapshot.project.packs if snapshot.project else ():
        named = find_pack(snapshot, id)
        if named is None:
            path = pack.KIND.path(snapshot.folders, id=id)
            reason = "is not valid" if is_own(snapshot, id) else "is not there, and no pack of this id is built in"
            raise Undecided(f"the pack {id} cannot judge: {path} {reason}", help=f"mlops-gitops validate {path}")
        found.append(named)
    return tuple(found)
