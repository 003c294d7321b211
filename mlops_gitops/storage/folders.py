"""Tracked folders: the files of one by its listing, and a copy that is complete or absent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents import foreign_json
from mlops_gitops.documents.tree import safe_path
from mlops_gitops.documents.worktree import path_refusal
from mlops_gitops.pipelines.dvc_hashes import folder_md5
from mlops_gitops.records.release import Member, Pin


def parse_listing(pin: Pin, listing: bytes) -> tuple[Member, ...]:
    """The files that a listing names. Raises Undecided where it is not DVC's."""
    try:
        found = foreign_json.parse(listing)
        if not isinstance(found, list):
            raise ValueError("it is not a list")
        return tuple(_listed(item["relpath"], item["md5"]) for item in found)
    except (ValueError, KeyError, TypeError) as error:
        reason = f": {error}" if isinstance(error, ValueError) else ""
        raise Undecided(f"the listing of {pin.path} ({pin.digest}) is not DVC's{reason}") from error


def _listed(relpath: Any, md5: Any) -> Member:
    if not isinstance(relpath, str) or not isinstance(md5, str):
        raise ValueError(f"{foreign_json.quoted(relpath)}, {foreign_json.quoted(md5)}: not a file and its digest")
    return Member(relpath, md5)


def member_pins(pin: Pin, listed: Sequence[Member]) -> list[Pin]:
    """The files of a folder as pins of their own. Raises Undecided where they cannot lie in one folder."""
    unsafe = [member.relpath for member in listed if not safe_path(member.relpath)]
    if unsafe:
        wrong = path_refusal(unsafe[0]) or "lies outside it"
        raise Undecided(f"the listing of {pin.path} names a path that {wrong}: {foreign_json.quoted(unsafe[0])}")
    if twice := _twice([member.relpath for member in listed]):
        raise Undecided(f"the listing of {pin.path} names {foreign_json.quoted(twice)} as two things")
    if pin.files is not None and folder_md5({member.relpath: member.md5 for member in listed}) != pin.md5:
        raise Undecided(f"the files listed for {pin.path} are not those of its digest {pin.digest}")
    return [_member_pin(pin, member) for member in listed]


def _member_pin(pin: Pin, member: Member) -> Pin:
    path = f"{pin.path}/{member.relpath}"
    return Pin(path, member.md5, pin.hash, member.size, remote=pin.remote, version_id=member.version_id)


def _twice(paths: Sequence[str]) -> str | None:
    """A path that is listed twice, or is a folder of another one too."""
    known = set(paths)
    if len(known) < len(paths):
        return next(path for path in paths if paths.count(path) > 1)
    return next((path for path in paths if any(path[:n] in known for n, c in enumerate(path) if c == "/")), None)


@frozen
class Copy:
    """A copy that is wanted: its place, and the files it takes; a folder's lie in `half` until all are there."""

    target: str
    files: Mapping[str, Pin]
    half: str | None = None

    def finished(self, faults: Mapping[str, Error]) -> str | Error:
        """The place, or why there is none; `faults` are of files, by their place."""
        fault = next((faults[place] for place in self.files if place in faults), None)
        if self.half and os.path.isdir(self.half):
            if fault:
                shutil.rmtree(self.half)
            else:
                os.rename(self.half, self.target)
        return fault or self.target


def plan_copy(pin: Pin, members: Sequence[Pin], target: str, parts: tuple[str, ...]) -> Copy:
    """The copy of a folder's files, of those alone that end in one of `parts` where there are any."""
    needed = [member for member in members if not parts or member.path.endswith(parts)]
    if parts and not needed:
        raise Undecided(f"the folder {pin.path} ({pin.digest}) holds no file that ends in {' or '.join(parts)}")
    half, start = f"{target}.half", len(pin.path) + 1
    os.makedirs(half, exist_ok=True)
    return Copy(target, {os.path.join(half, *file.path[start:].split("/")): file for file in needed}, half)
