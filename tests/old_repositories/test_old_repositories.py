"""Repositories that earlier versions of the tool wrote are audited, checked and promoted as their own.

`make.py` makes a bundle of what this version writes. The released ones stay as they are.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from house import Repository
from messages import lines_with
from old_repositories.make import STORAGE

BUNDLES = sorted(Path(__file__).parent.glob("*.bundle"))
OPEN = "promote/staging/churn/"  # the branches of the pull request that each bundle leaves open


def _git(*words: str) -> None:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(params=BUNDLES, ids=lambda bundle: bundle.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Repository:
    """A clone of the remote that a bundle holds, with the data beside it, as it was left."""
    top = tmp_path / "work"
    origin, storage = top / "origin.git", top / "storage"
    storage.mkdir(parents=True)
    _git("clone", "-q", "--mirror", str(request.param), str(origin))
    _git("--git-dir", str(origin), "--work-tree", str(storage), "checkout", "-q", STORAGE, "--", ".")
    _git("clone", "-q", str(origin), str(top / "repository"))
    for name, value in (("user.name", "Alice"), ("user.email", "alice@example.org")):
        _git("-C", str(top / "repository"), "config", name, value)
    return Repository(top / "repository", capsys)


def test_there_is_a_bundle_and_it_is_small() -> None:
    assert BUNDLES
    assert all(bundle.stat().st_size < 200_000 for bundle in BUNDLES)


def test_an_old_repository_is_audited_checked_and_promoted(old: Repository) -> None:
    before = old.ok("audit", "--data", "--format", "json").json
    assert (before["outcome"], before["diagnostics"]) == ("passed", [])
    assert {record["type"] for record in before["decisions"]} == {"quarantine", "lift", "override"}
    assert before["policy"]["proven"]
    assert before["monitoring"]
    for record in old.ok("history", "--format", "json").json["promotions"]:
        assert old.ok("replay", record["path"], "--format", "json").json["outcome"] == "passed"
    unchanged = old.ok("replay", "--with", "models/churn/kpis.yaml", "--format", "json").json["promotions"]
    assert unchanged and {past["answer"] for past in unchanged} == {"unchanged"}
    old.ok("audit", "anchor", "--out", "../anchor.json")
    (number,) = [
        pull["number"]
        for pull in old.ok("pr", "list", "--format", "json").json["pull_requests"]
        if pull["branch"].startswith(OPEN)
    ]
    old.ok("check", number)
    old.ok("pr", "merge", "--only", number)
    old.pull()
    old.ok("record")
    old.ok("promote", "churn", "--to", "production", "--release", "1.3.0")
    old.merge("bob", "carol")
    assert lines_with(old.ok("status").out, "production", "1.3.0")
    after = old.ok("audit", "--anchor", "../anchor.json", "--format", "json").json
    assert (after["outcome"], after["records"]) == ("passed", before["records"] + 2)
