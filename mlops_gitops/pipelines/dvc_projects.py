"""DVC projects: each folder with DVC's settings in it. A path belongs to the nearest one around it, as DVC has it."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator

from mlops_gitops.documents.tree import Tree, safe_path

_MARKS = ("config", ".gitignore")  # what `dvc init` puts into a `.dvc`, for Git to keep


def parents(path: str) -> Iterator[str]:
    """The folders a path lies in, nearest first."""
    while path := posixpath.dirname(path):
        yield path


def project_folder(tree: Tree, path: str) -> str | None:
    """The folder of the project that a path belongs to, "" for the repository's own; None where there is none."""
    around = (*parents(path), "") if safe_path(path) else ("",)
    return next((folder for folder in around if is_project(tree, folder)), None)


def is_project(tree: Tree, folder: str) -> bool:
    """Whether a folder is the root of a DVC project."""
    return any(tree.exists(posixpath.join(folder, ".dvc", name)) for name in _MARKS)


def project_folders(tree: Tree) -> tuple[str, ...]:
    """The folder of every project of a tree, sorted."""
    ends = tuple(f"/.dvc/{name}" for name in _MARKS)
    found = {f"/{path}".removesuffix(end) for path in tree.every() for end in ends if f"/{path}".endswith(end)}
    return tuple(sorted(folder.removeprefix("/") for folder in found))


def config_path(folder: str) -> str:
    """The committed settings of a project."""
    return posixpath.join(folder, ".dvc", "config")


def repro_command(path: str) -> str:
    """What runs the stages of a dvc.yaml, or of the dvc.lock beside it, again."""
    return dvc_command("repro", posixpath.dirname(path))


def file_command(tree: Tree, verb: str, path: str) -> str:
    """A command of DVC on one file, in the project that the file belongs to: `dvc --cd cv add data/x.csv`."""
    folder = project_folder(tree, path)
    return dvc_command(f"{verb} {shlex.quote(path.removeprefix(f'{folder}/') if folder else path)}", folder)


def dvc_command(words: str, folder: str | None = None) -> str:
    """A command of DVC as people run it at the top of the repository, in a folder: `dvc --cd cv push`."""
    return f"dvc --cd {shlex.quote(folder)} {words}" if folder else f"dvc {words}"
