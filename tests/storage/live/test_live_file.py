"""Windows of live data: read by their path, hashed as they are copied, and refused where they are not whole."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from buckets import S3, Project
from cases import cases
from messages import lacking

from mlops_gitops.core import canonical
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.git.repository import open_repository
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.live.live_file import LiveFile, read_live_file, read_place
from mlops_gitops.storage.live.local_place import repository_place
from mlops_gitops.storage.live.place import Growing, Limits, NotThere, Part, Place
from mlops_gitops.storage.live.remote_place import RemotePlace
from mlops_gitops.storage.remotes import DvcRemote

NEAR = "models/churn/monitoring.yaml"
ROWS, MORE = b"id,age\n1,30\n", b"id,age\n2,41\n"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _project(tmp_path: Path, **remotes: str) -> Project:
    (tmp_path / "out").mkdir()
    return Project.begin(tmp_path / "r", {name: {"url": url} for name, url in remotes.items()})


def _store(project: Project) -> DataStore:
    return replace(project.store, tracked=open_repository(str(project.root)).tracked)


def _read(store: DataStore, location: str, declared: str = "", **limits: int) -> LiveFile:
    into = Path(store.root).parent / "out"
    return read_live_file(store, location, str(into), near=NEAR, declared=declared, limits=Limits(**limits))


def _refusal(store: DataStore, location: str, declared: str = "", **limits: int) -> Undecided:
    """Why a window is refused; nothing of it is left behind."""
    before = os.listdir(Path(store.root).parent / "out")
    with pytest.raises(Undecided) as caught:
        _read(store, location, declared, **limits)
    assert "\n" not in caught.value.message
    assert caught.value.help or "put the file itself there" in caught.value.message
    assert os.listdir(Path(store.root).parent / "out") == before
    return caught.value


def _put(project: Project, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        project.write(path, data)


def test_a_file_and_a_folder_of_parts_of_the_repository(tmp_path: Path) -> None:
    project = _project(tmp_path)
    _put(project, {"live/one.csv": ROWS, "live/day/b/2.csv": MORE, "live/day/1.csv": ROWS, "live/day/_SUCCESS": b""})
    file, folder = _read(_store(project), "live/one.csv"), _read(_store(project), "live/day/")
    assert (file.format, file.digest, file.size, file.parts) == ("csv", f"sha256:{_sha(ROWS)}", len(ROWS), 1)
    assert Path(file.path).read_bytes() == ROWS
    assert folder.digest == canonical.digest({"1.csv": _sha(ROWS), "b/2.csv": _sha(MORE)})
    assert (folder.format, folder.size, folder.parts) == ("csv", len(ROWS + MORE), 2)
    assert (Path(folder.path) / "b/2.csv").read_bytes() == MORE
    assert not (Path(folder.path) / "_SUCCESS").exists()
    assert _read(_store(project), "live/day").digest == folder.digest


def test_the_newest_part_says_how_old_a_window_is_and_a_file_of_a_clone_does_not(tmp_path: Path) -> None:
    project = _project(tmp_path, storage="../../storage")
    _put(project, {"live/1.csv": ROWS, "live/2.csv": MORE, "kept.csv": ROWS, "added.csv": ROWS})
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    for name, at in (("1.csv", noon), ("2.csv", noon + timedelta(hours=3))):
        os.utime(project.root / "live" / name, (at.timestamp(), at.timestamp()))
    subprocess.run(["git", "-C", project.root, "add", "kept.csv"], check=True)
    project.add("added.csv")
    assert _read(_store(project), "live/").modified == noon + timedelta(hours=3)
    assert [_read(_store(project), path).modified for path in ("kept.csv", "added.csv")] == [None, None]
    project.forget("added.csv")
    fetched = _read(_store(project), "added.csv")
    assert (fetched.digest, fetched.modified) == (f"sha256:{_sha(ROWS)}", None)


def test_what_dvc_tracks_is_fetched_by_its_digest_and_a_folder_around_it_is_named(tmp_path: Path) -> None:
    project = _project(tmp_path, storage="../../storage")
    _put(project, {"day/1.csv": ROWS, "day/2.csv": MORE})
    project.add("day")
    project.forget("day")
    assert _read(_store(project), "day/").digest == canonical.digest({"1.csv": _sha(ROWS), "2.csv": _sha(MORE)})
    refused = _refusal(_store(project), "day/1.csv")
    assert isinstance(refused, NotThere) and not lacking(refused.message, "day/1.csv", "day")
    assert "dvc pull day" in refused.help


def _local(tmp_path: Path) -> tuple[Project, str, Callable[[str, bytes], None]]:
    project = _project(tmp_path, live=str(tmp_path / "live"))
    (tmp_path / "live").mkdir()

    def write(path: str, data: bytes) -> None:
        place = tmp_path / "live" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    return project, "remote://live/", write


def _bucket(tmp_path: Path, s3: S3) -> tuple[Project, str, Callable[[str, bytes], None]]:
    folder = f"plain/{tmp_path.parent.name}-{tmp_path.name}"
    project = _project(tmp_path, live=f"s3://{folder}")
    config = (project.root / ".dvc/config").read_text()
    project.write(".dvc/config", f"{config}    endpointurl = {s3.url}\n")

    def write(path: str, data: bytes) -> None:
        s3.client.put_object(Bucket="plain", Key=f"{folder.removeprefix('plain/')}/{path}", Body=data)

    return project, "remote://live/", write


@cases("kind", ["folder", "s3"])
def test_a_window_in_a_remote(kind: str, tmp_path: Path, s3: S3) -> None:
    project, remote, write = _local(tmp_path) if kind == "folder" else _bucket(tmp_path, s3)
    write("scored/production/2026-01-05/part-1.csv", ROWS)
    write("scored/production/2026-01-05/hour=01/part-2.csv", MORE)
    write("scored/production/2026-01-05/.part-1.csv.crc", b"crc")
    write("labels/2026-01-05.csv", ROWS)
    if kind == "s3":
        write("scored/production/2026-01-05/", b"")  # as a console makes a folder
    folder = _read(_store(project), f"{remote}scored/production/2026-01-05/")
    assert folder.digest == canonical.digest({"part-1.csv": _sha(ROWS), "hour=01/part-2.csv": _sha(MORE)})
    assert {str(path.relative_to(folder.path)) for path in Path(folder.path).rglob("*.*")} == {
        "part-1.csv", "hour=01/part-2.csv",
    }  # fmt: skip
    file = _read(_store(project), f"{remote}labels/2026-01-05.csv")
    assert (file.digest, file.parts, Path(file.path).read_bytes()) == (f"sha256:{_sha(ROWS)}", 1, ROWS)
    for found in (folder, file):
        assert found.modified and abs(datetime.now(UTC) - found.modified) < timedelta(hours=1)
    write("labels/2026-01-05.csv", MORE)  # what was listed before is not taken for what is there now
    assert _read(_store(project), f"{remote}labels/2026-01-05.csv").digest == f"sha256:{_sha(MORE)}"


REFUSED = [  # what lies there, the location, what it is declared as, limits → facts of the refusal
    ({}, "day/", "", {}, ("nothing", "day/")),
    ({}, "day.csv", "", {}, ("nothing", "day.csv")),
    ({"day.csv": ROWS}, "day.csv/", "", {}, ("nothing", "day.csv/")),
    ({"day/_SUCCESS": b""}, "day/", "", {}, ("day/", "no part")),
    ({"day/1.csv": ROWS, "day/2.csv.gz": b"x"}, "day/", "", {}, ("2.csv.gz", ".csv")),
    ({"day/1.csv": ROWS, "day/2.parquet": b"x"}, "day/", "", {}, ("2.parquet", ".csv")),
    ({"day/1.csv": ROWS}, "day/", "parquet", {}, ("1.csv", ".parquet")),
    ({"day/1.csv": ROWS, "day/_delta_log/0.json": b"{}"}, "day/", "", {}, ("_delta_log/0.json",)),
    ({"day/model.pkl": b"x"}, "day/", "", {}, ("model.pkl",)),
    ({"day.bin": ROWS}, "day.bin", "", {}, ("format", "day.bin")),
    ({"day/1.csv": ROWS, "day/_temporary/0/2.csv": MORE}, "day/", "", {}, ("growing", "_temporary/0/2.csv")),
    ({"day/1.csv": ROWS, "day/2.csv": MORE}, "day/", "", {"size": 20}, ("24", "20", "bytes")),
    ({"day.csv": ROWS}, "day.csv", "", {"size": 11}, ("12", "11", "bytes")),
    ({"day/1.csv": ROWS, "day/2.csv": MORE}, "day/", "", {"parts": 1}, ("1", "parts")),
    ({"day.csv": POINTER}, "day.csv", "", {}, ("day.csv", "Git LFS pointer")),
    ({"day/1\x1b[31m.csv": ROWS}, "day/", "", {}, (r"1\x1b[31m.csv",)),
]


@pytest.mark.parametrize("kind", ["repository", "folder", "s3"])
def test_a_window_that_is_not_whole_is_refused(kind: str, tmp_path: Path, s3: S3) -> None:
    project, start, write = _bucket(tmp_path, s3) if kind == "s3" else _local(tmp_path)
    if kind == "repository":
        start, write = "", project.write
    store = _store(project)
    for number, (files, location, declared, limits, facts) in enumerate(REFUSED):
        for path, data in files.items():
            write(f"{number}/{path}", data)
        refused = _refusal(store, f"{start}{number}/{location}", declared, **limits)
        assert not lacking(refused.message, *facts), (location, refused.message)
        assert isinstance(refused, NotThere) == ("nothing" in facts)
        assert isinstance(refused, Growing) == ("growing" in facts)


@cases("location", [
    "../out.csv", "/etc/passwd", "a/../b.csv", "a//b.csv", "", "remote://", "remote://live", "remote://live/",
    "remote:///x.csv", "remote://live/../x.csv", "remote://live//etc/passwd", "a\\b.csv", "a\nb.csv",
])  # fmt: skip
def test_a_location_leads_nowhere_else(location: str, tmp_path: Path) -> None:
    project, _, _ = _local(tmp_path)
    assert "is not a path inside of" in _refusal(_store(project), location).message


@cases("link,target,location", [
    ("r/live/day.csv", "out.csv", "live/day.csv"),
    ("r/live/day/1.csv", "out.csv", "live/day/"),
    ("r/live/day", "elsewhere", "live/day/"),
    ("r/live", "elsewhere", "live/1.csv"),
    ("live/day.csv", "out.csv", "remote://live/day.csv"),
    ("live/day/1.csv", "out.csv", "remote://live/day/"),
    ("live/day", "elsewhere", "remote://live/day/1.csv"),
    ("live/day/again", "live/day", "remote://live/day/"),
])  # fmt: skip
def test_no_link_leads_out(link: str, target: str, location: str, tmp_path: Path) -> None:
    project, _, _ = _local(tmp_path)
    for path in ("out.csv", "elsewhere/1.csv"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(ROWS)
    (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / link).symlink_to(tmp_path / target)
    assert "symbolic link" in _refusal(_store(project), location).message


def test_a_folder_remote_that_a_link_of_the_repository_stands_for(tmp_path: Path) -> None:
    project = _project(tmp_path, live="../inner")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/1.csv").write_bytes(ROWS)
    (project.root / "inner").symlink_to(tmp_path / "elsewhere")
    assert not lacking(_refusal(_store(project), "remote://live/1.csv").message, "live", "symbolic link")


@cases("path", [".git/x.csv", ".dvc/config", "sub/.dvc/tmp/x.csv"])
def test_the_settings_of_git_and_dvc_are_no_window(path: str, tmp_path: Path) -> None:
    project = _project(tmp_path)
    project.write(path, ROWS)
    assert "Git or DVC" in _refusal(_store(project), path, "csv").message


def test_what_is_no_plain_file(tmp_path: Path) -> None:
    project = _project(tmp_path)
    (project.root / "live").mkdir()
    os.mkfifo(project.root / "live/1.csv")
    assert not lacking(_refusal(_store(project), "live/").message, "live/1.csv", "not a plain file")
    assert not lacking(_refusal(_store(project), "live/1.csv").message, "live/1.csv", "not a plain file")


def test_remotes_that_are_not_there_or_do_not_answer(tmp_path: Path) -> None:
    project = _project(tmp_path, gone=str(tmp_path / "gone"), closed="s3://bucket/x", web="http://127.0.0.1:9/x")
    config = (project.root / ".dvc/config").read_text()
    project.write(".dvc/config", config.replace("s3://bucket/x", "s3://bucket/x\n    endpointurl = http://127.0.0.1:9"))
    for remote, facts in {
        "unknown": ("unknown", ".dvc/config"),
        "gone": ("gone", str(tmp_path / "gone")),
        "closed": ("closed", "does not answer"),
        "web": ("web", "does not answer"),
    }.items():
        assert not lacking(_refusal(_store(project), f"remote://{remote}/day.csv").message, *facts), remote


def test_a_bucket_that_is_not_there(tmp_path: Path, s3: S3) -> None:
    project = _project(tmp_path, live="s3://nowhere/x")
    config = (project.root / ".dvc/config").read_text()
    project.write(".dvc/config", f"{config}    endpointurl = {s3.url}\n")
    for location in ("remote://live/day.csv", "remote://live/day/"):
        refused = _refusal(_store(project), location)
        assert not lacking(refused.message, "live", "bucket does not exist") and not isinstance(refused, NotThere)


def test_the_remote_of_a_project_below_the_top(tmp_path: Path) -> None:
    project = _project(tmp_path)
    (tmp_path / "live").mkdir()
    (tmp_path / "live/day.csv").write_bytes(ROWS)
    section = f"['remote \"live\"']\n    url = {tmp_path / 'live'}\n"
    project.write("ml/.dvc/config", section)
    assert _read(_store(project), "remote://live/day.csv").digest == f"sha256:{_sha(ROWS)}"
    project.write("other/.dvc/config", section)
    assert not lacking(
        _refusal(_store(project), "remote://live/day.csv").message, "ml/.dvc/config", "other/.dvc/config"
    )


@dataclass
class Meanwhile:
    """A real place where something happens once a part is being read."""

    place: Place
    action: Callable[[], object]

    def listing(self) -> tuple[Part, ...]:
        """As it is."""
        return self.place.listing()

    def chunks(self, part: Part) -> Iterator[bytes]:
        """The bytes, and what happens before the last of them is read."""
        self.action()
        yield from self.place.chunks(part)


def _rewritten(path: Path) -> None:
    """Other bytes, as many as before, and the old time of modification."""
    status = path.stat()
    path.write_bytes(MORE)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


LOCAL_CHANGES: dict[str, Callable[[Path], object]] = {
    "grows": lambda folder: (folder / "1.csv").write_bytes(ROWS * 2),
    "is written again": lambda folder: _rewritten(folder / "1.csv"),
    "is cut": lambda folder: (folder / "1.csv").write_bytes(b""),
    "is gone": lambda folder: (folder / "1.csv").unlink(),
    "gets a part": lambda folder: (folder / "2.csv").write_bytes(MORE),
    "is finished": lambda folder: (folder / "_SUCCESS").write_bytes(b""),
}


@cases("what", LOCAL_CHANGES)
def test_a_folder_that_changes_while_it_is_read(what: str, tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    (tmp_path / "day/1.csv").write_bytes(ROWS)
    place = Meanwhile(repository_place(str(tmp_path), "day/", 9), partial(LOCAL_CHANGES[what], tmp_path / "day"))
    with pytest.raises(Growing) as caught:
        read_place(place, "day/", "", str(tmp_path), Limits())
    assert not lacking(caught.value.message, "day/", "still growing")


def test_a_bucket_that_changes_while_it_is_read(tmp_path: Path, s3: S3) -> None:
    project, _, write = _bucket(tmp_path, s3)
    remote = project.store.stores(Pin(NEAR)).named("live")
    assert isinstance(remote, DvcRemote)
    for number, (path, data) in enumerate([("1.csv", ROWS * 2), ("1.csv", MORE), ("2.csv", MORE)]):
        write(f"{number}/1.csv", ROWS)
        place = Meanwhile(RemotePlace(remote, f"{number}/"), partial(write, f"{number}/{path}", data))
        with pytest.raises(Growing):
            read_place(place, "day/", "", str(tmp_path), Limits())


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A server of the folder `web`."""
    (tmp_path / "web").mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "web")))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_over_http_and_no_folder(tmp_path: Path, web: str) -> None:
    project = _project(tmp_path, live=web)
    (tmp_path / "web/day.csv").write_bytes(ROWS)
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    os.utime(tmp_path / "web/day.csv", (noon.timestamp(), noon.timestamp()))
    found = _read(_store(project), "remote://live/day.csv")
    assert (found.digest, found.size, found.modified) == (f"sha256:{_sha(ROWS)}", len(ROWS), noon)
    assert isinstance(_refusal(_store(project), "remote://live/other.csv"), NotThere)
    assert "HTTP" in _refusal(_store(project), "remote://live/day/").message
