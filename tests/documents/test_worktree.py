"""The files of a folder, where git and a file system see different things."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mlops_gitops.documents.tree import SUBMODULE, Unreadable, WorkTree


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    """A folder with a record, and a submodule beside it that holds another one."""
    promotions = tmp_path / "promotions/staging"
    for model in ("churn", "fraud"):
        (promotions / model).mkdir(parents=True)
        (promotions / model / "0001-1.0.0.json").write_text("{}")
    subprocess.run(["git", "init", "-q", "--template=", promotions / "fraud"], check=True)
    return WorkTree(str(tmp_path))


def test_a_submodule_is_one_entry_as_it_is_to_git(tree: WorkTree) -> None:
    assert list(tree.paths("promotions")) == ["promotions/staging/churn/0001-1.0.0.json", "promotions/staging/fraud"]
    assert tree.exists("promotions/staging/fraud")


def test_a_submodule_is_not_read(tree: WorkTree) -> None:
    with pytest.raises(Unreadable, match=SUBMODULE):
        tree.read("promotions/staging/fraud")


def test_a_plain_folder_is_no_file(tree: WorkTree) -> None:
    assert (tree.exists("promotions/staging/churn"), tree.read("promotions/staging/churn")) == (False, None)
