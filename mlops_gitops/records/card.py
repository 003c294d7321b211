"""models/<model>/README.md: the model card."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents import front_matter
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind

_FORMATS = {
    "pkl": "pickle", "pk": "pickle", "p": "pickle", "pckl": "pickle", "sav": "pickle",
    "pt": "pytorch", "pth": "pytorch", "pt2": "pytorch", "torch": "pytorch", "h5": "hdf5",
}  # fmt: skip
COMPRESSED = {"gz", "bz2", "xz", "lzma", "zst", "z", "lz4"}


CLASSES = ("minimal", "limited", "high", "prohibited")  # of risk, the least first
FLAGS = ("aedt", "consequential")  # what a law is about, by the key under `mlops:` that says so
TEXTS = ("purpose", "exposure")


@frozen
class CardArtifact:
    """An artifact the card says the model is made of."""

    path: str
    format: str
    md5: str | None = None  # of the bytes the card describes
    blank: bool = False  # the card has a place for the digest, and nothing in it


@frozen
class Evidence:
    """A file that proves something the card says."""

    id: str
    type: str
    path: str
    sha256: str | None  # of a file in Git
    md5: str | None  # of a file DVC keeps


@frozen
class Card:
    """The front matter of a model card, and its text."""

    path: str
    artifacts: tuple[CardArtifact, ...]
    owner_roles: tuple[str, ...]
    risk: str
    evidence: tuple[Evidence, ...]
    data: dict[str, Any]
    body: str

    @property
    def block(self) -> Mapping[str, Any]:
        """What is below `mlops:`."""
        found: Mapping[str, Any] = self.data["mlops"]
        return found

    def answers(self) -> dict[str, str]:
        """What it says of use, risk and owners, in words."""
        block = self.block
        return {
            "Intended use": block["intended_use"],
            "Out of scope": block["out_of_scope"],
            "Limitations": block["limitations"],
            f"Risk class {self.risk}": block["risk"]["rationale"],
            "Owners": ", ".join(f"{owner['name']} ({owner['role']})" for owner in block["owners"]),
        }

    def says(self, key: str) -> bool:
        """Whether it has true under a key of FLAGS."""
        return self.block.get(key) is True


def artifact_format(path: str) -> str:
    """The artifact format of a path's ending, `unknown` where it has none."""
    *stem, ending = path.rsplit("/", 1)[-1].lower().split(".")
    while ending in COMPRESSED and len(stem) > 1:
        ending = stem.pop()
    return canonical_format(ending if stem else "unknown") or "unknown"


def canonical_format(name: str) -> str:
    """One name for each format, whatever its ending or spelling."""
    return _FORMATS.get(name, name)


def taken_back(before: Card, after: Card | None) -> list[str]:
    """What an earlier card says of risk, and a later one, None for no valid one, says no more: the words for each."""
    if after is None:
        return [f"risk class {before.risk}"] if before.risk != CLASSES[0] or any(map(before.says, FLAGS)) else []
    found = [f"risk class {before.risk}, now {after.risk}"] if _rank(after) < _rank(before) else []
    found += [f"{key}: true" for key in FLAGS if before.says(key) and not after.says(key)]
    return found + [key for key in TEXTS if key in before.block and key not in after.block]


def _rank(card: Card) -> int:
    return CLASSES.index(card.risk)


def read(document: Document) -> Card:
    """The card of a valid document."""
    block = document.data["mlops"]
    artifacts = tuple(
        CardArtifact(
            entry["path"], entry.get("format") or artifact_format(entry["path"]), entry.get("md5"),
            blank=entry.get("md5", "") is None,
        )
        for entry in block["artifacts"]
    )  # fmt: skip
    owners = tuple(owner["role"] for owner in block["owners"])
    evidence = tuple(
        Evidence(entry["id"], entry["type"], entry["path"], entry.get("sha256"), entry.get("md5"))
        for entry in block.get("evidence", ())
    )
    return Card(document.path, artifacts, owners, block["risk"]["class"], evidence, document.data, document.body)


def foreign(document: Document) -> Diagnostic | None:
    """The one finding of a card of another dialect; None for a card as the Hugging Face Hub has it."""
    for recognised, message, help in _DIALECTS:
        if recognised(document):
            number, line = next((n, line) for n, line in enumerate(document.lines, 1) if line.strip())
            span = Span(document.path, number, 1, number, len(line.rstrip()) + 1)
            return Diagnostic("card-dialect", Severity.ERROR, message, span, help)
    return None


def _prose(document: Document) -> bool:
    return bool(document.text.strip()) and front_matter.start(document.text) is None


def _template(document: Document) -> bool:
    at = front_matter.start(document.text)
    return at is not None and _UNFILLED.match(document.text, at) is not None


def _keys(*keys: str) -> Callable[[Document], bool]:
    def recognised(document: Document) -> bool:
        data = document.data if isinstance(document.data, dict) else {}
        return "mlops" not in data and all(key in data for key in keys)

    return recognised


_UNFILLED = re.compile(r"---[ \t]*\r?\n[ \t]*\{\{?[ \t]*[a-z_]+[^\n]*\}\}?[ \t]*\r?\n---")
_ADOPT = "write its front matter, keeping this text: mlops-gitops card adopt FILE"
_DIALECTS: tuple[tuple[Callable[[Document], bool], str, str], ...] = (
    (_prose, "this card is prose: no front matter between --- lines says anything a check could read", _ADOPT),
    (_template, "this is the template of a card: its front matter is a placeholder nobody filled in", _ADOPT),
    (
        _keys("layout", "summary"),
        "this is a page of the PyTorch Hub: its front matter lays out a web page, and describes no model",
        _ADOPT,
    ),
    (
        _keys("task_categories", "size_categories"),
        "this is the card of a data set, not of a model",
        "a model's card names its data sets under `datasets:`",
    ),
)

KIND = Kind("ModelCard", "card", "models", "{folder}/{model}/README.md", read, foreign)
