"""YAML as DVC reads it, by ruamel: as YAML 1.2 has it, and with the merge keys (`<<`) of YAML 1.1 written out.

Our own files have no merge keys: what a person approves there must be what stands there.
"""

from __future__ import annotations

from typing import Any

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree

MERGE = "<<"


class _Unmergeable(Exception):
    """A merge key whose value is neither a mapping nor a list of them."""

    def __init__(self, route: Route) -> None:
        super().__init__("the merge key << takes a mapping, or a list of mappings")
        self.route = route


def load_as_dvc(tree: Tree, path: str) -> Document | None:
    """One of DVC's YAML files, or a file of parameters; None where there is none. Never raises: see `problems`.

    What came by a merge has the place of the mapping that it was merged into.
    """
    document = load(tree, path)
    if document is None or document.problems or MERGE not in document.text or path.endswith(".json"):
        return document
    try:
        return replace(document, data=_merged(document.data, ()))
    except _Unmergeable as error:
        return replace(document, data=None, problems=(document.problem("syntax", str(error), error.route, key=True),))


def _merged(value: Any, route: Route) -> Any:
    """The value with its merge keys written out: its own keys come first, and of a list the earlier mappings."""
    if isinstance(value, list):
        return [_merged(item, (*route, n)) for n, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    found = {key: _merged(item, (*route, key)) for key, item in value.items() if key != MERGE}
    others = value.get(MERGE, [])
    for other in others if isinstance(others, list) else [others]:
        if not isinstance(other, dict):
            raise _Unmergeable((*route, MERGE))
        found = _merged(other, (*route, MERGE)) | found
    return found
