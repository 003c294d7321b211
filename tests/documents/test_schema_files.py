"""The schemas of the package as it is installed, or of the checkout it lies in; never of the current folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_gitops.audit import anchors
from mlops_gitops.compliance import bias_audit
from mlops_gitops.compliance.explanations import explanation
from mlops_gitops.documents import schema_files
from mlops_gitops.monitoring.profiles import profile
from mlops_gitops.repository.snapshot import KINDS
from mlops_gitops.retraining.record import BRANCH_KINDS


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with schemas inside and beside it; the current folder has some too."""
    package = tmp_path / "checkout/mlops_gitops"
    for folder in (package, package.parent, tmp_path / "here"):
        (folder / "schemas").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    return package


def test_installed_they_are_in_the_package(package: Path) -> None:
    assert schema_files.folder(str(package)) == str(package / "schemas")


def test_in_a_checkout_they_are_beside_it(package: Path) -> None:
    (package / "schemas").rmdir()
    assert schema_files.folder(str(package)) == str(package.parent / "schemas")


def test_every_kind_of_file_has_one_at_the_top_level() -> None:
    top = Path(__file__).parent.parent.parent / "schemas"
    assert {path.stem for path in top.iterdir()} == {kind.schema for kind in KINDS} | {
        profile.SCHEMA,
        bias_audit.SCHEMA,
        anchors.SCHEMA,
        explanation.SCHEMA,
        *(kind.schema for kind in BRANCH_KINDS),
    }
    assert schema_files.folder() == str(top)
