"""Which kind of file of this tool a file says it is, wherever it lies and whether it is valid or not."""

from __future__ import annotations

import re

from mlops_gitops.documents import front_matter
from mlops_gitops.documents.tree import Tree, read_if_possible
from mlops_gitops.records import card

_OURS = re.compile(rb"^['\"]?apiVersion['\"]?[ \t]*:[ \t]*['\"]?mlops-gitops/", re.MULTILINE)
_KIND = re.compile(rb"^['\"]?kind['\"]?[ \t]*:[ \t]*['\"]?([A-Za-z]+)", re.MULTILINE)
_BLOCK = re.compile(r"(?:^|[\r\n])['\"]?mlops['\"]?[ \t]*:")


def stated_kind(tree: Tree, path: str) -> str:
    """The kind that a file says it is, by `apiVersion:` or by `mlops:`; empty for what is not of this tool."""
    ending = path.rpartition(".")[2].lower()
    data = read_if_possible(tree, path) if ending in ("yaml", "yml", "md") else None
    if not data:
        return ""
    if ending == "md":
        found = front_matter.find(data.decode("utf-8", "replace").removeprefix("\ufeff"))
        return card.KIND.name if found and _BLOCK.search(found["yaml"]) else ""
    stated = _KIND.search(data)
    return (stated[1].decode() if stated else "(none)") if _OURS.search(data) else ""
