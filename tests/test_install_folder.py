"""action/install.py: it runs nothing from a folder that another user of the machine could have filled."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent / "action/install.py"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, on a machine whose shared temporary folder is `tmp_path`."""
    spec = importlib.util.spec_from_file_location("install", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return module


def test_the_folder_of_the_job_is_used_again(install: ModuleType, tmp_path: Path) -> None:
    first = install.own_folder(str(tmp_path / "job"))
    assert first == (tmp_path / "job/mlops-gitops").resolve() == install.own_folder(str(tmp_path / "job"))
    assert first.stat().st_mode & 0o777 == 0o700


def test_without_one_it_is_a_folder_of_this_user_s_own(install: ModuleType, tmp_path: Path) -> None:
    folder = install.own_folder("")
    assert (folder.parent, folder.stat().st_uid, folder.stat().st_mode & 0o777) == (tmp_path, os.getuid(), 0o700)


@pytest.mark.parametrize("job", [True, False])
def test_one_that_others_may_write_to_is_refused(install: ModuleType, tmp_path: Path, job: bool) -> None:
    shared = str(tmp_path / "job") if job else ""
    install.own_folder(shared).chmod(0o777)
    with pytest.raises(install.Failed, match="others may write"):
        install.own_folder(shared)


def test_one_that_somebody_else_made_is_refused(
    install: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    (tmp_path / "mlops-gitops-12345").mkdir(mode=0o755)
    with pytest.raises(install.Failed, match="others may write"):
        install.own_folder("")


def test_a_link_in_its_place_is_refused(install: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / f"mlops-gitops-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(install.Failed, match="is not a folder"):
        install.own_folder("")
