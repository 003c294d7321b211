"""The outputs of a received run into the DVC remote: by DVC, from a clone with nothing that the run left behind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents.tree import Tree, WorkTree
from mlops_gitops.pipelines.dvc_projects import project_folder
from mlops_gitops.runtime import write_files
from mlops_gitops.storage.dvc_clone import Dvc

LIMIT = 5 * 3600  # seconds, less than a job of GitHub Actions may take
_SHOWN = 300  # characters


def push_outputs(clone: str, base: Tree, files: Mapping[str, bytes], outs: Sequence[str]) -> dict[str, bytes]:
    """Pushes these outputs, and returns the files with what a remote that keeps versions made DVC write into its files.

    `clone` is the folder of a clone of the base whose cache holds the outputs. Raises Undecided.
    """
    write_files.write(clone, files)
    for folder in sorted({project_folder(base, path) or "" for path in outs}):
        inside = [path.removeprefix(f"{folder}/") if folder else path for path in outs]
        own = [path for path, out in zip(inside, outs, strict=True) if (project_folder(base, out) or "") == folder]
        _push(os.path.join(clone, *folder.split("/")), own)
    tracking = [path for path in files if os.path.basename(path) == "dvc.lock" or path.endswith(".dvc")]
    return {**files, **{path: WorkTree(clone).read(path) or files[path] for path in tracking}}


def _push(project: str, outs: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log.txt")
        code = Dvc(project, log).data("push", "--", *outs, seconds=LIMIT).code
        lines = Path(log).read_text("utf-8", "replace").split("\n")
    if code != 0:
        said = next((line for line in lines if line.startswith("ERROR:")), "dvc push failed")
        reason = f"the outputs could not be pushed to the DVC remote: {said[:_SHOWN]}"
        raise Undecided(reason, help="give this job the credentials to write there, and run the same command again")
