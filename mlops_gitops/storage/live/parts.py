"""Which of the files at a location are the parts of a window, and whether they are of one format, and not too large."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Sequence

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.text import visible
from mlops_gitops.documents import foreign_json
from mlops_gitops.documents.tree import safe_path
from mlops_gitops.storage.live.place import Growing, Limits, Part, shown

FORMATS = ("csv", "parquet")
# What writers of tables leave beside the parts, which is no data. Whatever else lies there is refused.
_BESIDE = re.compile(r"_SUCCESS|_(started|committed)_\d+|_(common_)?metadata|\..+\.crc|\.git(ignore|keep)")
_UNFINISHED = re.compile(r"(.*/)?(_temporary|\.spark-staging[^/]*)/")


def data_parts(location: str, listed: Sequence[Part], limits: Limits) -> Sequence[Part]:
    """The files that are data. Raises Growing, Undecided."""
    if unfinished := next((part for part in listed if _UNFINISHED.match(part.name)), None):
        raise Growing(location, f"its writer has not finished: {visible(unfinished.name)} is there")
    if unsafe := next((part.name for part in listed if part.name and not safe_path(part.name)), None):
        wrong = f"{shown(location)} holds a file whose name cannot be a path: {foreign_json.quoted(unsafe)}"
        raise Undecided(wrong, help="give it a plain name")
    parts = [part for part in listed if not _BESIDE.fullmatch(posixpath.basename(part.name))]
    if not parts:
        help = "where no row was scored, write one part with a header alone"
        raise Undecided(f"the folder {shown(location)} holds no part", help=help)
    if len(parts) > limits.parts:
        help = "write fewer and larger parts, or shorter windows"
        raise Undecided(f"{shown(location)} has more than {limits.parts:,} parts", help=help)
    return parts


def common_format(location: str, parts: Sequence[Part], declared: str) -> str:
    """The format that every part has by its ending; of a single file, the declared one first. Raises Undecided."""
    endings = {part.name: posixpath.splitext(part.name)[1][1:] for part in parts}
    if "" in endings:
        file_format = declared or posixpath.splitext(location)[1][1:].lower()
        if file_format not in FORMATS:
            help = "add `format: csv` or `format: parquet` beside its path"
            raise Undecided(f"nothing says the format of {shown(location)}", help=help)
        return file_format
    wanted = declared or next((ending for ending in endings.values() if ending in FORMATS), FORMATS[0])
    if odd := next((name for name, ending in endings.items() if ending != wanted), None):
        wrong = f"{shown(location)} holds {visible(odd)}, which does not end in .{wanted}"
        raise Undecided(wrong, help="keep the parts of one window there, all csv or all parquet, and nothing else")
    return wanted


def require_size(location: str, size: int, limits: Limits) -> None:
    """Raises Undecided for more bytes than a window may have."""
    if size > limits.size:
        help = "write shorter windows, or only the columns that are watched"
        raise Undecided(f"{shown(location)} is {size:,} bytes; a window may have {limits.size:,}", help=help)


def require_room(location: str, size: int, folder: str) -> None:
    """Raises Undecided where the disk of a folder has no room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if size > free:
        wrong = f"{shown(location)} is {size:,} bytes, and a disk with {free:,} free bytes cannot hold a copy"
        raise Undecided(wrong, help="set TMPDIR to a folder on a larger disk")
