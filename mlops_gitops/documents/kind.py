"""A kind of file: where it lies, its schema, and how its document becomes a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from mlops_gitops.core import names
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document, Route

API_VERSION = "mlops-gitops/v1"

# The form of each variable part of a path: nothing hidden, and nothing that a Git reference cannot be named after.
_PARTS = {
    "model": names.MODEL,
    "environment": names.NAME,
    "target": names.NAME,
    "version": r"[0-9][0-9A-Za-z.-]*",
    "sequence": r"[0-9]{4,9}",
    "id": names.NAME,
    "name": r"[0-9a-z]([0-9a-z-]*[0-9a-z])?",
}


def counts(data: Mapping[str, float]) -> dict[str, int]:
    """A count for each name: JSON Schema takes 1.0 for a whole number, and YAML and JSON read a float."""
    return {name: int(count) for name, count in data.items()}


class WrongValue(ValueError):
    """A value that its schema accepts and its kind of file does not, and where it is."""

    def __init__(self, message: str, *route: str | int) -> None:
        super().__init__(message)
        self.route: Route = route


def _ours(_: Document) -> Diagnostic | None:
    return None


@cache
def _form(location: str, folder: str) -> re.Pattern[str]:
    pattern = re.escape(location).replace(r"\{folder\}", re.escape(folder))
    for part, form in _PARTS.items():
        pattern = pattern.replace(rf"\{{{part}\}}", f"(?P<{part}>{form})")
    return re.compile(pattern)


@frozen
class Kind:
    """One kind of file. `location` holds `{folder}` for the project's path and a `{part}` for each variable part.

    `also` are other places of it, without variable parts. `foreign` recognises a file of another tool's making, and
    says so in one diagnostic in place of all others. Where `drafted`, a file that holds comments alone counts as none.
    """

    name: str
    schema: str
    folder: str | None
    location: str
    read: Callable[[Document], Any]
    foreign: Callable[[Document], Diagnostic | None] = _ours
    also: tuple[str, ...] = ()
    drafted: bool = False

    def is_draft(self, document: Document) -> bool:
        """Whether a file is a draft that people have not taken over yet; an empty one is not, but may be cut off."""
        lines = {line.strip()[:1] for line in document.text.splitlines()} if self.drafted else set()
        return "#" in lines and lines <= {"#", ""}

    def top(self, folders: Mapping[str, str]) -> str:
        """The folder that holds every file of this kind; empty for a kind of one file."""
        if self.folder:
            return folders[self.folder]
        return self.location.partition("/{")[0] if "{" in self.location else ""

    def path(self, folders: Mapping[str, str], **parts: str) -> str:
        """Where the file of this kind with these parts lies."""
        return self.location.format(folder=folders.get(self.folder or "", self.folder), **parts)

    def match(self, folders: Mapping[str, str], path: str) -> dict[str, str] | None:
        """The variable parts of `path`; None when it is not a place of this kind."""
        if path in self.also:
            return {}
        folder = folders.get(self.folder or "", self.folder or "")
        if self.location.startswith("{folder}") and not path.startswith(folder):
            return None
        form = _form(self.location, folder)
        found = form.fullmatch(path)
        return {part: found[part] for part in form.groupindex} if found else None

    def disagreements(self, folders: Mapping[str, str], document: Document) -> dict[str, tuple[str, str]]:
        """The parts that the path and the file name differently: part → (in the path, in the file)."""
        data = document.data
        written: Mapping[str, Any] = data.get("predicate", data)
        found = {}
        for part, value in (self.match(folders, document.path) or {}).items():
            inside = written.get(part, value)
            inside = f"{int(inside):04d}" if part == "sequence" else inside
            if inside != value:
                found[part] = (value, inside)
        return found
