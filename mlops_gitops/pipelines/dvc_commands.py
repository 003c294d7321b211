"""What makes DVC track a file: the stage to run, or the file to add, as people type it at the top of the repository."""

from __future__ import annotations

import posixpath
import shlex

from mlops_gitops.documents.tree import Tree
from mlops_gitops.pipelines.declared_stages import DeclaredStage, read_pipelines
from mlops_gitops.pipelines.dvc_projects import dvc_command, file_command, project_folder, repro_command
from mlops_gitops.pipelines.tracked_outputs import NOT_TRACKED


def push(tree: Tree, path: str) -> str:
    """What brings the bytes of a path's project into its remote."""
    return dvc_command("push", project_folder(tree, path))


def run_again(tree: Tree, source: str, path: str) -> str:
    """What runs the stages of a dvc.yaml or dvc.lock again, for a release that needs a path they make."""
    lock = posixpath.join(posixpath.dirname(source), "dvc.lock")
    return f"{repro_command(source)}, commit {lock}, then {push(tree, path)}"


def made_by(tree: Tree, path: str) -> str:
    """What runs the stage that is declared to make a path; "" where none is."""
    maker = read_pipelines(tree).maker(path)
    return run_again(tree, maker.source, path) if maker is not None and maker.name else ""


def linking(tree: Tree, path: str, artifact: str, project_path: str) -> str:
    """What ties an evaluation file to an artifact that its stage, or no stage at all, did not make it from."""
    pipelines = read_pipelines(tree)
    maker = pipelines.maker(path)
    if maker is None or not maker.name:
        allow = f"merge into {project_path}: policies: {{unlinked_evaluation: allow}}"
        return f"make it in a stage of dvc.yaml with {artifact} among its deps, or {allow}"
    again = run_again(tree, maker.source, path)
    if pipelines.made_from(path, artifact):
        return again
    return f"add {artifact} to the deps of stage {maker.name} in {maker.source}, then {again}"


def untracked(tree: Tree, path: str, reason: str) -> tuple[str, str]:
    """Why DVC does not track a path, and what makes it do so; `reason` is what its files say.

    The output of a stage needs that stage to run: `dvc add` refuses it. One that a folder holds needs another place.
    """
    if not reason.startswith(NOT_TRACKED):  # a file of DVC's that cannot be read, or an import without its bytes
        return reason, ""
    pipelines = read_pipelines(tree)
    maker, folder = pipelines.maker(path), pipelines.folder(path)
    if maker is not None and maker.name and path in maker.outs:
        return f"dvc.lock has no digest of {path}: stage {maker.name} has not run", run_again(tree, maker.source, path)
    if folder is not None:
        return f"{path} lies in the folder {folder} that DVC tracks as a whole", _out_of(maker, folder)
    add, out = file_command(tree, "add", path), f"git rm -r --cached {shlex.quote(path)}"
    help = f"make it an output of a stage in dvc.yaml, or where nothing makes it: {add} (if Git keeps it, first {out})"
    return reason, f"{help}, commit {path}.dvc, then {push(tree, path)}"


def _out_of(maker: DeclaredStage | None, folder: str) -> str:
    if maker is not None and maker.name:
        return f"name it in the outs of stage {maker.name}, in the place of {folder}"
    return f"name {folder} itself, or keep the file elsewhere"
