"""DVC's settings: what a committed file may say, what a machine adds, and what nobody takes from a pull request."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import Repository
from messages import lacking

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.git.repository import Git
from mlops_gitops.records.release import Pin
from mlops_gitops.storage import dvc_settings
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.dvc_project import DvcProject
from mlops_gitops.storage.dvc_settings import ADDRESSES, NAMING, TAKEN, DvcSettings

SOMETHING = Pin("x.csv", md5="0" * 32, hash="md5")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty git repository, on a machine without settings of DVC."""
    for name in ("DVC_SYSTEM_CONFIG_DIR", "DVC_GLOBAL_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    root = tmp_path / "repository"
    (root / ".dvc").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


def _remote(name: str, **values: str) -> str:
    return f"['remote \"{name}\"']\n" + "".join(f"    {key} = {value}\n" for key, value in values.items())


def _settings(root: Path, text: str = "", *, base: bool = True) -> DvcSettings:
    return DvcSettings(str(root), DvcProject("", text, base), Git(str(root)).tracked)


def _known(root: Path, text: str, name: str = "storage", *, base: bool = True) -> dict[str, str]:
    """What DVC is to know of a remote."""
    found: dict[str, str] = _settings(root, text, base=base).for_dvc(name)["remote"][name]
    return found


def _local(root: Path, text: str) -> None:
    (root / ".dvc/config.local").write_text(text)


def _track(root: Path, path: str) -> None:
    subprocess.run(["git", "add", "--force", path], cwd=root, check=True)


# ── what may be committed ──


def test_every_key_that_dvc_knows_is_taken_or_refused() -> None:
    from dvc.config_schema import REMOTE_SCHEMAS

    known = {str(key) for scheme, keys in REMOTE_SCHEMAS.items() if scheme != "remote" for key in keys}
    assert known == TAKEN | NAMING
    assert not TAKEN & NAMING and ADDRESSES <= TAKEN


def test_the_paths_that_dvc_resolves_are_known() -> None:
    from dvc.config import Config

    seen = set[str]()
    keys = {key: f"{key}-x" for key in TAKEN | NAMING}
    resolved = Config._map_dirs({"remote": {"x": keys}}, lambda value: seen.add(value) or value)
    assert resolved and {entry.removesuffix("-x") for entry in seen} == dvc_settings._PATHS - {"dir"}


@pytest.mark.parametrize("key", sorted(NAMING))
@pytest.mark.parametrize("through", ["", "remote://storage/below"])
def test_a_committed_file_or_program_is_refused(root: Path, key: str, through: str) -> None:
    text = _remote("storage", url="s3://models/x", **{key: "../tools/x"}) + _remote("other", url=through or "s3://x/y")
    with pytest.raises(Error, match=f"`{key}` of the DVC remote 'storage'") as refused:
        _known(root, text, "other" if through else "storage")
    assert f"dvc remote modify --local storage {key}" in refused.value.help
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(("value", "taken"), [("true", True), ("False", True), ("tools/ca.pem", False), ("", False)])
def test_ssl_verify_is_a_switch_and_no_path(root: Path, value: str, taken: bool) -> None:
    text = _remote("storage", url="https://example.org/x", ssl_verify=value)
    if taken:
        assert _known(root, text)["ssl_verify"] == value
    else:
        with pytest.raises(Error, match="`ssl_verify`"):
            _known(root, text)


def test_an_unknown_key_is_refused(root: Path) -> None:
    with pytest.raises(Error, match=r"`startup_program`.* is not known"):
        _known(root, _remote("storage", url="s3://models/x", startup_program="x"))


def test_what_an_address_needs_stays(root: Path) -> None:
    said = {"url": "s3://models/x", "profile": "ci", "region": "eu-west-1", "endpointurl": "http://127.0.0.1:9"}
    assert _known(root, _remote("Storage", **said, version_aware="true")) == {**said, "version_aware": "true"}


def test_a_folder_beside_the_repository_is_found(root: Path) -> None:
    assert _known(root, _remote("storage", url="../../storage"))["url"] == str(root.parent / "storage")


def test_a_value_that_only_dvc_reads_is_no_matter_where_nobody_needs_it(root: Path) -> None:
    text = "[cache]\n    type = reflink,symlink\n" + _remote("storage", url="../../storage")
    assert _known(root, text)["url"] == str(root.parent / "storage")
    with pytest.raises(Error, match="cannot be read"):
        _known(root, text.replace("../../storage", "a,b"))


def test_a_remote_that_refers_to_itself(root: Path) -> None:
    text = _remote("a", url="remote://b/x") + _remote("b", url="remote://a/y")
    with pytest.raises(Error, match="refers to itself"):
        _known(root, text, "a")


# ── what a machine adds ──


def test_an_untracked_local_file_counts(root: Path) -> None:
    _local(root, _remote("storage", password="s3cret"))
    assert _known(root, _remote("storage", url="https://example.org/x"))["password"] == "s3cret"


def test_a_local_file_replaces_what_may_not_be_committed(root: Path) -> None:
    _local(root, _remote("storage", credentialpath="../../own"))
    known = _known(root, _remote("storage", url="s3://models/x", credentialpath="../tools/aws"))
    assert known["credentialpath"] == str(root.parent / "own")


def test_the_user_s_and_the_system_s_settings_count(root: Path, tmp_path: Path) -> None:
    for name, text in {
        "DVC_SYSTEM_CONFIG_DIR": "[core]\n    remote = far\n" + _remote("far", url="s3://far/x", profile="one"),
        "DVC_GLOBAL_CONFIG_DIR": _remote("far", profile="two", credentialpath="beside"),
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config").write_text(text)
    settings = _settings(root)
    assert settings.value("core", "remote") == "far"
    far = settings.for_dvc("far")["remote"]["far"]
    assert far == {
        "url": "s3://far/x", "profile": "two", "credentialpath": str(tmp_path / "DVC_GLOBAL_CONFIG_DIR/beside")
    }  # fmt: skip


def test_what_only_dvc_reads_is_read_by_dvc(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "DVC_GLOBAL_CONFIG_DIR"
    folder.mkdir()
    (folder / "config").write_text(
        '[core]\n    remote = far\n[remote "far"]\n    url = s3://x/%(user)s\n    user = ada\n'
    )
    assert _settings(root).for_dvc("far")["remote"]["far"]["url"] == "s3://x/ada"


def test_its_folders_are_those_of_dvc(monkeypatch: pytest.MonkeyPatch) -> None:
    from dvc.dirs import global_config_dir, system_config_dir

    assert dvc_settings._folders() == [system_config_dir(), global_config_dir()]
    for name in ("DVC_SYSTEM_CONFIG_DIR", "DVC_GLOBAL_CONFIG_DIR"):
        monkeypatch.setenv(name, f"/own/{name}")
    assert dvc_settings._folders() == [system_config_dir(), global_config_dir()]


# ── what nobody takes from a pull request ──


@pytest.mark.parametrize("name", [".dvc/config.local", ".DVC/config.local", ".dvc/Config.Local"])
def test_a_local_file_that_git_tracks_is_refused(root: Path, name: str) -> None:
    place = root / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(_remote("storage", url="s3://evil/x"))
    _track(root, name)
    _local(root, "")
    with pytest.raises(Error, match="tracked by git") as refused:
        _known(root, _remote("storage", url="../x"))
    assert refused.value.help == f"git rm --cached {name}"


def test_settings_behind_a_link_are_refused(root: Path) -> None:
    (root / "tools").mkdir()
    (root / "tools/config.local").write_text(_remote("storage", url="s3://evil/x"))
    (root / ".dvc").rmdir()
    (root / ".dvc").symlink_to("tools")
    for tracked in (False, True):
        if tracked:
            _track(root, ".dvc")
        with pytest.raises(Error, match="symbolic link"):
            _known(root, _remote("storage", url="../x"))


@pytest.mark.parametrize("link", [False, True])
def test_a_file_that_a_local_setting_names_and_git_tracks(root: Path, link: bool) -> None:
    (root / "tools").mkdir()
    (root / "tools/aws").symlink_to("/etc/hostname") if link else (root / "tools/aws").write_text("[default]\n")
    _local(root, _remote("storage", credentialpath="../tools/aws"))
    text = _remote("storage", url="s3://models/x")
    assert _known(root, text)["credentialpath"] == str(root / "tools/aws")
    _track(root, "tools/aws")
    with pytest.raises(Error, match="names tools/aws, which git tracks"):
        _known(root, text)


def test_a_tracked_link_on_the_way_to_a_file(root: Path) -> None:
    (root.parent / "outside").mkdir()
    (root.parent / "outside/aws").write_text("[default]\n")
    (root / "tools").symlink_to("../outside")
    _track(root, "tools")
    _local(root, _remote("storage", credentialpath="../tools/aws"))
    with pytest.raises(Error, match="which git tracks"):
        _known(root, _remote("storage", url="s3://models/x"))


def test_before_the_first_merge_no_secret_goes_to_an_address_of_the_work_tree(root: Path, tmp_path: Path) -> None:
    (tmp_path / "DVC_GLOBAL_CONFIG_DIR").mkdir()
    (tmp_path / "DVC_GLOBAL_CONFIG_DIR/config").write_text(_remote("storage", user="ada"))
    _local(root, _remote("storage", password="s3cret") + _remote("own", url="https://own.example.org", token="t"))
    text = _remote("storage", url="https://evil.example.org", jobs="2") + _remote("own", url="https://evil.example.org")
    assert _known(root, text, base=False) == {"url": "https://evil.example.org", "jobs": "2"}
    assert _known(root, text, "own", base=False) == {"url": "https://own.example.org", "token": "t"}
    with pytest.raises(Error, match="refers to 'own' of this machine"):
        _known(root, _remote("storage", url="remote://own/x"), base=False)
    with pytest.raises(Error, match=r"`endpointurl` .* address .* base branch"):
        _known(root, _remote("storage", url="s3://x/y", endpointurl="https://evil.example.org"), base=False)


# ── through the commands ──


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """A server that has nothing, and remembers each path and secret it was sent; its address and what it heard."""
    heard: list[str] = []

    class Listening(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.path} {self.headers.get('X-Secret', '')}")
            self.send_error(404)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listening) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", heard
        listening.shutdown()


def test_a_pull_request_sends_the_base_s_password_to_no_other_server(
    repository: Repository, server: tuple[str, list[str]]
) -> None:
    address, heard = server
    secret = {"auth": "custom", "custom_auth_header": "X-Secret", "password": "s3cret"}
    head = "[core]\n    remote = storage\n"
    repository.write(".dvc/config", head + _remote("storage", url=f"{address}/base", **secret))
    repository.commit("A remote with a password")
    repository.sh("git", "switch", "-q", "-c", "redirect")
    repository.write(".dvc/config", head + _remote("storage", url=f"{address}/evil", **secret))
    repository.commit("Another server", push=False)
    repository.sh("git", "push", "-q", "origin", "redirect")
    repository.sh("rm", "-rf", ".dvc/cache", "data/holdout.csv")
    for words in (["gate", "churn"], ["gate", "churn", "--rev", "HEAD"], ["check", "--push"]):
        repository.run(*words)
    assert heard and all(text.startswith("/base/") and text.endswith("s3cret") for text in heard)


def test_a_change_of_dvc_s_settings_needs_the_approvals_of_the_policy(repository: Repository) -> None:
    repository.sh("git", "switch", "-q", "-c", "settings")
    repository.edit(".dvc/config", "storage", "storage2")
    repository.write("sub/.dvc/config", "")
    repository.commit("Other settings", push=False)
    repository.sh("git", "push", "-q", "origin", "settings")
    repository.ok("pr", "open")
    told = repository.run("check", "1", "--format", "json").json
    asked = {(d["rule"], d["path"]) for d in told["diagnostics"] if d["severity"] == "error"}
    assert asked == {("policy-change", ".dvc/config"), ("policy-change", "sub/.dvc/config")}
    for who in ("bob", "carol"):
        repository.ok("pr", "approve", "1", "--as", f"{who}@example.org")
    repository.ok("check", "1")


@pytest.mark.parametrize(
    "planted",
    [
        {".dvc/config.local": ""},
        {"sub/.DVC/Config.local": ""},
        {".dvc/config": None},  # a link
    ],
    ids=lambda planted: next(iter(planted)),
)
def test_settings_that_a_pull_request_could_set_aside_are_found(
    repository: Repository, planted: dict[str, str | None]
) -> None:
    repository.sh("git", "switch", "-q", "-c", "settings")
    for path, text in planted.items():
        if text is None:
            (repository.root / path).unlink()
            (repository.root / path).symlink_to("../pipeline.py")
        else:
            repository.write(path, text)
    repository.sh("git", "add", "--force", *planted)
    repository.commit("Settings", push=False)
    repository.sh("git", "push", "-q", "origin", "settings")
    repository.ok("pr", "open")
    told = repository.run("check", "1", "--format", "json").json
    assert {("dvc-settings", path) for path in planted} <= {(d["rule"], d["path"]) for d in told["diagnostics"]}


def test_a_tracked_local_file_goes_by_a_pull_request_and_stays_a_note_of_the_audit(repository: Repository) -> None:
    repository.write(".dvc/config.local", _remote("storage", jobs="1"))
    repository.sh("git", "add", "--force", ".dvc/config.local")
    repository.commit("Track it")
    with pytest.raises(AssertionError, match="tracked by git"):
        repository.ok("release", "churn", "1.0.0")
    repository.sh("git", "switch", "-q", "-c", "untrack")
    repository.sh("git", "rm", "-q", "--cached", ".dvc/config.local")
    repository.sh("git", "commit", "-q", "-m", "Untrack it")
    repository.sh("git", "push", "-q", "origin", "untrack")
    repository.ok("pr", "open")
    repository.sh("git", "switch", "-q", "main")
    repository.sh("git", "rm", "-q", "--cached", ".dvc/config.local")  # else a pull takes the file with it
    repository.sh("git", "stash", "-q")
    repository.merge("bob", "carol")
    repository.release()
    audit = repository.run("audit", "--data", "--format", "json").json
    assert [note for note in audit["notes"] if ".dvc/config.local" in note]
    assert ".dvc/config.local" not in str(audit["diagnostics"])


def test_before_the_base_has_settings_a_laptop_uses_those_of_the_work_tree_and_a_job_does_not(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = (repository.root / ".dvc/config").read_text()
    (repository.root / ".dvc/config").unlink()
    repository.commit("Without settings")
    repository.write(".dvc/config", config)
    repository.sh("rm", "-rf", ".dvc/cache", "data/holdout.csv")
    monkeypatch.setenv("MLOPS_GITOPS_NO_CACHE", "1")
    monkeypatch.delenv("CI")
    repository.ok("gate", "churn")
    repository.sh("git", "switch", "-q", "-c", "other")
    repository.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_least: 0.81")
    repository.sh("git", "commit", "-q", "-m", "Other gates", "models/churn/kpis.yaml")
    assert "passed" in repository.ok("check", "--push").out
    monkeypatch.setenv("CI", "true")
    assert repository.run("gate", "churn").code == 3


def test_a_remote_that_asks_for_a_password_is_undecided_where_nobody_can_answer(root: Path) -> None:
    remote = _remote("storage", url="http://127.0.0.1:9/x", auth="basic", user="ada", ask_password="true")
    text = "[core]\n    remote = storage\n" + remote
    ask = f"""
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.core.errors import Undecided
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.dvc_project import DvcProject
try:
    project = DvcProject("", {text!r})
    DataStore({str(root)!r}, lambda _: project, None).absence_reason(Pin("x", md5="0" * 32, hash="md5"))
except Undecided as error:
    print(error.exit_code, error.message, error.help)
"""
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        start_new_session=True, timeout=60, env=os.environ,
    )  # fmt: skip
    facts = ("DVC remote 'storage'", "for a password", "no terminal")
    assert done.stdout.startswith("3 ") and not lacking(done.stdout, *facts)
    assert "dvc remote modify --local storage password" in done.stdout


def test_no_remote_of_that_name(root: Path) -> None:
    store = DataStore(str(root), lambda _: DvcProject("", "[core]\n    remote = lost\n"), bytes)
    with pytest.raises(Error, match="there is no DVC remote 'lost'") as refused:
        store.absence_reason(SOMETHING)
    assert not isinstance(refused.value, Undecided)
