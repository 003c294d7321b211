"""What the records on the branch of monitoring records have in common: each names the one before it by digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree


@frozen
class ChainedRecord:
    """One record of a chain; `data` is the whole statement, and `digest` is over its RFC 8785 form."""

    path: str
    data: Mapping[str, Any]
    digest: str

    @property
    def sequence(self) -> int:
        """Its place in the chain, from 1."""
        return int(self.data["predicate"]["sequence"])

    @property
    def previous(self) -> str | None:
        """The digest of the record before it; None of the first."""
        value: str | None = self.data["predicate"]["previous"]
        return value

    @property
    def created(self) -> str:
        """When it was written, UTC, ISO 8601."""
        return str(self.data["predicate"]["created"])

    def render(self) -> bytes:
        """The record's file."""
        return (json.dumps(self.data, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def load_record(tree: Tree, path: str, kind: Kind) -> Document:
    """The record at a path, valid by its schema. Raises ValueError, in one line, where there is none."""
    document = load(tree, path) or Document(path, "")
    if problems := schema_validation.check(document, kind.schema):
        raise ValueError(problems[0].message)
    require_own_path(document, kind)
    return document


def require_own_path(document: Document, kind: Kind) -> None:
    """Raises ValueError for a valid record that says another path than its own."""
    for part, (in_path, inside) in kind.disagreements({}, document).items():
        raise ValueError(f"the path says {part} {in_path!r}, the file says {inside!r}: it is a copy of another record")
