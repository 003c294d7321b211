"""retrain --check: what is decided from the data as they are now, in words, and nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from house import CARD, SCRIPT, Answer, Repository
from live_windows import DAY, TODAY, begin_watching, write_window
from messages import lacking, lines_with

from mlops_gitops.core.canonical import sha256

POLICY = """apiVersion: mlops-gitops/v1
kind: Retraining
model: churn
decides: {{data-science: 1, operations: 1}}
triggers:
{triggers}
cooldown: 14d
budget: {{runs: 4 per month, minutes: 120}}
pipeline: {{stages: [train, evaluate]}}
evaluate: holdout
then: pull_request
"""


@pytest.fixture
def running(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    begin_watching(repository, monkeypatch)
    for days in (1, 2, 3):
        write_window(repository, days)
    return repository


def agree(repository: Repository, *triggers: str) -> None:
    """Merges a retraining.yaml with these triggers."""
    text = POLICY.format(triggers="\n".join(f"  - {{{trigger}}}" for trigger in triggers))
    repository.write("models/churn/retraining.yaml", text)
    repository.agree("retraining", "bob", "carol")


def check(repository: Repository, *words: str) -> Answer:
    return repository.run("retrain", "--check", "churn", *words)


def decision(repository: Repository, *words: str) -> Mapping[str, Any]:
    (found,) = check(repository, "--format", "json", *words).json["decisions"]
    return dict(found)


def verdicts(found: Mapping[str, Any]) -> dict[str, str]:
    return {finding["id"]: finding["verdict"] for finding in found["findings"]}


def test_an_alarm_counts_by_the_data_and_names_its_record(running: Repository) -> None:
    agree(running, "id: decayed, alarm: accuracy", "id: stale, age: 9999d")
    assert (check(running).code, decision(running)["outcome"]) == (0, "none")
    write_window(running, 2, hits=0.6)
    made = decision(running)
    assert (made["outcome"], verdicts(made)) == ("retrain", {"decayed": "met", "stale": "not_met"})
    (window,) = made["findings"][0]["evidence"]["windows"]
    assert window["record"] is None  # no monitor has run: what counts is what the data give
    running.run("monitor", "churn")
    (window,) = decision(running)["findings"][0]["evidence"]["windows"]
    assert window["record"].startswith("sha256:") and window["digest"].startswith("sha256:")


def test_a_record_that_the_data_do_not_bear_out_triggers_nothing(running: Repository) -> None:
    agree(running, "id: decayed, alarm: accuracy")
    write_window(running, 2, hits=0.6)
    assert running.run("monitor", "churn").code == 1
    write_window(running, 2)  # the bytes on record are gone
    answer = check(running)
    assert (answer.code, verdicts(decision(running))) == (3, {"decayed": "not_available"})
    assert lines_with(answer.out, "monitoring/production/churn/0001.json")


def test_labels_that_were_changed_since_trigger_nothing(running: Repository) -> None:
    agree(running, "id: decayed, alarm: accuracy")
    assert running.run("monitor", "churn").code == 0
    labels = running.root / f"labels/{TODAY - 2 * DAY:%Y-%m-%d}.csv"
    flipped = [line[:-1] + str(1 - int(line[-1])) for line in labels.read_text().split()[1:]]
    labels.write_text("\n".join(["customer,churned", *flipped]) + "\n")
    answer = check(running)
    assert (answer.code, verdicts(decision(running))) == (3, {"decayed": "not_available"})
    assert lines_with(answer.out, "0001.json says fine")


def test_data_that_are_gone_are_never_no_need(running: Repository) -> None:
    agree(running, "id: decayed, alarm: accuracy", "id: few, alarm: rows")
    (running.root / f"live/{TODAY - 2 * DAY:%Y-%m-%d}.csv").unlink()
    (running.root / f"live/{TODAY - 1 * DAY:%Y-%m-%d}.csv").unlink()
    made = decision(running)
    assert (made["outcome"], verdicts(made)) == (
        "undecided",
        {"decayed": "not_available", "few": "not_available"},
    )
    assert check(running).code == 3


def test_a_watch_that_compares_with_live_windows_is_held_to_the_data_alone(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    kpi = "{id: accuracy, no_worse_than: {live: 2, by: 0.05}}"
    begin_watching(repository, monkeypatch, "kpi: {id: accuracy}", f"kpi: {kpi}")
    for days in range(1, 8):
        write_window(repository, days, rows=2000, hits=0.95 if days > 2 else 0.7)
    agree(repository, "id: decayed, alarm: accuracy")
    assert verdicts(decision(repository)) == {"decayed": "met"}  # without any record
    write_window(repository, 7, rows=2000, hits=0.7)
    write_window(repository, 6, rows=2000, hits=0.7)
    assert verdicts(decision(repository)) == {"decayed": "not_met"}


def test_labelled_rows_are_counted_in_the_windows_of_now(running: Repository) -> None:
    for days in range(4, 8):
        write_window(running, days)
    agree(running, "id: labels, new_labels: {rows: 3600}", "id: more, new_labels: {rows: 3601}")
    made = decision(running)
    assert verdicts(made) == {"labels": "met", "more": "not_met"}
    assert [finding["value"] for finding in made["findings"]] == [3600, 3600]
    (running.root / f"labels/{TODAY - 5 * DAY:%Y-%m-%d}.csv").unlink()
    assert verdicts(decision(running)) == {"labels": "not_available", "more": "not_available"}


def test_a_changed_file_is_one_that_the_release_was_not_made_with(running: Repository) -> None:
    agree(running, "id: data, changed: data/holdout.csv", "id: code, changed: pipeline.py")
    assert verdicts(decision(running)) == {"data": "not_met", "code": "not_met"}
    running.edit("pipeline.py", "import json", "import  json")
    running.commit("another pipeline")
    made = decision(running)
    assert verdicts(made) == {"data": "not_met", "code": "met"}
    assert made["cause"]["about"]["code"]["digest"] == made["findings"][1]["value"]


def test_people_start_it_with_a_reason_where_the_policy_lets_them(running: Repository) -> None:
    agree(running, "id: stale, age: 9999d", "id: by-hand")
    assert decision(running)["outcome"] == "none"
    made = decision(running, "--why", "the price list changed")
    assert (made["outcome"], made["why"], made["cause"]["triggers"]) == (
        "retrain",
        "the price list changed",
        ["by-hand"],
    )
    running.ok("retrain", "--check")
    refused = running.run("retrain", "--check", "--why", "all of them")
    assert refused.code == 2 and lines_with(refused.err, "MODEL")


def test_the_text_says_all_in_80_columns_and_nothing_is_stored(running: Repository) -> None:
    agree(running, "id: decayed, alarm: accuracy", "id: stale, age: 10d", "id: by-hand")
    write_window(running, 2, hits=0.6)
    before = running.sh("git", "ls-remote", "origin")
    answer = check(running)
    assert answer.code == 0 and max(map(len, answer.out.splitlines())) <= 80
    assert lines_with(answer.out, "decayed", "1", "windows", "MET")
    assert lines_with(answer.out, "stale", "10", "days", "MET")
    assert lines_with(answer.out, "nothing holds it up") and lines_with(answer.out, "earliest start")
    assert running.sh("git", "ls-remote", "origin") == before
    assert lines_with(check(running, "--format", "markdown").out, "decayed", "MET")


def explained(repository: Repository) -> str:
    """Has a card that pins an explanation, in which the probability holds 30 %; the digest of its file."""
    explain = json.dumps({"features": [{"name": "probability", "importance": 3}, {"name": "age", "importance": 7}]})
    repository.write("reports/explain.json", explain)
    pinned = f"path: reports/explain.json, sha256: {sha256(explain.encode())}"
    evidence = f"  evidence: [{{id: explain, type: explainability, {pinned}}}]\n"
    repository.write("models/churn/README.md", CARD.replace("  intended_use", f"{evidence}  intended_use"))
    repository.commit("the explanation")
    return f"sha256:{sha256(explain.encode())}"


NUMBER = "number: {file: latency.json, key: p95_ms, at_most: 80}, runbook: Add a machine."
DRIFT = "data_drift: {columns: [probability], effect: {psi: 0.1}}"


def test_drift_counts_by_the_explanation_that_the_card_of_the_release_pins(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = explained(repository)
    begin_watching(repository, monkeypatch, NUMBER, DRIFT)
    agree(repository, "id: drifted, drift: {watch: latency, importance: 30 %}")
    write_window(repository, 1)
    (finding,) = decision(repository)["findings"]
    assert finding["evidence"]["explain"] == {"path": "reports/explain.json", "digest": digest}
    assert finding["verdict"] == "not_available" and not lacking(finding["message"], "profile"), finding["message"]


@pytest.mark.outside
def test_columns_that_drifted_from_the_profile_of_the_release(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From real data by `monitor` to the share of the explanation that what drifted holds; one window is no two."""
    digest = explained(repository)
    more = SCRIPT.replace("n in range(50):", "n in [*range(50)] * 20:").replace("c{n},", "c{len(lines)},")
    more = more.replace("0.9 - n / 1000", "0.9").replace("0.1 + n / 1000", "0.1")
    repository.write("pipeline.py", more)  # fifty rows would be too few to tell
    repository.retrain(45)
    repository.ok("profile", "churn")
    repository.commit("the profile")
    begin_watching(repository, monkeypatch, NUMBER, f"{DRIFT}, consecutive: 2")
    shares = [f"id: at-{share}, drift: {{watch: latency, importance: {share} %}}" for share in (29, 30, 31)]
    agree(repository, *shares, "id: twice, alarm: latency")
    for days in (3, 2, 1):
        write_window(repository, days)
    assert "met" not in verdicts(decision(repository)).values()
    drifted = repository.root / f"live/{TODAY - DAY:%Y-%m-%d}.csv"
    drifted.write_text(drifted.read_text().replace(",0.9\n", ",0.5\n").replace(",0.1\n", ",0.5\n"))
    repository.run("monitor", "churn")
    made = decision(repository)
    found = verdicts(made)
    assert [found[f"at-{share}"] for share in (29, 30, 31)] == ["met", "met", "not_met"]
    assert found["twice"] != "met"
    evidence = made["findings"][0]["evidence"]
    assert (evidence["drifted"], evidence["explain"]["digest"]) == ({"probability": 0.3}, digest)
    assert evidence["windows"][0]["record"].startswith("sha256:")
    assert made["cause"]["triggers"] == ["at-29", "at-30"]


def test_without_a_policy_it_says_how_to_begin(running: Repository) -> None:
    answer = running.run("retrain", "--check", "churn")
    assert answer.code == 2 and lines_with(answer.err, "retraining.yaml", "churn") and lines_with(answer.err, "init")
