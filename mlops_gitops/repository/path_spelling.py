"""Paths that some file systems take for those of the tool, though they are spelt otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from mlops_gitops.pipelines.dvc_places import folded_name
from mlops_gitops.records import card, kpis, monitoring, pack, project

_IN_MODELS = (card.KIND, kpis.KIND, monitoring.KIND)


def taken_for(folders: Mapping[str, str], path: str) -> str:
    """The path of the tool that a path is taken for by a file system which ignores case or how characters are composed.

    It is the project, FREEZE, a pack, or a file below one of `folders`; below the one for models, a card, KPIs or a
    monitoring.yaml. What lies in the place of such a folder, or of one above it, is taken for the folder. Empty for any
    other path, and for one that is spelt as it is written here.
    """
    folded = _folded(path)
    for name in (*project.PATHS, project.FREEZE):
        if folded == _place(name):
            return name if path != name else ""
    for name, folder in (*folders.items(), (pack.KIND.name, pack.KIND.top(folders))):
        if right := _below(name, folder, path, folded, folders):
            return right
    return ""


def _below(name: str, folder: str, path: str, folded: tuple[str, ...], folders: Mapping[str, str]) -> str:
    above = _place(folder)
    if folded == above[: len(folded)]:
        return folder  # not a folder itself, so neither is what lies below it
    if folded[: len(above)] != above or path.startswith(f"{folder}/"):
        return ""
    right = "/".join((folder, *path.split("/")[len(above) :]))
    judged = name != "models" or any(kind.match(folders, right) is not None for kind in _IN_MODELS)
    return right if judged else ""


def _folded(path: str) -> tuple[str, ...]:
    if path.isascii():  # as most are, and to fold a name takes long
        return tuple(part.rstrip(". ") for part in path.lower().split("/"))
    return tuple(map(folded_name, path.split("/")))


_place = lru_cache(64)(_folded)  # the few places of the tool, which every path is compared with
