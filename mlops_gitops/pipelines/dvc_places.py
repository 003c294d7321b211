"""What a tree may not hold where DVC looks for its settings: links, and settings that are meant for one machine."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

CONFIG = ".dvc/config"
LINK, GITLINK = "120000", "160000"  # git's modes of a symbolic link and of a submodule
_HINT = "it must be a folder of the repository itself"


def faults(entries: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Each path of a tree that is wrong, with the reason; `entries` are git's modes and paths of files.

    Names are compared as a file system that ignores case would.
    """
    for mode, path in entries:
        if path.isascii() and ".dvc" not in path.lower():
            continue  # as most are, and to fold a name takes long
        parts = path.split("/")
        for depth, name in enumerate(map(folded_name, parts[-2:]), len(parts) - len(parts[-2:])):
            if name == ".dvc" and (reason := _reason(mode, [folded_name(part) for part in parts[depth + 1 :]])):
                yield path, reason


def _reason(mode: str, below: list[str]) -> str:
    """Why an entry is wrong: a `.dvc` itself, or one right below it."""
    if below == ["config.local"]:
        return "DVC's settings for one machine are tracked by git, so a pull request could change them"
    what = {LINK: "a symbolic link", GITLINK: "a submodule"}.get(mode)
    return f"DVC's settings are reached through {what}: {_HINT}" if what and below in ([], ["config"]) else ""


def folded_name(name: str) -> str:
    """A name as file systems compare it that ignore case, characters without width, and dots and spaces at the end."""
    visible = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return visible.casefold().rstrip(". ")
