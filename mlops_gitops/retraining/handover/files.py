"""What a run of the pipeline hands over, as it lies in a folder, and why a file of it is refused.

A run executes code of the repository, so nothing of what it hands over is believed: each file is named by the base.
"""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import visible
from mlops_gitops.documents import foreign_json
from mlops_gitops.documents.tree import MAX_BYTES, safe_path
from mlops_gitops.pipelines.dvc_projects import parents
from mlops_gitops.records.release import Pin

MOST_FILES = 100_000


@frozen
class HandedFile:
    """A file by its path below the folder; `fault` says what it is where it is no plain file of its own."""

    path: str
    size: int = 0
    fault: str = ""


@frozen
class Expected:
    """What may be handed over: small `files` that Git keeps, and `outs` by path, with what dvc.lock says of each."""

    files: Sequence[str]
    outs: Mapping[str, Pin]

    def out(self, path: str) -> Pin | None:
        """The output that a path is, or lies in."""
        around = (path, *parents(path))
        found = next((place for place in around if place in self.outs), None)
        pin = self.outs[found] if found else None
        return pin if pin and (found == path or pin.is_folder) else None


def file_refusals(found: Sequence[HandedFile]) -> Iterator[str]:
    """Why a folder must not be read at all, whatever its files are for."""
    if len(found) > MOST_FILES:
        yield f"more than {MOST_FILES:,} files are handed over"
    for file in found[:MOST_FILES]:
        if file.fault:
            yield f"{shown(file.path)} {file.fault}"
        elif not safe_path(file.path) or not file.path.isprintable():
            yield f"{shown(file.path)} is not a path that a file of the repository may have"
    yield from (f"{shown(path)} is one name in two spellings" for path in _twins(file.path for file in found))


def content_refusals(found: Sequence[HandedFile], expected: Expected) -> Iterator[str]:
    """Why files are refused that the base does not name, that are missing, or that have another size than declared."""
    sizes: dict[str, int] = {}
    counts: dict[str, int] = {}
    for file in found:
        pin = expected.out(file.path)
        if pin is None and file.path not in expected.files:
            yield f"{shown(file.path)} is neither dvc.lock, a file of the named params nor an output of a named stage"
        if file.path in expected.files and file.size > MAX_BYTES:
            yield f"{shown(file.path)} has {file.size:,} bytes, and a file that Git keeps may have {MAX_BYTES:,}"
        if pin is not None:
            sizes[pin.path] = sizes.get(pin.path, 0) + file.size
            counts[pin.path] = counts.get(pin.path, 0) + 1
    for path in (*expected.files, *expected.outs):
        if path not in sizes and not any(file.path == path for file in found):
            yield f"{shown(path)} is not handed over"
    for path, size in sizes.items():
        declared = expected.outs[path].size
        if declared is not None and size != declared:
            yield f"{shown(path)} has {size:,} bytes, and dvc.lock says {declared:,}"


def _twins(paths: Iterable[str]) -> Iterator[str]:
    """Paths, and folders, that a file system which takes no notice of case or accents holds as one."""
    spellings: dict[str, str] = {}
    seen = set[str]()
    for path in (place for found in paths for place in (found, *parents(found))):
        if path in seen:
            continue
        seen.add(path)
        if spellings.setdefault(unicodedata.normalize("NFKC", path).casefold(), path) != path:
            yield path


def shown(path: str) -> str:
    """A path that a stranger may have chosen, in a message."""
    return visible(path) if posixpath.normpath(path) == path else foreign_json.quoted(visible(path))
