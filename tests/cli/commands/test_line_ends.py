"""A checkout with other line ends (`core.autocrlf`, .gitattributes) changes no digest and no answer."""

from __future__ import annotations

import hashlib
import json

import pytest
from house import CARD, Repository

NOTE, CARD_PATH = "models/churn/fairness.md", "models/churn/README.md"
TEXT = "# Fairness\n\nNo difference between regions.\n"
EVIDENCE = f"  evidence: [{{id: fairness, type: fairness, path: {NOTE}}}]\n"


@pytest.fixture
def windows(repository: Repository) -> Repository:
    """The sample repository with a note as evidence, checked out with CRLF."""
    repository.write(NOTE, TEXT)
    repository.write(CARD_PATH, CARD.replace("  limitations:", f"{EVIDENCE}  limitations:"))
    repository.begin_so()
    repository.sh("git", "config", "core.autocrlf", "true")
    with_crlf(repository)
    return repository


def with_crlf(repository: Repository) -> None:
    """Checks everything out again, as the settings of git have it now."""
    repository.sh("git", "rm", "-rq", "--cached", ".")
    repository.sh("git", "reset", "-q", "--hard")
    assert b"\r\n" in (repository.root / NOTE).read_bytes()
    assert repository.sh("git", "status", "--porcelain") == ""


def test_evidence_is_pinned_as_git_holds_it(windows: Repository) -> None:
    pinned = hashlib.sha256(TEXT.encode()).hexdigest()
    (found,) = windows.run("validate", CARD_PATH, "--format", "json").json["diagnostics"]
    assert (found["rule"], pinned in found["help"]) == ("card-evidence", True)
    windows.ok("validate", "--fix")
    card = (windows.root / CARD_PATH).read_bytes()
    assert pinned.encode() in card and b"\n" not in card.replace(b"\r\n", b"")
    windows.ok("validate")
    assert pinned in windows.sh("git", "diff")
    windows.commit("Pin the note", push=False)
    windows.sh("git", "config", "core.autocrlf", "input")
    windows.sh("git", "rm", "-rq", "--cached", ".")
    windows.sh("git", "reset", "-q", "--hard")
    assert b"\r\n" not in (windows.root / NOTE).read_bytes()
    windows.ok("validate")
    windows.write(NOTE, TEXT.replace("No", "Some").replace("\n", "\r\n"))
    assert "is not what this card cites" in windows.run("validate", CARD_PATH).out


def test_a_kept_answer_does_not_outlive_a_setting_of_git(windows: Repository) -> None:
    windows.ok("validate", "--fix")
    windows.ok("validate")
    windows.sh("git", "config", "core.autocrlf", "false")
    windows.sh("git", "rm", "-q", "--cached", NOTE)  # whose line ends git now stores as they are
    assert windows.run("validate").code == 1


@pytest.mark.parametrize("how", ["autocrlf", "attributes"])
def test_gates_and_manifests_are_those_of_any_checkout(repository: Repository, how: str) -> None:
    repository.write(NOTE, TEXT)
    repository.begin_so()
    repository.ok("release", "churn", "1.0.0", "--local")
    written = (repository.root / "releases/churn/1.0.0.yaml").read_text()
    pins = {gate["id"]: gate["value"] for gate in repository.ok("gate", "churn", "--format", "json").json["kpis"]}
    repository.sh("rm", "-rf", "releases", ".git/mlops-gitops")
    if how == "autocrlf":
        repository.sh("git", "config", "core.autocrlf", "true")
    else:
        repository.write(".gitattributes", "* text eol=crlf\n*.lock text eol=lf\n")
        repository.begin_so()
    with_crlf(repository)
    found = {gate["id"]: gate["value"] for gate in repository.ok("gate", "churn", "--format", "json").json["kpis"]}
    assert found == pins and pins["latency"] == 12.5
    repository.ok("release", "churn", "1.0.0", "--local")
    assert (repository.root / "releases/churn/1.0.0.yaml").read_text() == written
    if how == "autocrlf":
        repository.sh("rm", "-rf", "releases")
        repository.ok("release", "churn", "1.0.0")  # which compares the work tree with the base


def test_a_metrics_file_that_is_not_committed_yet_is_measured_as_git_will_hold_it(windows: Repository) -> None:
    windows.write("metrics.json", json.dumps({"p95_ms": 12.5}, indent=1).replace("\n", "\r\n") + "\r\n")
    windows.edit("models/churn/kpis.yaml", "metrics.json", "own.json")
    (windows.root / "metrics.json").rename(windows.root / "own.json")
    windows.sh("git", "checkout", "-q", "--", "metrics.json")
    kpi = next(k for k in windows.ok("gate", "churn", "--format", "json").json["kpis"] if k["id"] == "latency")
    assert kpi["value"] == 12.5
