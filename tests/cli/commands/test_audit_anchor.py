"""audit anchor: what is kept elsewhere names what a history lacks later, and lets one pass that only grew."""

from __future__ import annotations

import json
import os
import threading

import pytest
from house import Repository

RECORD = "promotions/production/churn/0001.json"
KEPT = "../anchor.json"


@pytest.fixture
def anchored(repository: Repository) -> Repository:
    """A release in production, and an anchor of that."""
    repository.to_production()
    repository.ok("audit", "anchor", "--out", KEPT)
    return repository


def messages(repository: Repository, *words: str) -> list[str]:
    answer = repository.run("audit", "--anchor", KEPT, "--format", "json", *words)
    assert answer.code == 1, answer
    return [found["message"] for found in answer.json["diagnostics"] if found["rule"] == "anchor"]


def test_it_holds_tip_newest_records_receipts_and_packs_and_is_the_same_each_time(anchored: Repository) -> None:
    data = anchored.ok("audit", "anchor", "--format", "json").json
    assert data == json.loads((anchored.root / KEPT).read_text())
    assert data["commit"] == anchored.sh("git", "rev-parse", "origin/main") and data["branch"] == "main"
    assert [record["path"] for record in data["records"]] == [RECORD, "promotions/staging/churn/0001.json"]
    tags = data["receipts"]["tags"]
    assert {"churn@v1.0.0", "churn#staging#1", "churn#production#1"} <= tags.keys()
    assert data["packs"] == []


def test_a_history_that_only_grew_passes(anchored: Repository) -> None:
    anchored.write("notes.md", "More.\n")
    anchored.commit("Go on")
    answer = anchored.ok("audit", "--anchor", KEPT)
    assert "unanchored" not in answer.out


def test_a_history_that_was_cut_off_is_named_with_what_is_gone(anchored: Repository) -> None:
    commit = json.loads((anchored.root / KEPT).read_text())["commit"]
    parent = anchored.sh("git", "rev-parse", f"{commit}^1")
    anchored.sh("git", "push", "-q", "--force", "origin", f"{parent}:main")
    anchored.sh("git", "fetch", "-q")
    found = messages(anchored)
    assert any(commit[:10] in message and "main" in message for message in found)
    data = json.loads((anchored.root / KEPT).read_text())
    gone = next(record["digest"] for record in data["records"] if record["path"] == RECORD)
    assert any(gone in message for message in found)


def test_a_receipt_that_was_deleted_or_replaced_is_named(anchored: Repository) -> None:
    for kept in ("refs/tags", "refs/mlops/tags"):
        anchored.sh("git", "update-ref", "-d", f"{kept}/churn#staging#1")
    assert any("churn#staging#1" in message and "gone" in message for message in messages(anchored))
    anchored.sh("git", "fetch", "-q", "--tags")
    anchored.ok("audit", "--anchor", KEPT)
    anchored.sh("git", "update-ref", "-d", "refs/tags/churn#staging#1")
    anchored.sh("git", "tag", "-a", "-m", "other", "churn#staging#1", "origin/main~1")
    assert any("churn#staging#1" in message and "replaced" in message for message in messages(anchored))


def test_an_anchor_that_was_edited_or_is_none_is_refused_by_line(anchored: Repository) -> None:
    text = (anchored.root / KEPT).read_text()
    data = json.loads(text)
    del data["receipts"]["tags"]["churn#staging#1"]
    for wrong, reason in (
        (json.dumps(data), "root"),
        (text.replace('"packs"', '"pax"'), "packs"),
        (text[:-20], "line"),
        ('{"a": "\\ud800"}', "line"),
        ("{}", "line 1"),
        ("", "nothing"),
        ("# kept\n", "nothing"),
    ):
        anchored.write(KEPT, wrong)
        answer = anchored.run("audit", "--anchor", KEPT)
        assert answer.code == 2 and reason in answer.err and "anchor.json" in answer.err, answer
    (anchored.root / KEPT).write_text(text, "utf-16")  # as a shell of Windows redirects
    answer = anchored.run("audit", "--anchor", KEPT)
    assert answer.code == 2 and "not UTF-8" in answer.err and "--out" in answer.err, answer
    (anchored.root / KEPT).write_text(text, "utf-8-sig")
    anchored.ok("audit", "--anchor", KEPT)
    assert anchored.run("audit", "--anchor", "").code == 2
    assert anchored.run("audit", "anchor", "--out", ".").code == 2
    assert anchored.run("audit", "anchor", "--format", "csv").code == 2


def test_a_clone_that_lacks_receipts_says_so_and_one_without_any_makes_no_anchor(anchored: Repository) -> None:
    def forget(tag: str) -> None:
        for kept in ("refs/tags", "refs/mlops/tags"):
            anchored.sh("git", "update-ref", "-d", f"{kept}/{tag}")

    forget("churn#staging#1")
    answer = anchored.ok("audit", "anchor", "--out", "../other.json")
    assert "1 promotion without a receipt" in answer.out and "git fetch --tags" in answer.out
    before = (anchored.root / KEPT).read_bytes()
    forget("churn#production#1")
    answer = anchored.run("audit", "anchor", "--out", KEPT)
    assert answer.code == 3 and "git fetch --tags" in answer.err, answer
    assert (anchored.root / KEPT).read_bytes() == before


@pytest.mark.parametrize(
    "words", [("audit", "--anchor"), ("retrain", "run", "--out", "out", "--decision")], ids=["anchor", "decision"]
)
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(repository: Repository, words: tuple[str, ...]) -> None:
    os.mkfifo(repository.root / "pipe")
    answer = repository.run(*words, "pipe")
    assert answer.code == 2 and "pipe" in answer.err, answer
    assert repository.run(*words, "/dev/zero").code == 2


def test_an_anchor_may_come_through_a_pipe(anchored: Repository) -> None:
    anchored.ok("audit", "anchor", "--out", KEPT)
    os.mkfifo(anchored.root / "pipe")
    writer = threading.Thread(target=(anchored.root / "pipe").write_bytes, args=((anchored.root / KEPT).read_bytes(),))
    reader = os.open(anchored.root / "pipe", os.O_RDONLY | os.O_NONBLOCK)  # so that the writer need not wait
    writer.start()
    try:
        writer.join()
        assert anchored.run("audit", "--anchor", "pipe").out == anchored.run("audit", "--anchor", KEPT).out
    finally:
        os.close(reader)
