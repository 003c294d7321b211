"""Where DVC is content and nothing is well: its own answer, by the real DVC, and ours."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from buckets import S3, Project
from house import Repository
from messages import lines_with

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace

pytestmark = pytest.mark.outside

LOCK = """import sys
from dvc.repo import Repo
with Repo(sys.argv[1]).lock:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A DVC repository with one pushed file, and a remote that is a folder."""
    entry = Project.begin(tmp_path / "r", {"storage": {"url": str(tmp_path / "storage")}})
    entry.write("x.csv", "a\n1\n")
    entry.add("x.csv")
    return entry


def test_an_object_that_was_altered_in_s3_is_pulled_without_a_word(tmp_path: Path, s3: S3) -> None:
    from dvc.exceptions import CheckoutError

    remote = {"url": f"s3://plain/{tmp_path.name}", "endpointurl": s3.url}
    entry = Project.begin(tmp_path / "r", {"storage": remote, "checked": remote | {"verify": "true"}})
    entry.write("x.csv", "a\n1\n")
    pin = entry.add("x.csv")
    entry.forget("x.csv")
    assert (entry.store.absence_reason(pin), entry.store.read(pin)) == (None, b"a\n1\n")

    s3.alter(pin, b"a\n9\n", under=tmp_path.name)
    with pytest.raises(Undecided, match=r"not in the DVC cache.*not in the work tree.*altered in the DVC remote"):
        entry.store.read(pin)
    assert (entry.dvc("pull", "-q"), (entry.root / "x.csv").read_text()) == ((0, ""), "a\n9\n")
    with pytest.raises(
        Undecided, match=r"altered in the DVC cache.*altered in the work tree.*altered in the DVC remote"
    ):
        entry.store.read(pin)
    entry.forget("x.csv")
    with pytest.raises(CheckoutError), entry.real() as dvc:
        dvc.pull(remote="checked")  # as doctor's `dvc-verify` asks for

    s3.client.delete_object(Bucket="plain", Key=f"{tmp_path.name}/files/md5/{str(pin.md5)[:2]}/{str(pin.md5)[2:]}")
    assert "is not in the DVC remote 'storage'" in str(entry.store.absence_reason(pin))


def test_a_digest_of_dvc_2_holds_for_either_line_end_and_a_sha256_for_one(tmp_path: Path, s3: S3) -> None:
    """DVC 2 folded CRLF to LF before it hashed text, and laid objects elsewhere; DVC 3 still pushes them there."""
    entry = Project.begin(tmp_path / "r", {"storage": {"url": f"s3://plain/{tmp_path.name}", "endpointurl": s3.url}})
    crlf, unix = b"a,b\r\n1,2\r\n", b"a,b\n1,2\n"
    digest = hashlib.md5(unix).hexdigest()
    entry.write(f".dvc/cache/{digest[:2]}/{digest[2:]}", crlf)
    entry.write("x.csv.dvc", f"outs:\n- md5: {digest}\n  path: x.csv\n")
    with entry.real() as dvc:
        assert dvc.push() == 1
    entry.forget("x.csv")
    pin = replace(entry.pin("x.csv"), sha256=hashlib.sha256(crlf).hexdigest())
    assert (pin.hash, entry.store.absence_reason(pin), entry.store.read(pin)) == (None, None, crlf)
    s3.client.put_object(Bucket="plain", Key=f"{tmp_path.name}/{digest[:2]}/{digest[2:]}", Body=unix)
    assert entry.store.read(replace(pin, sha256=None)) == unix
    with pytest.raises(Undecided, match="altered in the DVC remote 'storage'"):
        entry.store.read(pin)


def test_a_file_of_the_work_tree_that_was_tampered_with_is_what_dvc_reads(project: Project) -> None:
    import dvc.api

    pin = project.pin("x.csv")
    project.write("x.csv", "a\n9\n")
    assert dvc.api.read("x.csv", repo=str(project.root)) == "a\n9\n"
    assert project.store.read(pin) == b"a\n1\n"


def test_data_that_is_nowhere_exists_for_dvc(project: Project, tmp_path: Path) -> None:
    from dvc.api import DVCFileSystem

    pin = project.pin("x.csv")
    project.forget("x.csv", "../storage")
    (tmp_path / "storage").mkdir()
    assert DVCFileSystem(str(project.root)).exists("x.csv")
    assert project.dvc("pull", "-q", "--allow-missing") == (0, "")
    assert project.dvc("push") == (0, "Everything is up to date.")
    assert "is not in the DVC remote 'storage'" in str(project.store.absence_reason(pin))
    with pytest.raises(Undecided, match=r"not in the DVC cache.*not in the work tree.*not in the DVC remote 'storage'"):
        project.store.read(pin)


def test_a_lock_that_another_process_holds_stops_dvc_and_not_us(project: Project) -> None:
    pin = project.pin("x.csv")
    project.forget("x.csv")
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCK, str(project.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        assert project.dvc("status", "-q")[0] == 255
        assert (project.store.absence_reason(pin), project.store.read(pin)) == (None, b"a\n1\n")
    finally:
        holder.communicate()


def test_a_metrics_file_that_is_gone_or_holds_no_number_makes_no_difference_to_dvc(repository: Repository) -> None:
    place, said = repository.root / "metrics.json", []
    for text in (None, '{"p95_ms": NaN}'):
        place.unlink(missing_ok=True)
        if text:
            place.write_text(text)
        said.append(Project(repository.root).dvc("metrics", "diff", "--json"))
        answer = repository.run("gate", "churn", "--format", "json")
        latency = next(kpi for kpi in answer.json["kpis"] if kpi["id"] == "latency")
        assert (answer.code, latency["outcome"], latency["value"]) == (3, "not_available", None)
    assert [code for code, _ in said] == [0, 0]
    assert '"new": NaN' in said[1][1]


def test_a_stale_dvc_lock_is_told_and_a_gate_measures_what_it_pins(repository: Repository) -> None:
    repository.edit("params.yaml", "45", "30")
    assert Project(repository.root).dvc("pull", "-q") == (0, "")  # nothing of it says that the run is another's
    said = repository.run("validate").out
    assert "[stale-lock] stage train is stale" in said
    kpis = repository.ok("gate", "churn", "--format", "json").json["kpis"]
    assert kpis[0]["value"] == 0.9


def test_without_a_cache_a_gate_fetches_what_it_reads_and_no_more(repository: Repository) -> None:
    repository.sh("rm", "-rf", ".dvc/cache", "data/holdout.csv", "models/churn/model.skops")
    config = (repository.root / ".dvc/config").read_text()
    repository.write(".dvc/config", "")
    repository.commit("Take the remote away")
    answer = repository.run("gate", "churn")
    assert answer.code == 3
    assert lines_with(answer.out, "not in the DVC cache", "not in the work tree", "no DVC remote is configured")
    repository.write(".dvc/config", config)
    repository.commit("Bring it back")
    repository.ok("gate", "churn")
    assert not (repository.root / ".dvc/cache/files").exists()  # nothing is put where DVC would believe it


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes every connection and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield server.getsockname()[1]


def _away(tmp_path: Path, scheme: str, port: int, **settings: str) -> Project:
    url = f"http://127.0.0.1:{port}"
    remote = {"url": url} if scheme == "http" else {"url": "s3://models/x", "endpointurl": url}
    return Project.begin(tmp_path / "r", {"away": remote | settings})


@pytest.mark.parametrize("scheme", ["http", "s3"])
def test_no_network_is_told_in_seconds_for_a_whole_folder(tmp_path: Path, s3: S3, scheme: str) -> None:
    entry = _away(tmp_path, scheme, 9)
    listing = [{"md5": hashlib.md5(str(n).encode()).hexdigest(), "relpath": f"{n}.csv"} for n in range(40)]
    text = json.dumps(listing)
    digest = hashlib.md5(text.encode()).hexdigest()
    entry.write("parts.dvc", f"outs: [{{path: parts, md5: {digest}.dir, hash: md5}}]\n")
    entry.write(f".dvc/cache/files/md5/{digest[:2]}/{digest[2:]}.dir", text)
    pin, begun = entry.pin("parts"), time.monotonic()
    with pytest.raises(Undecided, match=r"^parts/0\.csv .* the DVC remote 'away' does not answer: .*onnect") as told:
        entry.store.copy(pin, str(tmp_path))
    with pytest.raises(Undecided, match="the DVC remote 'away' does not answer"):
        entry.store.absence_reason(pin)
    assert time.monotonic() - begun < 8
    assert "\n" not in told.value.message


@pytest.mark.parametrize("scheme", ["http", "s3"])
def test_a_server_that_never_answers_is_given_up(tmp_path: Path, s3: S3, silent: int, scheme: str) -> None:
    entry = _away(tmp_path, scheme, silent, read_timeout="1")
    entry.write("x.csv.dvc", f"outs: [{{path: x.csv, md5: {'a' * 32}, hash: md5}}]\n")
    with pytest.raises(Undecided, match="the DVC remote 'away' does not answer"):
        entry.store.read(entry.pin("x.csv"))


def test_a_bucket_that_does_not_exist_is_not_an_absent_file(tmp_path: Path, s3: S3) -> None:
    entry = Project.begin(tmp_path / "r", {"away": {"url": "s3://nowhere/x", "endpointurl": s3.url}})
    entry.write("x.csv.dvc", f"outs: [{{path: x.csv, md5: {'a' * 32}, hash: md5}}]\n")
    with pytest.raises(Undecided, match=r"DVC remote 'away' does not answer.* bucket does not exist"):
        entry.store.absence_reason(entry.pin("x.csv"))
    _pulls_a_missing_file(entry)


def _pulls_a_missing_file(value: Project) -> None:
    from dvc.exceptions import CheckoutError

    with pytest.raises(CheckoutError, match="Is your cache up to date"), value.real() as dvc:
        dvc.pull()


def test_a_server_that_is_not_there_is_a_missing_file_for_dvc(tmp_path: Path) -> None:
    entry = _away(tmp_path, "http", 9)
    entry.write("x.csv.dvc", f"outs: [{{path: x.csv, md5: {'a' * 32}, hash: md5}}]\n")
    _pulls_a_missing_file(entry)
    with pytest.raises(Undecided, match=r"x\.csv .* the DVC remote 'away' does not answer: Cannot connect to host"):
        entry.store.read(entry.pin("x.csv"))
