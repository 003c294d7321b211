"""Several DVC projects in one repository: each path by the settings of the nearest one, and by nobody else's."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from buckets import S3, Project
from messages import lacking

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.documents.tree import WorkTree
from mlops_gitops.git.repository import Git
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.columns import is_inside
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.dvc_project import NO_PROJECT, DvcProject, find_project

FOLDERS = ("", "cv", "services/x", "cv/old")


def _pin(path: str) -> Pin:
    """A file whose bytes are its own path."""
    return Pin(path, md5=hashlib.md5(path.encode()).hexdigest(), hash="md5")


def _keep(store: Path, path: str) -> None:
    digest = str(_pin(path).md5)
    (store / "files/md5" / digest[:2]).mkdir(parents=True, exist_ok=True)
    (store / "files/md5" / digest[:2] / digest[2:]).write_text(path)


def _remote(folder: str) -> str:
    return f"remote-{folder.replace('/', '-') or 'top'}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A Git repository with a DVC project at its top and three below, whose remotes have one name."""
    root = tmp_path / "r"
    for folder in FOLDERS:
        inside = root / folder / ".dvc"
        inside.mkdir(parents=True)
        place = tmp_path / _remote(folder)
        (inside / "config").write_text(f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {place}\n")
        place.mkdir()
    subprocess.run(["git", "init", "-q", "--template=", root], check=True)
    return root


def _store(root: Path) -> DataStore:
    tree = WorkTree(str(root))
    return DataStore(str(root), lambda path: find_project(tree, path) or NO_PROJECT, bytes, Git(str(root)).tracked)


def test_bytes_come_from_the_remote_of_the_nearest_project(root: Path) -> None:
    paths = {"": "model.pkl", "cv": "cv/models/a.pkl", "cv/old": "cv/old/a.pkl", "services/x": "services/x/m.pkl"}
    for folder, path in paths.items():
        _keep(root.parent / _remote(folder), path)
    store = _store(root)
    for path in paths.values():
        assert store.absence_reason(_pin(path)) is None and store.read(_pin(path)).decode() == path
    _keep(root.parent / _remote("cv"), "nlp/m.pkl")  # a file of the top's project, in another's remote
    assert not lacking(str(store.absence_reason(_pin("nlp/m.pkl"))), "nlp/m.pkl", "not in the DVC remote 'storage'")


def test_what_a_message_says_to_run_works_at_the_top(root: Path) -> None:
    with pytest.raises(Undecided) as refused:
        _store(root).read(_pin("services/x/m.pkl"))
    assert not lacking(refused.value.help, "dvc --cd services/x pull", "dvc --cd services/x push")
    (root / "cv/.dvc/config").write_text("")
    with pytest.raises(Error) as refused:
        _store(root).require_remote(_pin("cv/m.pkl"))
    assert not lacking(f"{refused.value.message} {refused.value.help}", "cv/.dvc/config", "dvc --cd cv remote add -d")
    with pytest.raises(Error) as refused:
        DataStore(str(root), lambda _: NO_PROJECT, bytes).require_remote(_pin("m.pkl"))
    assert not lacking(f"{refused.value.message} {refused.value.help}", "no DVC project", "dvc init")


def test_a_project_without_settings_is_one_all_the_same(root: Path) -> None:
    (root / "cv/.dvc/config").unlink()
    (root / "cv/.dvc/.gitignore").write_text("/cache\n")
    assert find_project(WorkTree(str(root)), "cv/m.pkl") == DvcProject("cv")
    _keep(root / "cv/.dvc/cache", "cv/m.pkl")
    assert _store(root).read(_pin("cv/m.pkl")) == b"cv/m.pkl"


def test_a_project_that_only_the_work_tree_has_keeps_bytes_and_names_no_remote(root: Path) -> None:
    _keep(root / "services/x/.dvc/cache", "services/x/m.pkl")
    _keep(root.parent / _remote("services/x"), "services/x/n.pkl")
    text = (root / ".dvc/config").read_text()
    store = DataStore(str(root), lambda _: DvcProject("", text), bytes)
    assert store.read(_pin("services/x/m.pkl")) == b"services/x/m.pkl"
    assert "not in the DVC remote" in str(store.absence_reason(_pin("services/x/n.pkl")))


def test_settings_of_one_machine_are_not_tracked_in_any_project(root: Path) -> None:
    (root / "services/x/.dvc/config.local").write_text("")
    assert _store(root).require_remote(_pin("services/x/m.pkl")) == "storage"
    subprocess.run(["git", "add", "--force", "services/x/.dvc/config.local"], cwd=root, check=True)
    with pytest.raises(Error) as refused:
        _store(root).require_remote(_pin("services/x/m.pkl"))
    assert not lacking(f"{refused.value.message} {refused.value.help}", "services/x/.dvc/config.local", "tracked")
    assert _store(root).require_remote(_pin("cv/m.pkl")) == "storage"


@pytest.mark.parametrize("link", ["services/x", "services"])
def test_a_folder_around_a_project_may_not_be_exchanged_for_a_link(root: Path, link: str) -> None:
    """The base's settings stay, and a link would lead to a `config.local` that the pull request brings."""
    text = (root / "services/x/.dvc/config").read_text()
    (root / link).rename(root / "planted")
    (root / link).symlink_to(root / "planted")
    (root / "services/x/.dvc/config.local").write_text("['remote \"storage\"']\n    url = /elsewhere\n")
    subprocess.run(["git", "add", "--force", "."], cwd=root, check=True)
    store = DataStore(str(root), lambda _: DvcProject("services/x", text), bytes, Git(str(root)).tracked)
    with pytest.raises(Error, match=r"services/x/\.dvc/config\.local is reached through a symbolic link"):
        store.absence_reason(_pin("services/x/m.pkl"))


def test_a_file_of_versions_lies_under_its_path_in_the_project(tmp_path: Path, s3: S3) -> None:
    settings = {"url": f"s3://versioned/{tmp_path.name}", "version_aware": "true", "endpointurl": s3.url}
    project = Project.begin(tmp_path / "r/ml", {"storage": settings})
    project.write("data/one.csv", "a,b\n1,2\n")
    pin = project.add("data/one.csv")
    project.forget("data")
    there = Pin(f"ml/{pin.path}", pin.md5, pin.hash, remote=pin.remote, version_id=pin.version_id)
    assert _store(tmp_path / "r").read(there) == b"a,b\n1,2\n"


def test_prediction_files_are_read_through_the_links_of_any_project_and_settings_never(root: Path) -> None:
    _keep(root / "cv/.dvc/cache", "cv/m.csv")
    digest = str(_pin("cv/m.csv").md5)
    (root / "cv/m.csv").symlink_to(root / f"cv/.dvc/cache/files/md5/{digest[:2]}/{digest[2:]}")
    (root / "cv/s.csv").symlink_to(root / "cv/.dvc/config")
    (root / "cv/.dvc/cache.csv").write_text("a\n")
    inside = {path: is_inside(str(root), path) for path in ("cv/m.csv", "cv/s.csv", "cv/.dvc/config", "cv/.DVC/config")}
    assert inside == {"cv/m.csv": True, "cv/s.csv": False, "cv/.dvc/config": False, "cv/.DVC/config": False}
