"""One file of ours, read: its record, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from mlops_gitops.core import yaml_versions
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.ignore_comments import Ignore, parse_ignores
from mlops_gitops.documents.kind import Kind
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree

# How many documents that were let go and read again are at hand at once.
AGAIN = 64
NAMES_AGREE = "names-agree"
_ALIKE: Mapping[str, tuple[str, str]] = {}


@frozen
class Entry:
    """One file the tool owns: its record when it is valid, and what is wrong with it when not.

    `disagreements` are the parts that its path and a valid file name differently: part → (in the path, in the file).
    `may_differ` says that other YAML parsers may read it otherwise.
    """

    kind: Kind
    path: str
    record: Any | None
    problems: tuple[Diagnostic, ...]
    ignores: tuple[Ignore, ...]
    disagreements: Mapping[str, tuple[str, str]]
    may_differ: bool
    reread: Callable[[str], Document]

    def read_by(self, reread: Callable[[str], Document]) -> Entry:
        """The same file of another tree."""
        return Entry(
            self.kind, self.path, self.record, self.problems, self.ignores, self.disagreements, self.may_differ, reread
        )

    @property
    def document(self) -> Document:
        """The file as it was parsed; that of a valid file is not kept, but read again when it is used."""
        return self.reread(self.path)


class Reread:
    """Reads documents that were let go; it holds no snapshot, so that one is gone as soon as nobody needs it."""

    def __init__(self, tree: Tree) -> None:
        self.tree, self.at_hand = tree, dict[str, Document]()

    def __call__(self, path: str) -> Document:
        """The document at a path; an empty one where there is none."""
        if path not in self.at_hand:
            if len(self.at_hand) >= AGAIN:
                self.at_hand.clear()
            self.at_hand[path] = load(self.tree, path) or Document(path, "")
        return self.at_hand[path]


def read_entry(kind: Kind, document: Document, folders: Mapping[str, str], reread: Callable[[str], Document]) -> Entry:
    """A document read as a kind; `reread` reads that of a valid file again."""
    document, record, problems, ignores = _parsed(kind, document)
    path = document.path
    is_yaml = document.data is not None and document.source is not None and not path.endswith(".json")
    may_differ = is_yaml and yaml_versions.may_differ(document.source or "")
    if record is None:
        return Entry(kind, path, None, problems, ignores, _ALIKE, may_differ, lambda _: document)
    # A thousand files with the place of every value are 40 MB, and hardly one of them is ever used again.
    differ = kind.disagreements(folders, document) if "{" in kind.location else _ALIKE
    return Entry(kind, path, record, (), ignores, differ or _ALIKE, may_differ, reread)


_Parsed: TypeAlias = tuple[Document, Any | None, tuple[Diagnostic, ...], tuple[Ignore, ...]]


def _parsed(kind: Kind, document: Document) -> _Parsed:
    foreign = kind.foreign(document)
    if foreign:
        return replace(document, data=None), None, (foreign,), ()
    ignores = parse_ignores(document.path, document.text)
    problems = schema_validation.check(document, kind.schema)
    if problems:
        return document, None, problems, ignores
    try:
        return document, kind.read(document), (), ignores
    except ValueError as error:
        return document, None, schema_validation.record_fault(document, error), ignores


def name_faults(entry: Entry) -> Iterator[Diagnostic]:
    """An error for each name that the path and a valid file say differently: no history reads it as a record."""
    for part, (in_path, inside) in entry.disagreements.items():
        route = ("predicate",) if "predicate" in (entry.document.data or ()) else ()
        message = f"the path says {part} {in_path!r}, the file says {inside!r}"
        yield entry.document.problem(NAMES_AGREE, message, (*route, part), help="rename the file, or fix the name")
