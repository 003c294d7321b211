"""What Git LFS keeps of a repository, and how to give it to DVC."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.git_lfs import UNSUPPORTED
from mlops_gitops.discovery.discover import Discovery
from mlops_gitops.documents.tree import Tree
from mlops_gitops.pipelines.lfs_files import LfsFiles, out_of_lfs
from mlops_gitops.pipelines.tracked_outputs import Tracking


def lfs_files(tree: Tree, discovery: Discovery) -> list[str]:
    """The files that Git LFS keeps, those of models and their evaluations first."""
    files, tracking = LfsFiles(tree), Tracking(tree)
    named = [path for model in discovery.models for path in model.artifacts]
    named += [*discovery.numbers, *discovery.missing, *discovery.tables]
    others = (path for path in tree.paths() if files.filters(path))
    return [path for path in dict.fromkeys((*named, *others)) if tracking.is_in_lfs(path)]


def lfs_notes(tree: Tree, found: list[str]) -> Iterator[str]:
    """A sentence on them."""
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield f"Git LFS keeps {found[0]}{more}. {UNSUPPORTED}: {out_of_lfs(tree, found[0])}"
