"""Outcomes: what is copied is what would have been done, and nothing else is copied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import outcomes
import pytest
from house import Repository
from outcomes import Outcomes

OURS = ("repository/dvc.lock", "repository/metrics.json", "repository/params.yaml", "repository/data/holdout.csv",
        "repository/models/churn/model.skops")  # fmt: skip


def _files(top: Path) -> dict[str, bytes]:
    """All that DVC writes: the files it tracks, the lock, and its cache and remote."""
    kept = [path for place in ("storage", "repository/.dvc/cache/files") for path in (top / place).rglob("*")]
    return {
        str(path.relative_to(top)): path.read_bytes() for path in (*kept, *map(top.joinpath, OURS)) if path.is_file()
    }


@pytest.mark.outside
def test_a_copied_run_of_dvc_is_what_dvc_writes(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept").mkdir()
    written = []
    for name, folder in (("first", "kept"), ("copied", "kept"), ("real", "")):
        top = tmp_path / name
        outcomes.copy(prepared, top)
        done = Outcomes(tmp_path / folder, top) if folder else None
        Repository(top / "repository", capsys, outcomes=done).retrain(46)
        written.append(_files(top))
    first, copied, real = written
    assert first == copied == real
    assert first != _files(prepared)


@pytest.mark.parametrize("kind", ["text", "mode", "link", "removed", "empty folder", "ref", "index", "cache", "object"])
def test_every_change_that_a_step_may_depend_on_changes_the_state(repository: Repository, kind: str) -> None:
    top = repository.root.parent
    repository.write("notes.txt", "x\n")
    before = outcomes.state(top)
    cached = next(path for path in (top / "repository/.dvc/cache/files").rglob("*") if path.is_file())
    changes: dict[str, Callable[[], object]] = {
        "text": lambda: repository.write("notes.txt", "y\n"),
        "mode": lambda: (repository.root / "notes.txt").chmod(0o755),
        "link": lambda: (repository.root / "link").symlink_to("notes.txt"),
        "removed": (repository.root / "params.yaml").unlink,
        "empty folder": (repository.root / "folder").mkdir,
        "ref": lambda: repository.sh("git", "push", "-q", "origin", "main:refs/heads/other"),
        "index": lambda: repository.sh("git", "add", "notes.txt"),
        "cache": cached.unlink,
        "object": lambda: repository.sh("git", "hash-object", "-w", "notes.txt"),
    }
    changes[kind]()
    assert outcomes.state(top) != before


def test_a_copy_is_in_the_same_state_and_shares_no_file_that_is_written_in_place(
    repository: Repository, tmp_path: Path
) -> None:
    top, other = repository.root.parent, tmp_path / "other"
    outcomes.copy(top, other)
    assert outcomes.state(other) == outcomes.state(top)
    (other / "repository/mlops.yaml").write_text("other\n")
    assert (repository.root / "mlops.yaml").read_text() != "other\n"


def test_a_step_is_done_once_for_all_tests_and_again_within_one(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    done = []

    def step(top: Path) -> str:
        done.append(top)
        (top / "a.txt").write_text("a\n")
        return str(top / "a.txt")

    for name in ("one", "two"):
        top = tmp_path / name
        top.mkdir()
        kept = Outcomes(tmp_path / "kept", top)
        assert kept.once(("step",), lambda top=top: step(top)) == str(top / "a.txt")
        assert (top / "a.txt").read_text() == "a\n"
        (top / "a.txt").unlink()
    assert done == [tmp_path / "one"]
    kept.once(("step",), lambda: step(tmp_path / "two"))
    assert done == [tmp_path / "one", tmp_path / "two"]


def test_a_step_in_another_environment_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top, done = tmp_path / "top", []
    (tmp_path / "kept").mkdir()
    top.mkdir()
    for value in ("a", "b"):
        monkeypatch.setenv("GITHUB_TOKEN", value)
        Outcomes(tmp_path / "kept", top).once(("step",), lambda value=value: done.append(value))
    assert done == ["a", "b"]
