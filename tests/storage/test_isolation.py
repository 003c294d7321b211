"""Where DVC reads: an empty folder, no token of the forge, and everything that reaches a remote as it was."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from buckets import KEYS, S3, Project

from mlops_gitops.core.errors import Error
from mlops_gitops.records.release import Pin
from mlops_gitops.runtime.forge_credentials import WITHHELD
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.dvc_project import NO_PROJECT, DvcProject
from mlops_gitops.storage.isolation import isolated

BLOB = b"a,b\n1,2\n"


def _nothing(path: str, what: str) -> None:
    """Nothing is tracked."""


@pytest.mark.parametrize("name", [*WITHHELD, "MLOPS_GITOPS_WEBHOOK_ON_CALL"])
def test_tokens_and_webhooks_are_withheld_and_given_back(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "secret")
    with isolated(_nothing):
        assert name not in os.environ
        with isolated(_nothing):
            pass
        assert name not in os.environ
    assert os.environ[name] == "secret"


def test_the_folder_is_empty_and_left_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with isolated(_nothing):
        assert os.listdir() == [] and Path.cwd() != tmp_path
    assert Path.cwd() == tmp_path


def test_threads_that_overlap_leave_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inside, done = threading.Barrier(2), threading.Event()

    def stay() -> None:
        with isolated(_nothing):
            inside.wait()
            done.wait()

    other = threading.Thread(target=stay)
    other.start()
    inside.wait()
    with isolated(_nothing):
        pass
    assert Path.cwd() != tmp_path
    done.set()
    other.join()
    assert Path.cwd() == tmp_path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_PROFILE", "ci"),
        ("AZURE_STORAGE_CONNECTION_STRING", "AccountName=x"),
        ("AZURE_CLIENT_SECRET", "s3cret"),
        ("DVC_NO_ANALYTICS", "1"),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ("NO_PROXY", "example.org"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/else.json"),
    ],
)
def test_what_reaches_a_remote_stays(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with isolated(_nothing):
        assert os.environ[name] == value


@pytest.mark.parametrize("name", ["GOOGLE_APPLICATION_CREDENTIALS", "AWS_CONFIG_FILE", "AZURE_CONFIG_DIR"])
def test_a_file_that_counts_from_the_current_folder_is_still_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, "own")
    with isolated(_nothing):
        assert Path(os.environ[name]).read_text() == "{}"
    assert os.environ[name] == "own"


# ── real remotes ──


def _s3_project(root: Path, s3: S3) -> tuple[Project, Pin]:
    project = Project.begin(root, {"storage": {"url": f"s3://plain/{root.parent.name}", "endpointurl": s3.url}})
    project.write("x.csv", BLOB)
    pin = project.add("x.csv")
    project.forget("x.csv")
    return project, pin


def test_a_credentials_file_by_a_relative_path_works_unless_git_tracks_it(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlops_gitops.git.repository import Git

    project, pin = _s3_project(tmp_path / "repository", s3)
    for name in KEYS:
        monkeypatch.delenv(name)
    project.write("own", "[default]\naws_access_key_id = x\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "own")
    monkeypatch.chdir(project.root)
    found, git = DvcProject("", (project.root / ".dvc/config").read_text()), Git(str(project.root))
    assert DataStore(str(project.root), lambda _: found, git.blob, tracked=git.tracked).read(pin) == BLOB
    git.run("add", "own")
    with pytest.raises(Error, match="AWS_SHARED_CREDENTIALS_FILE names own, which git tracks"):
        DataStore(str(project.root), lambda _: found, git.blob, tracked=Git(git.root).tracked).read(pin)


def test_a_remote_of_the_user_s_own_settings_is_reached(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, pin = _s3_project(tmp_path / "repository", s3)
    folder = tmp_path / "own settings"
    folder.mkdir()
    (project.root / ".dvc/config").rename(folder / "config")
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(folder))
    assert DataStore(str(project.root), lambda _: NO_PROJECT, bytes).read(pin) == BLOB


@pytest.fixture
def proxy() -> Iterator[str]:
    """A proxy that answers for every host itself."""

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path.startswith("http://models.example.invalid/")
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(BLOB)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(BLOB)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_proxy_is_used(tmp_path: Path, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, proxy)
    project = Project.begin(tmp_path / "repository", {"storage": {"url": "http://models.example.invalid/x"}})
    assert project.store.read(Pin("x.csv", md5=hashlib.md5(BLOB).hexdigest(), hash="md5")) == BLOB
