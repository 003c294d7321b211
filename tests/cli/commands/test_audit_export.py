"""audit export and audit verify: what an auditor takes away from a real repository."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from house import Repository

WHO = "auditor@example.org"


@pytest.fixture
def promoted(repository: Repository) -> Repository:
    """Two promotions on record."""
    repository.to_production()
    return repository


def exported(repository: Repository, place: Path, *words: str | Path) -> zipfile.ZipFile:
    repository.ok("audit", "export", "--out", place, *words)
    return zipfile.ZipFile(place)


def test_an_export_has_the_whole_population_and_verifies_elsewhere(promoted: Repository, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (tmp_path / "allowed").write_text(f"{WHO} {key.with_suffix('.pub').read_text()}")
    export = exported(promoted, tmp_path / "x.zip", "--sign", key)
    names = set(export.namelist())
    history = promoted.ok("history", "--format", "json").json["promotions"]
    rows = list(csv.DictReader(io.StringIO(export.read("promotions.csv").decode())))
    assert [row["record"] for row in rows] == [record["record"] for record in history]
    assert {row["approvals"] for row in rows} == {"met"} and all(row["approved by"] for row in rows)
    expected = {f"records/{record['path']}" for record in history} | {
        "releases/releases/churn/1.0.0.yaml", "cards/churn/1.0.0/README.md", "cards/churn/1.0.0/kpis.yaml",
        "policy/mlops.yaml", "receipts/churn@v1.0.0.txt", "receipts/churn#staging#1.txt", "evidence.csv", "report.html",
        "verify.py", "manifest.json", "manifest.json.sig",
    }  # fmt: skip
    assert expected <= names and not any("predictions" in name or "data/" in name for name in names)
    words = ("--allowed", tmp_path / "allowed", "--identity", WHO)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert promoted.run("audit", "verify", tmp_path / "x.zip", *words, "--repo", elsewhere).code == 0
    assert promoted.run("audit", "verify", tmp_path / "x.zip", "--repo", elsewhere).code == 3
    (tmp_path / "allowed").write_text(f"bob@example.org {key.with_suffix('.pub').read_text()}")
    refused = promoted.run("audit", "verify", tmp_path / "x.zip", *words, "--format", "json")
    assert (refused.code, refused.json["outcome"]) == (1, "failed") and "bob@example.org" in refused.json["faults"][0]


def test_an_export_made_twice_has_the_same_bytes(promoted: Repository, tmp_path: Path) -> None:
    first, again = (exported(promoted, tmp_path / name, "--to", "2099-01-01") for name in ("a.zip", "b.zip"))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert first.namelist() == again.namelist()


def test_a_period_without_promotions_is_empty_and_says_where_it_would_go_on(
    promoted: Repository, tmp_path: Path
) -> None:
    export = exported(promoted, tmp_path / "x.zip", "--from", "2098-01-01", "--to", "2099-01-01")
    assert export.read("promotions.csv").decode().count("\n") == 1
    assert json.loads(export.read("manifest.json"))["predecessors"] == {}
    assert promoted.run("audit", "verify", tmp_path / "x.zip").code == 3
    early = promoted.run("audit", "export", "--out", tmp_path / "y.zip", "--to", "1999-01-01")
    assert early.code == 2 and not (tmp_path / "y.zip").exists()


def test_rows_are_in_it_on_request_and_those_that_are_gone_are_named(promoted: Repository, tmp_path: Path) -> None:
    export = exported(promoted, tmp_path / "x.zip", "--rows")
    table = list(csv.DictReader(io.StringIO(export.read("evidence.csv").decode())))
    places = {row["path"]: row["in the export"] for row in table if row["kind"] == "evaluation"}
    assert export.read(places["data/holdout.csv"]) == (promoted.root / "data/holdout.csv").read_bytes()
    assert export.read(places["metrics.json"]) == (promoted.root / "metrics.json").read_bytes()
    assert promoted.run("audit", "verify", tmp_path / "x.zip").code == 3
    promoted.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv")
    answer = promoted.run("audit", "export", "--out", tmp_path / "y.zip", "--rows", "--format", "json")
    assert answer.code == 3 and "data/holdout.csv" in answer.json["rows_absent"][0]
    with zipfile.ZipFile(tmp_path / "y.zip") as lacking:
        assert "data/holdout.csv" in json.loads(lacking.read("manifest.json"))["rows_absent"][0]


def test_a_last_day_that_is_not_over_is_named_and_another_is_not(promoted: Repository, tmp_path: Path) -> None:
    answer = promoted.ok("audit", "export", "--out", tmp_path / "x.zip", "--to", "2099-01-01")
    assert "2099-01-01 is not over" in answer.out
    with zipfile.ZipFile(tmp_path / "x.zip") as export:
        assert json.loads(export.read("manifest.json"))["to_is_over"] is False
        assert b"2099-01-01 is not over" in export.read("report.html")
    answer = promoted.ok("audit", "export", "--out", tmp_path / "y.zip", "--to", "2024-01-01")
    assert "is not over" not in answer.out


def test_a_history_with_faults_is_exported_with_them(promoted: Repository, tmp_path: Path) -> None:
    record = promoted.root / "promotions/staging/churn/0001.json"
    record.write_text(record.read_text() + "\n")
    promoted.commit("Rewrite a record")
    answer = promoted.run("audit", "export", "--out", tmp_path / "x.zip", "--format", "json")
    assert answer.code == 1 and any(found["rule"] == "immutable" for found in answer.json["findings"])
    with zipfile.ZipFile(tmp_path / "x.zip") as export:
        assert json.loads(export.read("manifest.json"))["audit"] and b"immutable" in export.read("report.html")


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "2026-02-01", "--to", "2026-01-01"),
        ("--sign", "nowhere"),
        ("--sign", ""),
        ("--to", "yesterday"),
        ("--out", ""),
        ("--out", "."),
        ("--out", "no-such-folder/"),
    ],
)
def test_wrong_usage_writes_nothing(promoted: Repository, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert promoted.run("audit", "export", "--out", tmp_path / "x.zip", *words).code == 2
    assert not (tmp_path / "x.zip").exists()


def test_what_is_no_export_is_refused(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    assert repository.run("audit", "verify", tmp_path / "x.zip").code == 1
    assert repository.run("audit", "verify", tmp_path / "absent.zip").code == 2
    (tmp_path / "closed.zip").write_bytes(b"no zip")
    (tmp_path / "closed.zip").chmod(0)
    readable = os.access(tmp_path / "closed.zip", os.R_OK)  # the superuser may read everything
    assert repository.run("audit", "verify", tmp_path / "closed.zip").code == (1 if readable else 2)
    assert repository.run("audit", "verify", tmp_path / "x.zip", "--allowed", "x").code == 2


def test_what_the_audit_cannot_decide_is_the_export_s_exit_code_too(promoted: Repository, tmp_path: Path) -> None:
    for kept in ("refs/tags", "refs/mlops/tags"):  # this clone no longer has the receipt
        promoted.sh("git", "update-ref", "-d", f"{kept}/churn#staging#1")
    assert [promoted.run("audit", *words).code for words in ((), ("export", "--out", tmp_path / "x.zip"))] == [3, 3]
