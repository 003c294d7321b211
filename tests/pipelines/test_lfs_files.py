"""Which files Git LFS keeps: what git itself says of the same .gitattributes."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cases import cases

from mlops_gitops.core.git_lfs import LARGEST, is_pointer
from mlops_gitops.documents.tree import Overlay, WorkTree
from mlops_gitops.pipelines.lfs_files import LfsFiles, out_of_lfs

LFS = "filter=lfs diff=lfs merge=lfs -text"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4" * 64 + b"\nsize 12345\n"
PATHS = ("model.pkl", "a/model.pkl", "a/b/model.PKL", "a/my model.pkl", "a/b/c.bin", "a/c.bin", "notes.txt", "a/x1.h5")


@cases(
    "root, inside",
    [
        (f"*.pkl {LFS}\n", ""),
        (f"a/*.bin {LFS}\n", ""),
        (f"a/** {LFS}\n", ""),
        (f"/model.pkl {LFS}\n", ""),
        (f"**/b/*.bin {LFS}\n", ""),
        (f"*.[pP][kK][lL] {LFS}\n", ""),
        (f"x[!2].h5 {LFS}\na/x?.bin {LFS}\n", ""),
        (f'"a/my model.pkl" {LFS}\n', ""),
        (f"a/my[[:space:]]model.pkl {LFS}\n", ""),
        (f"# comment\n\n*.pkl {LFS}\na/*.pkl -filter\n", ""),
        (f"*.pkl {LFS}\na/*.pkl !filter\n", ""),
        (f"*.pkl {LFS}\n", "model.pkl filter=other\n"),
        ("*.pkl -filter\n", f"*.pkl {LFS}\n"),
        (f"[attr]large {LFS}\n*.bin large\n", ""),
        ("*.pkl diff=lfs\n", ""),
        (f"a {LFS}\na/ {LFS}\n", ""),
    ],
)
def test_the_attributes_are_those_that_git_finds(tmp_path: Path, root: str, inside: str) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    for path in PATHS:
        (tmp_path / path).write_text("bytes\n")
    (tmp_path / ".gitattributes").write_text(root)
    (tmp_path / "a/.gitattributes").write_text(inside)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    words = ["git", "check-attr", "-z", "filter", *PATHS]
    fields = subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.split("\0")
    wanted = {path: value == "lfs" for path, value in zip(fields[::3], fields[2::3], strict=False)}
    files = LfsFiles(WorkTree(str(tmp_path)))
    assert {path: files.keeps(path) for path in PATHS} == wanted


def test_a_pointer_says_so_itself(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(POINTER)
    (tmp_path / "other.pkl").write_bytes(b"version 2\n")
    files = LfsFiles(WorkTree(str(tmp_path)))
    assert [files.keeps(path) for path in ("model.pkl", "other.pkl", "gone.pkl")] == [True, False, False]
    assert not is_pointer(POINTER + b" " * LARGEST)


def test_the_commands_are_those_of_the_project_and_quote_a_name() -> None:
    tree = Overlay({"cv/.dvc/config": b"", "cv/a b.pkl": POINTER})
    assert "git rm --cached 'cv/a b.pkl', then dvc --cd cv add 'a b.pkl'" in out_of_lfs(tree, "cv/a b.pkl")
