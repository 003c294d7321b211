"""The policy of a tree: which files it is, and its digest."""

from __future__ import annotations

import hashlib

import pytest
import sample
from house import Repository

from mlops_gitops.core.canonical import digest
from mlops_gitops.documents.tree import Overlay, WorkTree
from mlops_gitops.git.repository import open_repository
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records.project import default_folders
from mlops_gitops.repository.policy_files import digest_of, is_policy
from mlops_gitops.repository.snapshot import Snapshot


def _digest(*edits: Edit) -> str:
    return digest_of(Snapshot(Overlay(sample.edited(edits))))


def test_it_is_of_the_path_and_the_bytes_of_each_file() -> None:
    files = sample.edited((Edit("FREEZE", None, "Outage\n"),))
    paths = ["mlops.yaml", "models/churn/kpis.yaml", "FREEZE"]
    assert _digest(Edit("FREEZE", None, "Outage\n")) == digest(
        {path: hashlib.sha256(files[path]).hexdigest() for path in paths}
    )


@pytest.mark.parametrize(
    "edit",
    [
        Edit("mlops.yaml", "branch: main", "branch: main # the branch"),
        Edit("models/churn/kpis.yaml", "at_least: 0.85", "at_least: 0.8"),
        Edit("models/fraud/kpis.yaml", None, "kind: KPIs\n"),
        Edit("models/churn/monitoring.yaml", None, "kind: Monitoring\n"),
        Edit("models/churn/retraining.yaml", None, "kind: Retraining\n"),
        Edit("FREEZE", None, ""),
        Edit(".dvc/config", None, "[core]\n"),
        Edit("parts/.dvc/config", None, "[core]\n"),
        Edit(".hidden/.DVC/Config", None, "[core]\n"),
        Edit("sm\udc80rt/.dvc/config", None, "[core]\n"),
    ],
    ids=lambda edit: edit.path.encode("utf-8", "backslashreplace").decode(),
)
def test_every_file_of_the_policy_changes_it(edit: Edit) -> None:
    assert _digest(edit) != _digest()
    assert is_policy(default_folders(), edit.path)


@pytest.mark.parametrize("path", [".dvc/config.local", "parts/.DVC/config.local", "notes.md", ".dvc/tmp/config"])
def test_no_other_file_does_and_a_person_s_own_settings_do_not(path: str) -> None:
    assert _digest(Edit(path, None, "[core]\n")) == _digest()


def test_a_revision_and_the_work_tree_have_the_same(repository: Repository) -> None:
    repository.write(".hidden/.dvc/config", "[core]\n")
    repository.commit("Settings in a hidden folder", push=False)
    repository.write(".dvc/config.local", "[core]\n")
    committed = open_repository(str(repository.root)).tree("HEAD")
    assert ".hidden/.dvc/config" in committed.every()
    assert digest_of(Snapshot(committed)) == digest_of(Snapshot(WorkTree(str(repository.root))))
