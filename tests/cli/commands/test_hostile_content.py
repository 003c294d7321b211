"""What a pull request names and no file can have: its own problem, in one plain line, and no other's."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from house import Repository

RELPATHS = ["a\x00b", "a\nb", "a\x1b[2Jb", "\ud800", "\udcff", "x" * 5_000, "x/" * 3_000 + "x"]
MANIFEST = "releases/churn/1.1.0.yaml"


@pytest.fixture
def beside(repository: Repository) -> Repository:
    """A release that is fine, proposed as #1; what is hostile comes as #2, from the branch `topic`."""
    repository.ok("release", "churn", "1.0.0")
    repository.sh("git", "switch", "-q", "-c", "topic")
    return repository


def opened(repository: Repository) -> None:
    """Opens #2 of what is changed."""
    repository.commit("A change", push=False)
    repository.sh("git", "push", "-q", "origin", "topic")
    repository.ok("pr", "open")


def judged(repository: Repository) -> dict[int, tuple[str, str]]:
    """The state of every pull request, and why."""
    answer = repository.run("check", "--all", "--format", "json")
    assert "bug" not in answer.out + answer.err
    return {pull["pull_request"]: (pull["state"], pull["description"]) for pull in answer.json["judged"]}


def stored(repository: Repository, data: bytes) -> str:
    """Puts an object into the DVC remote, as whoever may push there can; its digest."""
    md5 = hashlib.md5(data).hexdigest()
    place = repository.root.parent / "storage/files/md5" / md5[:2] / md5[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return md5


def of_listing(repository: Repository, listing: bytes) -> None:
    """Opens #2, whose manifest pins a folder by a listing."""
    md5 = hashlib.md5(listing).hexdigest()
    place = repository.root.parent / "storage/files/md5" / md5[:2] / f"{md5[2:]}.dir"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(listing)
    repository.ok("release", "churn", "1.1.0", "--local")
    lines = (repository.root / MANIFEST).read_text().splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.startswith("artifacts:"))
    last = next(n for n, line in enumerate(lines) if line.startswith("card:"))
    entry = f'  - {{path: models/churn/folder, md5: "{md5}.dir", hash: md5, format: folder, remote: storage}}\n'
    repository.write(MANIFEST, "".join([*lines[: first + 1], entry, *lines[last:]]))
    opened(repository)


@pytest.mark.parametrize("relpath", RELPATHS, ids=map(str, range(len(RELPATHS))))
def test_a_listing_of_a_path_that_no_file_can_have(beside: Repository, relpath: str) -> None:
    md5 = stored(beside, b"model\n")
    of_listing(beside, json.dumps([{"md5": md5, "relpath": relpath}]).encode())
    states = judged(beside)
    assert states[1][0] == "success"
    assert states[2][0] == "failure"
    answer = beside.run("check", 2)
    assert (answer.code in (1, 3), "models/churn/folder" in answer.out, "bug" in answer.out) == (True, True, False)


@pytest.mark.parametrize("listing", [b"[" * 100_000, b"{}", b"\xff", b'[{"md5": 5, "relpath": "a"}]'], ids=len)
def test_a_listing_that_is_none(beside: Repository, listing: bytes) -> None:
    of_listing(beside, listing)
    states = judged(beside)
    assert (states[1][0], states[2][0]) == ("success", "failure")


@pytest.mark.parametrize("path", [r"models/\0churn", r"models/a\nb", r"models/\x85"])
def test_a_manifest_that_names_such_a_path(beside: Repository, path: str) -> None:
    beside.ok("release", "churn", "1.1.0", "--local")
    beside.edit(MANIFEST, "path: models/churn/model.skops", f'path: "{path}"')
    answer = beside.run("validate")
    assert (answer.code, f"{MANIFEST}:" in answer.out, "holds a control character: 'models/" in answer.out) == (
        1, True, True
    )  # fmt: skip
    opened(beside)
    states = judged(beside)
    assert (states[1][0], states[2][0]) == ("success", "failure")


@pytest.mark.parametrize("path", [r"data/\0holdout.csv", r"data/holdout\t.csv"])
def test_kpis_that_read_such_a_path(beside: Repository, path: str) -> None:
    beside.edit("models/churn/kpis.yaml", "path: data/holdout.csv", f'path: "{path}"')
    assert "data.holdout.path holds a control character: 'data/" in beside.run("validate").out
    opened(beside)
    states = judged(beside)
    assert (states[1][0], states[2][0]) == ("success", "failure")


@pytest.mark.parametrize("path", [r"models/churn/\0.skops", r"models/churn/model\n.skops"])
def test_dvc_files_that_name_such_a_path(beside: Repository, path: str) -> None:
    beside.edit("dvc.lock", "path: models/churn/model.skops", f'path: "{path}"')
    answer = beside.run("release", "churn", "1.1.0", "--local")
    assert answer.code == 2
    assert "dvc.lock:" in answer.err and "a path holds a control character: 'models/churn" in answer.err
    opened(beside)
    assert judged(beside)[1][0] == "success"


def test_a_dvc_file_beside_a_model_that_names_such_a_path(repository: Repository) -> None:
    repository.write("models/churn/other.skops", "model 45\n")
    repository.sh("dvc", "add", "-q", "models/churn/other.skops")
    repository.edit("models/churn/other.skops.dvc", "path: other.skops", r'path: "other\0.skops"')
    repository.edit("models/churn/README.md", "path: models/churn/model.skops", "path: models/churn/other.skops")
    answer = repository.run("release", "churn", "1.1.0", "--local")
    said = "models/churn/other.skops.dvc:" in answer.err, "a path holds a control character" in answer.err
    assert (answer.code, said) == (2, (True, True))


def test_links_of_a_card_to_what_no_file_is_named(repository: Repository) -> None:
    links = "".join(
        f"[x]({target})\n" for target in ("a%00b", "a%0Ab", "a%1Bb/c", "%C2%85", "y" * 5_000, "%FF", "z/" * 3_000)
    )
    repository.edit("models/churn/README.md", "# Churn\n", f"# Churn\n\n{links}")
    answer = repository.ok("validate", "--format", "json")
    (found,) = (diagnostic for diagnostic in answer.json["diagnostics"] if diagnostic["rule"] == "card-links")
    assert "7 links" in found["message"] and found["message"].isprintable() and len(found["related"]) == 6


NAMES = [b"a\x01b", b"a\nb.yaml", b"\xff\xfe.json", b"a\tb\x7f", b"\x1b[2J.md", "a\u0085b".encode(), b"-rf", b" "]


def test_files_that_git_lets_have_such_names(repository: Repository) -> None:
    """In a pull request, on the branch that it is merged into, and in what is replayed afterwards."""
    repository.sh("git", "switch", "-q", "-c", "topic")
    for folder in ("", "releases/churn", "promotions/staging/churn", "decisions", "models/churn", ".dvc"):
        for name in NAMES:
            Path(os.fsdecode(os.path.join(os.fsencode(repository.root / folder), name))).parent.mkdir(
                parents=True, exist_ok=True
            )
            Path(os.fsdecode(os.path.join(os.fsencode(repository.root / folder), name))).write_bytes(b"x\n")
    opened(repository)
    assert judged(repository)[1][0] == "failure"
    for command in (("check",), ("check", 1), ("check", "--push"), ("validate",)):
        for output in ("text", "json", "github", "sarif", "markdown"):
            answer = repository.run(*command, "--format", output)
            assert (answer.code, "bug" in answer.out + answer.err) == (1, False), (command, output, answer)
    repository.ok("pr", "merge", "--only", 1, "--force")
    repository.sh("git", "switch", "-q", "main")
    repository.pull()
    for command in (
        ("audit",),
        ("record",),
        ("advance",),
        ("status",),
        ("history", "churn"),
        ("doctor",),
        ("gate", "churn"),
    ):
        answer = repository.run(*command)
        assert "this is a bug" not in answer.out + answer.err, (command, answer)


def test_one_promotion_that_cannot_be_measured_again_stops_no_other(repository: Repository) -> None:
    """What was wrong with the settings of DVC on one day is no lasting fault, and the other days are measured."""
    repository.release()
    repository.promote("staging")
    repository.ok("promote", "churn", "--to", "production")
    config = repository.root / ".dvc/config"
    config.rename(config.with_name("elsewhere"))
    config.symlink_to("elsewhere")
    repository.commit("A link")
    repository.ok("pr", "merge", "--only", 3, "--force")
    repository.pull()
    config.unlink()
    config.with_name("elsewhere").rename(config)
    repository.commit("No link")
    repository.ok("record")
    repository.sh("rm", "-rf", ".dvc/cache", "data/holdout.csv")
    answer = repository.run("audit", "--data", "--format", "json")
    assert "remeasured" not in {found["rule"] for found in answer.json["diagnostics"]}
    unmeasured = [note.partition(":")[0] for note in answer.json["notes"] if "not re-measured" in note]
    assert unmeasured == ["promotions/production/churn/0001.json"]
