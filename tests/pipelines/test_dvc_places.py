"""Where DVC looks for its settings: what a tree may not hold there, by git's modes and names."""

from __future__ import annotations

from cases import cases

from mlops_gitops.pipelines.dvc_places import GITLINK, LINK, faults
from mlops_gitops.repository.policy_files import is_dvc_settings

FILE = "100644"


@cases(
    "mode, path",
    [
        (FILE, ".dvc/config.local"),
        (FILE, "sub/folder/.dvc/config.local"),
        (FILE, ".DVC/Config.Local"),
        (FILE, ".dv\u200bc/config.local"),
        (FILE, ".dvc./config.local "),
        (LINK, ".dvc"),
        (LINK, "sub/.Dvc"),
        (GITLINK, ".dvc"),
        (LINK, ".dvc/config"),
        (LINK, ".dvc/config.local"),
    ],
)
def test_what_may_not_be_there(mode: str, path: str) -> None:
    assert [place for place, _ in faults([(FILE, "README.md"), (mode, path)])] == [path]
    assert is_dvc_settings(path)


@cases(
    "mode, path",
    [
        (FILE, ".dvc/config"),
        (FILE, ".dvc/.gitignore"),
        (LINK, ".dvc/plots"),
        (LINK, "data/x.csv"),
        (GITLINK, "vendor/.dvc-tools"),
        (FILE, "config.local"),
        (FILE, "a.dvc/config.local"),
        (FILE, ".dvc/tmp/config.local"),
    ],
)
def test_what_may_be_there(mode: str, path: str) -> None:
    assert list(faults([(mode, path)])) == []


@cases("path", ["config", "dvc/config", ".dvc/cache/config", "x.dvc", ".dvc/configs"])
def test_other_files_are_no_settings(path: str) -> None:
    assert not is_dvc_settings(path)
