"""Versions of a folder side by side: stopped at any call, readers find the old version or the new one, whole."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from stopped_calls import CODES, every_stop, forked, in_own_process, stopped_at

from mlops_gitops.core.canonical import git_blob
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.dvc_project import DvcProject
from mlops_gitops.storage.versions import MARK, open_versions

Files = Mapping[str, str]
A: Files = {"model.bin": "first " * 50, "words/one.txt": "same", "words/two.txt": "same"}
B: Files = {"model.bin": "second " * 50, "words/one.txt": "same", "more/three.txt": "new"}
C: Files = {"model.bin": "third"}
NAMES = {"1.0.0": A, "1.1.0": B, "1.2.0": C}


def install(out: Path, release: str, files: Files | None = None) -> bool:
    """Installs a release whose bytes come out of Git's objects."""
    files = NAMES[release] if files is None else files
    blobs = {git_blob(text.encode()): text.encode() for text in files.values()}
    pins = [Pin(path, None, git_blob=git_blob(text.encode())) for path, text in files.items()]
    store = DataStore(str(out.parent), lambda _: DvcProject(""), blobs.__getitem__)
    with open_versions(str(out)) as versions:
        return versions.install(store, pins, {"model": "churn", "release": release, "files": dict(files)})


def written_by_an_older_version(out: Path, release: str) -> None:
    """The folder as mlops-gitops wrote it before there were versions."""
    for path, text in NAMES[release].items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text)
    (out / MARK).write_text(json.dumps({"model": "churn", "release": release, "files": {}}))


def seen(out: Path) -> tuple[str, dict[str, str]]:
    """The release that a reader finds, and every file of it."""
    release = json.loads((out / MARK).read_text())["release"]
    paths = [path for path in out.rglob("*") if path.is_file() and path.name != MARK]
    return release, {path.relative_to(out).as_posix(): path.read_text() for path in paths}


def previous(out: Path) -> str:
    return seen(out.parent / f".{out.name}.versions" / "previous")[0]


def _update(out: Path) -> None:
    install(out, "1.2.0")
    install(out, "1.0.0")


def _back(out: Path) -> None:
    install(out, "1.1.0")
    install(out, "1.0.0")


STARTS: dict[str, Callable[[Path], None]] = {
    "an update": _update,
    "back to the version before": _back,
    "a folder of an older mlops-gitops": lambda out: written_by_an_older_version(out, "1.0.0"),
}
WAYS = [*((start, "kill") for start in STARTS), ("an update", "full disk")]


@pytest.mark.parametrize(("start", "how"), WAYS)
@in_own_process
def test_stopped_at_any_call_readers_find_the_old_version_or_the_new_one(start: str, how: str, tmp_path: Path) -> None:
    out, place = tmp_path / "place/device", tmp_path / "place"
    STARTS[start](tmp_path / "start/device")

    def prepare() -> None:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(tmp_path / "start", place, symlinks=True)

    calls = []
    for call in every_stop(lambda: install(out, "1.1.0") and None, place, prepare, how):
        calls.append(call)
        found = seen(out)
        assert found in (("1.0.0", A), ("1.1.0", B)), call
        install(out, "1.1.0")
        assert (seen(out), previous(out)) == (("1.1.0", B), "1.0.0"), call
        kept = {path.name for path in (place / ".device.versions").iterdir()}
        assert len(kept) == 4 and {"lock", "previous"} < kept, (call, kept)
    kinds = {call.split()[0] for call in calls}
    wanted = {"open", "os.rename", "os.symlink", "os.remove", "fsync"}
    wanted |= {"renameat2"} if "older" in start else {"os.mkdir", "write"} if start == "an update" else set()
    assert wanted <= kinds, kinds


@in_own_process
def test_the_first_version_is_whole_or_not_there(tmp_path: Path) -> None:
    out = tmp_path / "place/device"

    def prepare() -> None:
        shutil.rmtree(out.parent, ignore_errors=True)
        out.mkdir(parents=True)  # an empty folder, as an image or a script may make it beforehand

    for call in every_stop(lambda: install(out, "1.0.0") and None, out.parent, prepare, "kill"):
        assert not out.exists() or not any(out.iterdir()) or seen(out) == ("1.0.0", A), call
        install(out, "1.0.0")
        assert seen(out) == ("1.0.0", A), call


@in_own_process
def test_everything_is_on_disk_before_the_switch(tmp_path: Path) -> None:
    out = tmp_path / "device"
    install(out, "1.0.0")
    _, calls = stopped_at(0, lambda: install(out, "1.1.0") and None, tmp_path)
    switch = calls.index("os.rename .device.versions/next")
    before = calls[:switch]
    synced = {call for call, following in pairwise(before) if following == "fsync"}
    version = next(call.split()[1] for call in calls if call.startswith("os.mkdir .device.versions/1.1.0"))
    assert {f"open {version}", f"open {version}/more", f"open {version}/words", "open .device.versions"} <= synced
    assert sum("incoming" in call for call in synced) == len(B)
    assert calls[switch + 1 : switch + 3] == ["open .", "fsync"]


@in_own_process
def test_what_is_fetched_already_is_not_fetched_again(tmp_path: Path) -> None:
    out, place = tmp_path / "place/device", tmp_path / "place"

    def fetched(calls: list[str]) -> int:
        return sum(call.startswith("open") and call.endswith(".part") for call in calls)

    _, whole = stopped_at(0, lambda: install(out, "1.0.0") and None, place)
    shutil.rmtree(place)
    ended, first = stopped_at(whole.index("fsync") + 1, lambda: install(out, "1.0.0") and None, place)
    _, second = stopped_at(0, lambda: install(out, "1.0.0") and None, place)
    assert (ended, seen(out)) == ("killed", ("1.0.0", A))
    assert fetched(whole) == fetched(first) > fetched(second) == 0


def test_what_lies_there_half_written_is_not_believed(tmp_path: Path) -> None:
    out = tmp_path / "device"
    install(out, "1.0.0")
    versions = tmp_path / ".device.versions"
    (versions / "incoming").mkdir()
    for path in B.values():
        (versions / "incoming" / f"git-{git_blob(path.encode())}").write_text("half")
    assert install(out, "1.1.0")
    assert seen(out) == ("1.1.0", B)


def test_a_damaged_file_of_the_version_in_use_is_mended(tmp_path: Path) -> None:
    out = tmp_path / "device"
    install(out, "1.0.0")
    assert not install(out, "1.0.0")
    (out / "model.bin").write_text("damaged")
    (out / "words/one.txt").unlink()
    assert not install(out, "1.0.0")
    assert seen(out) == ("1.0.0", A)


def test_a_reader_that_opened_the_old_version_reads_on(tmp_path: Path) -> None:
    out = tmp_path / "device"
    install(out, "1.0.0")
    inside = out.resolve()
    install(out, "1.1.0")
    assert (inside / "model.bin").read_text() == A["model.bin"]
    install(out, "1.2.0")
    assert not inside.exists() and previous(out) == "1.1.0"


def test_two_at_once(tmp_path: Path) -> None:
    out = tmp_path / "device"
    install(out, "1.0.0")
    with open_versions(str(out)), pytest.raises(Undecided, match="another fetch"):
        install(out, "1.1.0")
    assert seen(out) == ("1.0.0", A)
    install(out, "1.1.0")


@in_own_process
def test_many_at_once_leave_one_whole_version(tmp_path: Path) -> None:
    out = tmp_path / "device"
    install(out, "1.0.0")
    running = [forked(lambda: install(out, "1.1.0") and None) for _ in range(4)]
    codes = []
    while len(codes) < len(running):
        assert (out / "model.bin").read_text() in (A["model.bin"], B["model.bin"])
        id, status = os.waitpid(-1, os.WNOHANG)
        codes += [os.waitstatus_to_exitcode(status)] if id in running else []
    assert set(codes) <= {CODES["done"], CODES["failed"]} and CODES["done"] in codes
    assert seen(out) == ("1.1.0", B)


def test_a_link_that_leads_elsewhere_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "device").symlink_to("mine")
    with pytest.raises(Error, match="link that fetch did not make"):
        install(tmp_path / "device", "1.0.0")
    assert (tmp_path / "device").readlink() == Path("mine")


@pytest.mark.parametrize("linked", [False, True])
def test_what_fetch_did_not_write_is_not_tidied_away(linked: bool, tmp_path: Path) -> None:
    kept = tmp_path / ("elsewhere" if linked else ".churn.versions")
    kept.mkdir()
    (kept / "thesis.txt").write_text("the only copy")
    if linked:
        (tmp_path / ".churn.versions").symlink_to(kept)
    with pytest.raises(Error, match=r"\.churn\.versions"), open_versions(str(tmp_path / "churn")):
        pass
    assert os.listdir(kept) == ["thesis.txt"]


def test_a_file_system_without_links_is_named_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def symlink(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    out = tmp_path / "device"
    written_by_an_older_version(out, "1.0.0")
    monkeypatch.setattr(os, "symlink", symlink)
    with pytest.raises(Undecided) as caught:
        install(out, "1.1.0")
    assert "symbolic link" in caught.value.message and "FAT" in caught.value.help
    assert seen(out) == ("1.0.0", A) and not list(tmp_path.rglob("*.part"))


def test_without_a_swap_in_one_step_a_folder_of_an_older_version_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "device"
    written_by_an_older_version(out, "1.0.0")
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    with pytest.raises(Undecided) as caught:
        install(out, "1.1.0")
    assert seen(out) == ("1.0.0", A) and "remove" in caught.value.help
    shutil.rmtree(out)
    assert install(out, "1.1.0")
    assert seen(out) == ("1.1.0", B)
