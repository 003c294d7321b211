"""The files of a folder that a stage depends on as a whole: dvc.lock lists the folder's digest alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.documents.tree import Tree, Unreadable
from mlops_gitops.pipelines.dvc_hashes import folder_md5

MOST = 1000  # files of a folder whose digest is computed again


def files_of_folders(tree: Tree, tracked: Mapping[str, str], deps: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Path and MD5 of each file of the folders among `deps`, where they are the ones that the stage read.

    DVC's digest of a folder follows from its files: `tracked` has those of DVC (path → MD5), and Git has the others.
    One that neither has, or that has changed since, makes another digest, which proves nothing.
    """
    for folder in (path for path, md5 in deps.items() if md5.endswith(".dir")):
        files = _files(tree, {path: md5 for path, md5 in tracked.items() if path.startswith(f"{folder}/")}, folder)
        if files and folder_md5({path.removeprefix(f"{folder}/"): md5 for path, md5 in files.items()}) == deps[folder]:
            yield from files.items()


def _files(tree: Tree, tracked: Mapping[str, str], folder: str) -> Mapping[str, str]:
    if not tracked:
        return {}
    try:
        paths = {*tree.paths(folder), *tracked}
        return {path: tracked.get(path) or _md5(tree.read(path)) for path in paths} if len(paths) <= MOST else {}
    except Unreadable:
        return {}


def _md5(data: bytes | None) -> str:
    import hashlib  # OpenSSL comes with it, and a hook on one file digests nothing

    return hashlib.md5(data or b"", usedforsecurity=False).hexdigest()
