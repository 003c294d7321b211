"""The parts of a window copied to this machine, several at once, while each is hashed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence

from mlops_gitops.core import git_lfs
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.text import visible
from mlops_gitops.runtime.progress import Progress
from mlops_gitops.storage.live.parts import require_size
from mlops_gitops.storage.live.place import Growing, Limits, Part, Place, shown


def copy_parts(
    place: Place, location: str, parts: Sequence[Part], target: str, limits: Limits
) -> Sequence[tuple[str, int]]:
    """Copies each part to the target, or below it; the hex SHA-256 and the bytes of each.

    Raises Growing, Undecided.
    """
    with Progress("reading", len(parts), sum(part.size or 0 for part in parts)) as progress:

        def copy(part: Part) -> tuple[str, int]:
            to = os.path.join(target, *part.name.split("/")) if part.name else target
            name = visible(part.name) or "it"
            os.makedirs(os.path.dirname(to), exist_ok=True)
            try:
                digest, size = _copy(place.chunks(part), to, part.size or limits.size, progress.advance)
            except FileNotFoundError as error:
                raise Growing(location, f"{name} is gone again") from error
            if part.size is None:
                require_size(location, size, limits)
            elif part.size != size:
                raise Growing(location, f"{name} changed while it was read")
            _refuse_pointer(location, to, size)
            return digest, size

        return progress.each(copy, parts)


def _copy(chunks: Iterator[bytes], to: str, most: int, report: Callable[[int], None]) -> tuple[str, int]:
    """Copies and hashes bytes, and stops where there are more than `most`; their hex SHA-256, and how many."""
    sha, size = hashlib.sha256(), 0
    with open(to, "wb") as file:
        for chunk in chunks:
            file.write(chunk)
            sha.update(chunk)
            size += len(chunk)
            report(len(chunk))
            if size > most:
                break
    return sha.hexdigest(), size


def _refuse_pointer(location: str, path: str, size: int) -> None:
    if size <= git_lfs.LARGEST:
        with open(path, "rb") as file:
            if git_lfs.is_pointer(file.read()):
                wrong = f"{shown(location)} is a Git LFS pointer, and not the file"
                raise Undecided(wrong, help="git lfs pull, before this runs")
