"""Data by pinned digest: hashed whatever the place, from the cache, the work tree, a folder or a real server."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cases import cases
from house import Repository

from mlops_gitops.core.canonical import git_blob
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.pipelines.dvc_hashes import folder_md5
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.dvc_project import NO_PROJECT, DvcProject
from mlops_gitops.storage.verify import write_verified

TEXT = b"a,b\r\n1,2\r\n"
PLAIN = hashlib.md5(TEXT).hexdigest()
FOLDED = hashlib.md5(TEXT.replace(b"\r\n", b"\n")).hexdigest()


def _no_blob(id: str) -> bytes:
    raise Undecided(f"no {id}")


def _store(root: Path, config: str = "") -> DataStore:
    (root / ".dvc").mkdir(parents=True, exist_ok=True)
    return DataStore(str(root), lambda _: DvcProject("", config), _no_blob)


def _put(store: Path, digest: str, data: bytes, *, dvc2: bool = False) -> None:
    place = store / ("" if dvc2 else "files/md5") / digest[:2] / digest[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


def test_from_the_cache(tmp_path: Path) -> None:
    _put(tmp_path / ".dvc/cache", PLAIN, TEXT)
    assert _store(tmp_path).read(Pin("x.csv", md5=PLAIN, hash="md5")) == TEXT


def test_a_digest_of_dvc_2_is_over_folded_line_ends(tmp_path: Path) -> None:
    _put(tmp_path / ".dvc/cache", FOLDED, TEXT, dvc2=True)
    store = _store(tmp_path)
    assert store.read(Pin("x.csv", md5=FOLDED)) == TEXT
    with pytest.raises(Undecided):
        store.read(Pin("x.csv", md5=FOLDED, hash="md5"))


@pytest.mark.parametrize("cut", [1, 3, 4, 5])
def test_line_ends_are_folded_across_chunks(tmp_path: Path, cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlops_gitops.storage.verify.CHUNK", cut)
    _put(tmp_path / ".dvc/cache", FOLDED, TEXT, dvc2=True)
    assert _store(tmp_path).read(Pin("x.csv", md5=FOLDED)) == TEXT


def test_an_altered_cache_object_is_passed_over(tmp_path: Path) -> None:
    _put(tmp_path / ".dvc/cache", PLAIN, b"altered")
    (tmp_path / "x.csv").write_bytes(TEXT)
    assert _store(tmp_path).read(Pin("x.csv", md5=PLAIN, hash="md5")) == TEXT
    (tmp_path / "x.csv").write_bytes(b"altered too")
    with pytest.raises(Undecided, match=r"altered in the DVC cache.*altered in the work tree"):
        _store(tmp_path).read(Pin("x.csv", md5=PLAIN, hash="md5"))


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    _put(tmp_path / ".dvc/cache", PLAIN, b"altered")
    (tmp_path / "out").mkdir()
    with pytest.raises(Undecided):
        _store(tmp_path).copy(Pin("x.csv", md5=PLAIN, hash="md5"), str(tmp_path / "out"))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("kept", [TEXT[:4], TEXT, b"other", TEXT + b"more"])
def test_a_copy_that_was_cut_off_is_carried_on_where_it_ended(tmp_path: Path, kept: bytes) -> None:
    pin, out = Pin("x.csv", md5=PLAIN, hash="md5"), tmp_path / "out"
    _put(tmp_path / ".dvc/cache", PLAIN, TEXT)
    out.mkdir()
    (out / f"{PLAIN}.part").write_bytes(kept)
    assert Path(_store(tmp_path).copy(pin, str(out))).read_bytes() == TEXT
    assert [path.name for path in out.iterdir()] == [PLAIN]


def test_what_was_read_before_a_cut_is_not_read_again(tmp_path: Path) -> None:
    target, asked = tmp_path / "x.csv", []

    def chunks(start: int) -> Iterator[bytes]:
        asked.append(start)
        yield TEXT[start : start + 4]
        if start < 4:
            raise ConnectionError("cut")
        yield TEXT[start + 4 :]

    for _ in range(2):
        with suppress(ConnectionError):
            write_verified(Pin("x.csv", md5=PLAIN, hash="md5"), chunks, str(target), lambda _: None)
    assert (asked, target.read_bytes()) == ([0, 4], TEXT)


@cases("kept, first", [(b"corrupt", []), (TEXT + b"more", []), (b"", [TEXT[:4]]), (TEXT[:2], [b"other"])])
def test_bytes_are_counted_once_however_often_they_are_moved(tmp_path: Path, kept: bytes, first: list[bytes]) -> None:
    """A partial file that is corrupt, and a place that breaks off or has other bytes, before one that is whole."""
    pin, target, moved = Pin("x.csv", md5=PLAIN, hash="md5"), tmp_path / "x.csv", list[int]()
    (tmp_path / "x.csv.part").write_bytes(kept)

    def breaks_off(start: int) -> Iterator[bytes]:
        yield from first
        raise ConnectionError("cut")

    if first:
        with suppress(ConnectionError):
            write_verified(pin, breaks_off, str(target), moved.append)
    write_verified(pin, lambda start: iter([TEXT[start:]]), str(target), moved.append)
    assert (sum(moved), target.read_bytes()) == (len(TEXT), TEXT)


def test_a_second_digest_is_held_too(tmp_path: Path) -> None:
    _put(tmp_path / ".dvc/cache", PLAIN, TEXT)
    with pytest.raises(Undecided):
        _store(tmp_path).read(Pin("x.csv", md5=PLAIN, hash="md5", sha256="0" * 64))


def test_a_file_in_git(tmp_path: Path) -> None:
    store = DataStore(str(tmp_path), lambda _: NO_PROJECT, {git_blob(TEXT): TEXT}.__getitem__)
    assert store.read(Pin("x.csv", git_blob=git_blob(TEXT))) == TEXT


@pytest.mark.parametrize("md5", ["../../etc/passwd", "0" * 31, "x" * 32])
def test_a_digest_that_is_none_reaches_no_path(tmp_path: Path, md5: str) -> None:
    with pytest.raises(Undecided):
        _store(tmp_path).read(Pin("x.csv", md5=md5, hash="md5"))


def test_a_folder_s_listing_names_its_files(tmp_path: Path) -> None:
    listing = json.dumps([{"md5": PLAIN, "relpath": "in/x.csv"}]).encode()
    digest = hashlib.md5(listing).hexdigest() + ".dir"
    _put(tmp_path / ".dvc/cache", digest, listing)
    (member,) = _store(tmp_path).members(Pin("data", md5=digest, hash="md5"))
    assert (member.path, member.md5) == ("data/in/x.csv", PLAIN)


def _folder(store: Path, files: dict[str, bytes]) -> Pin:
    """A folder of these files in a cache or remote."""
    digests = {path: hashlib.md5(data).hexdigest() for path, data in files.items()}
    for path, data in files.items():
        _put(store, digests[path], data)
    listing = json.dumps([{"md5": digests[path], "relpath": path} for path in sorted(files)], sort_keys=True).encode()
    digest = hashlib.md5(listing).hexdigest() + ".dir"
    assert digest == folder_md5(digests)
    _put(store, digest, listing)
    return Pin("data", md5=digest, hash="md5")


def _there(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_copied_with_its_files_at_their_paths_and_those_alone_that_are_needed(tmp_path: Path) -> None:
    parts = {f"day={n}/part.parquet": b"%d" % n for n in range(20)}
    pin = _folder(tmp_path / ".dvc/cache", parts | {"_SUCCESS": b"", "twin.csv": b"7"})
    lost = hashlib.md5(b"").hexdigest()
    (tmp_path / f".dvc/cache/files/md5/{lost[:2]}/{lost[2:]}").unlink()
    out = tmp_path / "out"
    assert _there(Path(_store(tmp_path).copy(pin, str(out), parts=(".parquet",)))) == parts
    with pytest.raises(Undecided, match=rf"^data/_SUCCESS \({lost}\) is not in the DVC cache"):
        _store(tmp_path).copy(pin, str(out))
    assert len(list(out.iterdir())) == 1  # nothing of the second try


def test_one_that_is_not_to_be_had_leaves_the_others(tmp_path: Path) -> None:
    cache = tmp_path / ".dvc/cache"
    files = [Pin(f"{n}.csv", md5=hashlib.md5(b"%d" % n).hexdigest(), hash="md5") for n in range(12)]
    for n, pin in enumerate(files):
        _put(cache, str(pin.md5), b"%d" % n if n != 5 else b"altered")
    folder = _folder(cache, {"a": b"a", "b": b"b"})
    found = _store(tmp_path).copies([*files, folder], str(tmp_path))
    assert isinstance(found[files[5]], Undecided) and Path(str(found[folder]), "b").read_bytes() == b"b"
    assert [Path(str(found[pin])).read_bytes() for pin in files if pin is not files[5]] == [
        b"%d" % n for n in range(12) if n != 5
    ]
    with pytest.raises(Undecided, match=r"^5\.csv .*altered in the DVC cache.*not in the work tree.*no DVC remote"):
        _store(tmp_path).copy_all([*files, folder], str(tmp_path / "again"))


@pytest.mark.parametrize("paths", [("a", "a"), ("a", "a/b")])
def test_a_listing_that_names_one_thing_twice(tmp_path: Path, paths: tuple[str, str]) -> None:
    listing = json.dumps([{"md5": PLAIN, "relpath": path} for path in paths]).encode()
    digest = hashlib.md5(listing).hexdigest() + ".dir"
    _put(tmp_path / ".dvc/cache", digest, listing)
    with pytest.raises(Undecided, match=r"the listing of data names 'a(/b)?' as two things"):
        _store(tmp_path).copy(Pin("data", md5=digest, hash="md5"), str(tmp_path))


@pytest.mark.parametrize("listing", [b"{}", b"[1]", b'[{"md5": "x", "relpath": "../../x"}]', b"not json"])
def test_a_listing_that_is_not_dvc_s(tmp_path: Path, listing: bytes) -> None:
    digest = hashlib.md5(listing).hexdigest() + ".dir"
    _put(tmp_path / ".dvc/cache", digest, listing)
    with pytest.raises(Undecided):
        if not _store(tmp_path).members(Pin("data", md5=digest, hash="md5")):
            raise Undecided("an empty listing")


def test_the_cache_may_lie_elsewhere(tmp_path: Path) -> None:
    _put(tmp_path / "elsewhere", PLAIN, TEXT)
    store = _store(tmp_path / "repository", "[cache]\n    dir = ../../elsewhere\n")
    assert store.read(Pin("x.csv", md5=PLAIN, hash="md5")) == TEXT


def test_local_settings_win(tmp_path: Path) -> None:
    _put(tmp_path / "second", PLAIN, TEXT)
    config = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../first\n"
    store = _store(tmp_path / "repository", config)
    (tmp_path / "repository/.dvc/config.local").write_text("['remote \"storage\"']\n    url = ../../second\n")
    assert store.absence_reason(Pin("x.csv", md5=PLAIN, hash="md5")) is None


def test_no_remote_and_no_such_remote(tmp_path: Path) -> None:
    with pytest.raises(Error, match="no DVC remote is configured"):
        _store(tmp_path).absence_reason(Pin("x.csv", md5=PLAIN, hash="md5"))
    with pytest.raises(Error, match="there is no DVC remote 'nowhere'"):
        _store(tmp_path).absence_reason(Pin("x.csv", md5=PLAIN, hash="md5", remote="nowhere"))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a real http server on a folder, ended by its own id; it takes its time for what starts with z."""
    folder = tmp_path / "served"
    folder.mkdir()
    script = (
        "import functools, time, http.server as h\n"
        "class Handler(h.SimpleHTTPRequestHandler):\n"
        "    def copyfile(self, source, output):\n"
        "        for chunk in iter(lambda: source.read(1 << 20), b''):\n"
        "            output.write(chunk)\n"
        "            time.sleep(0.2 if chunk.startswith(b'z') else 0)\n"
        f"handler = functools.partial(Handler, directory={str(folder)!r})\n"
        "s = h.ThreadingHTTPServer(('127.0.0.1', 0), handler)\n"
        "print(s.server_port, flush=True)\ns.serve_forever()\n"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdout is not None
    yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    server.terminate()
    server.wait()


def _http(tmp_path: Path, url: str) -> DataStore:
    return _store(tmp_path / "repository", f"[core]\n    remote = web\n['remote \"web\"']\n    url = {url}\n")


def test_from_an_http_remote_through_dvc(tmp_path: Path, served: str) -> None:
    big = b"0123456789abcdef" * 500_000
    digest = hashlib.md5(big).hexdigest()
    _put(tmp_path / "served", digest, big)
    store = _http(tmp_path, served)
    output = sys.stdout
    assert store.absence_reason(Pin("x.bin", md5=digest, hash="md5")) is None
    assert store.read(Pin("x.bin", md5=digest, hash="md5")) == big
    assert "is not in the DVC remote 'web'" in str(store.absence_reason(Pin("x.csv", md5=PLAIN, hash="md5")))
    assert sys.stdout is output


def test_a_long_fetch_is_told_on_standard_error(
    tmp_path: Path, served: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mlops_gitops.runtime.progress.HEARTBEAT", 0.1)
    data = b"z" * (3 << 20)
    pin = Pin("x.bin", md5=hashlib.md5(data).hexdigest(), hash="md5", size=len(data))
    _put(tmp_path / "served", str(pin.md5), data)
    capsys.readouterr()
    assert Path(_http(tmp_path, served).copy(pin, str(tmp_path))).read_bytes() == data
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-1].startswith("fetching: 0 of 1 file, ")) == ("", True)
    assert " of 3.1 MB, " in err.splitlines()[-1]


def test_an_http_remote_that_serves_other_bytes(tmp_path: Path, served: str) -> None:
    _put(tmp_path / "served", PLAIN, b"altered")
    with pytest.raises(Undecided, match="altered in the DVC remote 'web'"):
        _http(tmp_path, served).read(Pin("x.csv", md5=PLAIN, hash="md5"))


def test_an_http_remote_that_does_not_answer_is_not_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(Undecided, match="does not answer"):
        _http(tmp_path, "http://127.0.0.1:9").absence_reason(Pin("x.csv", md5=PLAIN, hash="md5"))


def test_reading_one_file_of_a_large_repository_is_quick_enough_for_a_hook(repository: Repository) -> None:
    """Not a timing test: it shows that DVC, which walks every .dvc file, is not asked."""
    script = (
        "import sys; from mlops_gitops.cli.main import main; code = main(['gate', 'churn', '--format', 'json']);"
        "print('dvc' in sys.modules, file=sys.stderr)"
    )
    root = str(Path(__file__).parent.parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repository.root, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": root, "PATH": "/usr/bin:/bin", "HOME": str(repository.root)},
    )  # fmt: skip
    assert (json.loads(done.stdout)["outcome"], done.stderr) == ("passed", "False\n")
