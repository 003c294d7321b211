"""models/<model>/README.md: the model card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlops_gitops.documents import Document
from mlops_gitops.kinds import Kind

_FORMATS = {"pkl": "pickle", "pt": "pytorch", "pth": "pytorch", "h5": "hdf5"}


@dataclass(frozen=True, slots=True)
class CardArtifact:
    """An artifact the card says the model is made of."""

    path: str
    format: str


@dataclass(frozen=True, slots=True)
class Card:
    """The front matter of a model card, and its text."""

    path: str
    artifacts: tuple[CardArtifact, ...]
    owner_roles: tuple[str, ...]
    risk: str
    data: dict[str, Any]
    body: str


def format_of(path: str) -> str:
    """The artifact format an ending tells, `unknown` where there is none."""
    name = path.rsplit("/", 1)[-1]
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    return _FORMATS.get(ending, ending or "unknown")


def read(document: Document) -> Card:
    """The record of a valid document."""
    block = document.data["mlops"]
    artifacts = tuple(CardArtifact(a["path"], a.get("format") or format_of(a["path"])) for a in block["artifacts"])
    owners = tuple(owner["role"] for owner in block["owners"])
    return Card(document.path, artifacts, owners, block["risk"]["class"], document.data, document.body)


KIND = Kind("ModelCard", "card", "models", "{folder}/{model}/README.md", read)
