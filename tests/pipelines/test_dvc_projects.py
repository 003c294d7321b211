"""DVC projects of a tree: the nearest decides, and commands are written so that they work at the top."""

from __future__ import annotations

from cases import cases

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pipelines.dvc_projects import file_command, project_folder, project_folders
from mlops_gitops.pipelines.staleness import Staleness
from mlops_gitops.pipelines.tracked_outputs import Tracking

TREE = Overlay(
    {
        ".dvc/config": b"",
        "cv/.dvc/config": b"",
        "cv/old/.dvc/.gitignore": b"/cache\n",
        "nlp/dvc.yaml": b"",
        "a b/.dvc/config": b"",
        "notes/config": b"",
    }
)


@cases(
    "path, folder",
    [
        ("model.pkl", ""),
        ("nlp/model.pkl", ""),
        ("cv/model.pkl", "cv"),
        ("cv/models/deep/model.pkl", "cv"),
        ("cv/old/model.pkl", "cv/old"),
        ("cvx/model.pkl", ""),
        ("/etc/passwd", ""),
        ("../cv/model.pkl", ""),
    ],
)
def test_the_nearest_project_decides(path: str, folder: str) -> None:
    assert project_folder(TREE, path) == folder


def test_every_project_is_found_and_a_path_in_none_has_none() -> None:
    assert project_folders(TREE) == ("", "a b", "cv", "cv/old")
    assert project_folder(Overlay({"cv/.dvc/config": b""}), "nlp/model.pkl") is None


@cases(
    "path, command",
    [
        ("models/m.pkl", "dvc add models/m.pkl"),
        ("cv/models/m.pkl", "dvc --cd cv add models/m.pkl"),
        ("a b/m 1.pkl", "dvc --cd 'a b' add 'm 1.pkl'"),
    ],
)
def test_a_command_on_a_file_is_run_in_its_project(path: str, command: str) -> None:
    assert file_command(TREE, "add", path) == command


def test_a_stage_is_run_again_where_its_dvc_yaml_is() -> None:
    pipeline = b"stages:\n  train: {cmd: python train.py, outs: [m.pkl]}\n"
    lock = b"schema: '2.0'\nstages:\n  train: {cmd: python old.py}\n"
    top = Staleness(Overlay({"dvc.yaml": pipeline, "dvc.lock": lock}))
    below = Staleness(Overlay({"cv/dvc.yaml": pipeline, "cv/dvc.lock": lock, "nlp/dvc.yaml": pipeline}))
    assert {cause.help for cause in top.all()} == {"dvc repro"}
    assert {cause.help for cause in below.all()} == {"dvc --cd cv repro", "dvc --cd nlp repro"}


def test_an_import_is_updated_in_its_project() -> None:
    imported = b"deps: [{path: x}]\nouts: [{path: m.pkl}]\n"
    tree = Overlay({"cv/.dvc/config": b"", "cv/data/m.pkl.dvc": imported})
    assert "run dvc --cd cv update data/m.pkl.dvc" in Tracking(tree).untracked_reason("cv/data/m.pkl")
