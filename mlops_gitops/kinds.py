"""A kind of file: where it lies, its schema, and how its document becomes a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_gitops.documents import Document

API_VERSION = "mlops-gitops/v1"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file. `location` holds `{folder}` for the project's path and a `{part}` for each variable part."""

    name: str
    schema: str
    folder: str | None
    location: str
    read: Callable[[Document], Any]

    def path(self, folders: Mapping[str, str], **parts: str) -> str:
        """Where the file of this kind with these parts lies."""
        return self.location.format(folder=folders.get(self.folder or "", self.folder), **parts)

    def match(self, folders: Mapping[str, str], path: str) -> dict[str, str] | None:
        """The variable parts of `path`; None when it is not a place of this kind."""
        folder = re.escape(folders.get(self.folder or "", self.folder or ""))
        pattern = re.escape(self.location).replace(r"\{folder\}", folder)
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None
