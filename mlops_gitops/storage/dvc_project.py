"""The DVC project of a path, with its committed settings as a commit or a work tree has them."""

from __future__ import annotations

import os

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Tree, Unreadable, read_if_possible
from mlops_gitops.pipelines import dvc_projects


@frozen
class DvcProject:
    """One DVC project.

    `folder` is "" for the repository's own, and None where no project is around a path; `text` is the committed
    `.dvc/config`. `base` says that the base branch holds it; else only the work tree does.
    """

    folder: str | None
    text: str = ""
    base: bool = True

    @property
    def config(self) -> str:
        """The path of the committed settings, where they are or should be."""
        return dvc_projects.config_path(self.folder or "")

    def inside(self, root: str) -> str:
        """The `.dvc` of the project on this machine: the folder that its committed paths count from."""
        return os.path.join(root, *(self.folder or "").split("/"), ".dvc")

    def command(self, words: str) -> str:
        """A command of DVC in this project, as people run it at the top of the repository."""
        return dvc_projects.dvc_command(words, self.folder)

    def remedy(self) -> str:
        """What gives the project a remote that a release can be read from."""
        start = "" if self.folder is not None else "dvc init, "
        return f"{start}{self.command('remote add -d storage URL')}, commit {self.config}, then {self.command('push')}"


NO_PROJECT = DvcProject(None)


def find_project(tree: Tree, path: str, *, base: bool = True, tolerant: bool = False) -> DvcProject | None:
    """The project that a path belongs to. Raises Undecided for settings that must not be read, unless `tolerant`."""
    folder = dvc_projects.project_folder(tree, path)
    if folder is None:
        return None
    place = dvc_projects.config_path(folder)
    try:
        text = read_if_possible(tree, place) if tolerant else tree.read(place)
    except Unreadable as error:
        raise Undecided(f"{place} {error.message}") from error
    return DvcProject(folder, (text or b"").decode("utf-8", "replace"), base)
