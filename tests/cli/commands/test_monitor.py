"""The newest window judged, recorded, and an issue kept for each alarm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from house import Repository
from live_windows import DAY, TODAY, begin_watching
from live_windows import write_window as _window
from messages import lines_with

from mlops_gitops.forges.issue import Issue
from mlops_gitops.orchestration.monitoring.write_outcomes import write_outcomes
from mlops_gitops.orchestration.workspace import open_workspace


@pytest.fixture
def running(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Release 1.0.0 has been in production for weeks, and its monitoring.yaml is merged."""
    begin_watching(repository, monkeypatch)
    return repository


def _outcomes(answer: Any) -> dict[str, str]:
    return {
        finding["watch"]: finding["outcome"]
        for observation in answer.json["observations"]
        for finding in observation["findings"]
    }


def test_a_fine_window_is_recorded_once(running: Repository) -> None:
    _window(running, 1)
    _window(running, 2)
    answer = running.ok("monitor", "churn", "--format", "json")
    assert _outcomes(answer) == {"rows": "fine", "latency": "fine", "accuracy": "fine"}
    again = running.ok("monitor", "churn")
    assert lines_with(again.out, "nothing new is written")
    assert lines_with(again.out, "already on record", "rows fine", "latency fine")
    assert running.ok("issue", "list", "--all", "--format", "json").json["issues"] == []
    assert running.ok("audit").code == 0


def test_an_alarm_opens_one_issue_which_recovery_closes(running: Repository) -> None:
    _window(running, 2)
    _window(running, 1, rows=400)
    running.write("latency.json", '{"p95_ms": 95}')
    answer = running.run("monitor", "churn", "--format", "json")
    assert (answer.code, _outcomes(answer)) == (1, {"rows": "alarm", "latency": "alarm", "accuracy": "fine"})
    issues = running.ok("issue", "list", "--format", "json").json["issues"]
    assert [issue["title"] for issue in issues] == ["churn in production: rows", "churn in production: latency"]
    text = running.ok("issue", "show", issues[1]["number"]).out
    assert lines_with(text, "95", "80")
    assert lines_with(text, "Add a machine.")
    assert lines_with(text, "operations")


def test_an_issue_that_a_stopped_run_did_not_write_is_written_by_the_next(running: Repository) -> None:
    _window(running, 1, rows=400)
    _window(running, 2)
    assert running.run("monitor", "churn").code == 1
    running.sh("git", "push", "-q", "origin", ":refs/mlops/issues/1")  # as if it had been killed after its records
    again = running.run("monitor", "churn")
    assert (again.code, lines_with(again.out, "issue #1 opened", "rows") != []) == (1, True)


def test_the_issue_of_an_environment_that_is_watched_no_more_is_closed(running: Repository) -> None:
    _window(running, 1)
    _window(running, 2)
    forge = open_workspace(str(running.root)).forge
    forge.write_issue(Issue("monitoring/staging/churn/rows", "churn in staging: rows", "Fewer rows."))
    write_outcomes(open_workspace(str(running.root)), (), ())  # as of a run about another model: it closes nothing
    assert [issue.number for issue in forge.issues()] == [1]
    assert lines_with(running.ok("monitor").out, "issue #1 closed", "staging")
    assert running.ok("issue", "list", "--format", "json").json["issues"] == []


def test_an_alarm_fails_the_run_that_records_it_and_no_later_one(running: Repository) -> None:
    """What is on record is not read again: the window's file may be gone by then."""
    _window(running, 2)
    _window(running, 1, rows=400)
    assert running.run("monitor", "churn").code == 1
    Path(running.root, f"live/{TODAY - DAY:%Y-%m-%d}.csv").unlink()
    again = running.ok("monitor", "churn", "--format", "json").json
    assert again["observations"] == []
    assert {(each["watch"], each["outcome"]) for each in again["on_record"]} == {
        ("rows", "alarm"), ("latency", "fine"), ("accuracy", "fine")}  # fmt: skip
    assert lines_with(running.ok("monitor").out, "already on record", "rows ALARM")
    assert [issue["state"] for issue in running.ok("issue", "list", "--format", "json").json["issues"]] == ["open"]
    beat = running.ok("monitor", "--heartbeat")
    assert lines_with(beat.out, "rows", "ALARM", f"{TODAY - DAY:%Y-%m-%d}")
    assert lines_with(running.ok("status").out, "churn", "alarm")


def test_what_was_not_available_is_looked_for_again(running: Repository) -> None:
    _window(running, 2)
    assert [running.run("monitor").code for _ in range(2)] == [3, 3]
    _window(running, 1)
    answer = running.ok("monitor", "--format", "json").json
    assert _watches(answer) == ["rows"]
    assert {each["watch"] for each in answer["on_record"]} == {"latency", "accuracy"}


def _watches(data: Any) -> list[str]:
    return [finding["watch"] for seen in data["observations"] for finding in seen["findings"]]


def test_a_window_that_was_repaired_stays_what_is_on_record(running: Repository) -> None:
    _window(running, 2)
    _window(running, 1, rows=400)
    assert running.run("monitor").code == 1
    _window(running, 1)
    answer = running.run("monitor", "--again")
    assert answer.code == 1
    assert lines_with(answer.out, "bytes", "now", "on record")
    assert lines_with(answer.out, "rows is fine now", "ALARM on record", "monitoring/production/churn/0002.json")
    assert lines_with(answer.out, "nothing new is written")
    assert len(running.ok("issue", "list", "--format", "json").json["issues"]) == 1
    day = running.run("monitor", "--again", "--dry-run", "--window", f"{TODAY - DAY:%Y-%m-%d}", "--format", "json")
    assert (day.code, _outcomes(day)["rows"]) == (1, "fine")


def test_the_issue_of_an_alarm_that_was_lost_is_written_whatever_the_next_window_is(running: Repository) -> None:
    """The run that recorded it was killed before it wrote the issue, and the next window has not arrived."""
    _window(running, 2, rows=400)
    assert running.run("monitor", "--window", f"{TODAY - 2 * DAY:%Y-%m-%d}").code == 1
    running.sh("git", "push", "-q", "origin", ":refs/mlops/issues/1")
    answer = running.run("monitor")
    assert answer.code == 1, answer
    assert lines_with(answer.out, "issue #1 opened", "churn in production: rows")
    assert lines_with(running.ok("issue", "show", 1).out, "last alarm", f"{TODAY - 2 * DAY:%Y-%m-%d}")
    running.ok("issue", "close", 1)
    assert running.run("monitor").code == 3
    assert running.ok("issue", "list", "--format", "json").json["issues"] == []


def test_the_issues_of_the_last_file_that_is_removed_are_closed(running: Repository) -> None:
    _window(running, 2)
    _window(running, 1, rows=400)
    assert running.run("monitor").code == 1
    (running.root / "models/churn/monitoring.yaml").unlink()
    running.commit("Watch nothing")
    assert running.run("monitor", "--dry-run").code == running.run("monitor", "churn").code == 2
    assert lines_with(running.ok("monitor").out, "issue #1 closed", "churn in production: rows")
    assert running.ok("issue", "list", "--format", "json").json["issues"] == []
    assert running.run("monitor").code == 2


def test_a_model_that_got_worse_alarms(running: Repository) -> None:
    _window(running, 1)
    _window(running, 2, hits=0.6)
    answer = running.run("monitor", "churn")
    assert answer.code == 1
    assert lines_with(answer.out, "accuracy", "0.8")


def test_rows_without_a_label_are_stood_for_and_the_worst_case_is_shown(running: Repository) -> None:
    """Of 600 rows 30 have no label yet; where more are missing than may be, nothing is said."""
    running.edit("models/churn/monitoring.yaml", "delay: 1d", "delay: 1d, missing: 6 %")
    running.agree("late-labels", "bob")
    _window(running, 1)
    _window(running, 2)
    labels = running.root / f"labels/{TODAY - 2 * DAY:%Y-%m-%d}.csv"
    rows = labels.read_text().splitlines()
    labels.write_text("\n".join(rows[:-30]) + "\n")
    shown = running.ok("monitor", "--dry-run").out
    assert lines_with(shown, "accuracy", "30 of 600", "assumed")
    assert lines_with(shown, "missing labels", "–") and lines_with(shown, "against the model", "for the model")
    labels.write_text("\n".join(rows[:-60]) + "\n")
    answer = running.run("monitor", "--dry-run", "--format", "json")
    assert _outcomes(answer)["accuracy"] == "not_available"
    labels.write_text("\n".join(rows[:-30]) + "\n")
    running.ok("monitor")
    (found,) = (
        comparison
        for path in running.sh("git", "ls-tree", "-r", "--name-only", "origin/mlops-gitops/monitoring").split()
        if path.endswith(".json")
        for finding in json.loads(running.sh("git", "show", f"origin/mlops-gitops/monitoring:{path}"))["predicate"][
            "findings"
        ]
        for comparison in finding["comparisons"]
        if comparison["statistic"] == "accuracy"
    )
    late = found["evidence"]["unlabelled"]
    assert sum(every - known for every, known in late["strata"]) == 30
    assert late["against"] == pytest.approx(late["for"] - 30 / 600)
    assert running.ok("audit").code == 0


def test_windows_of_a_kpi_are_pooled(running: Repository) -> None:
    """Customers come back in each window, and one window alone has too few rows to tell."""
    running.edit("models/churn/monitoring.yaml", "kpi: {id: accuracy}", "kpi: {id: accuracy}, over: 3")
    running.agree("pool-windows", "bob")
    for days in range(1, 4):
        _window(running, days, hits=0.9)
    few = running.run("monitor", "--window", f"{TODAY - 2 * DAY:%Y-%m-%d}", "--dry-run")
    assert lines_with(few.out, "accuracy", "2 of the 3")
    _window(running, 4, hits=0.9)
    answer = running.ok("monitor", "--window", f"{TODAY - 2 * DAY:%Y-%m-%d}", "--dry-run", "--format", "json")
    (found,) = (
        comparison
        for observation in answer.json["observations"]
        for finding in observation["findings"]
        for comparison in finding["comparisons"]
        if comparison["statistic"] == "accuracy"
    )
    assert found["evidence"]["n"] == 1800


def test_a_window_that_is_not_there_is_not_fine(running: Repository) -> None:
    answer = running.run("monitor", "churn", "--format", "json")
    assert answer.code == 3
    assert _outcomes(answer) == {"rows": "not_available", "latency": "fine", "accuracy": "not_available"}


def test_a_dry_run_writes_nothing(running: Repository) -> None:
    _window(running, 1, rows=400)
    assert running.run("monitor", "--dry-run").code == 1
    assert running.ok("issue", "list", "--format", "json").json["issues"] == []
    assert running.sh("git", "ls-remote", "origin", "refs/heads/mlops-gitops/monitoring") == ""


def test_a_backtest_shows_which_windows_would_have_alarmed(running: Repository) -> None:
    for days in range(1, 8):
        _window(running, days, rows=400 if days == 4 else 600, hits=0.6 if days == 6 else 0.95)
    answer = running.ok("monitor", "churn", "--backtest")
    assert lines_with(answer.out, f"{TODAY - 4 * DAY:%Y-%m-%d}", "ALARM", "rows")
    assert lines_with(answer.out, f"{TODAY - 6 * DAY:%Y-%m-%d}", "ALARM", "accuracy")
    assert lines_with(answer.out, "2", "7")
    assert running.sh("git", "ls-remote", "origin", "refs/heads/mlops-gitops/monitoring") == ""


def test_a_backtest_compares_with_the_first_live_windows(running: Repository) -> None:
    running.edit(
        "models/churn/monitoring.yaml", "{id: accuracy}}", "{id: accuracy, no_worse_than: {live: 2, by: 0.02}}}"
    )
    for days in range(1, 8):
        _window(running, days, hits=0.75 if days == 3 else 0.95)
    answer = running.ok("monitor", "churn", "--backtest", "--format", "json").json
    found = [finding["outcome"] for seen in answer["observations"] for finding in seen["findings"][1:2]]
    assert found[:2] == ["not_available"] * 2 and found[4] == "alarm"
    assert found[2] != "not_available"


def test_a_backtest_applies_the_mutes_of_each_windows_day(running: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(1, 8):
        _window(running, days, rows=400 if days in (2, 6) else 600)
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{TODAY - 4 * DAY:%Y-%m-%dT%H:%M:%SZ}")
    running.write("decisions/2026-01-06-closed.yaml", MUTE.replace("EXPIRES", f"{TODAY + 7 * DAY:%Y-%m-%d}"))
    running.agree("mute-rows", "bob")
    answer = running.ok("monitor", "churn", "--backtest")
    assert lines_with(answer.out, f"{TODAY - 6 * DAY:%Y-%m-%d}", "ALARM", "rows") == lines_with(answer.out, "ALARM")
    assert lines_with(answer.out, f"{TODAY - 2 * DAY:%Y-%m-%d}", "rows (muted)")
    assert lines_with(answer.out, "1 of 7 past windows")


def test_a_silent_monitor_is_an_alarm(running: Repository) -> None:
    silent = running.run("monitor", "--heartbeat")
    assert (silent.code, bool(lines_with(silent.out, "churn", "production"))) == (1, True)
    _window(running, 1)
    _window(running, 2)
    running.ok("monitor")
    assert running.ok("monitor", "--heartbeat").code == 0


def test_where_nothing_is_watched_nothing_is_late(repository: Repository) -> None:
    """The workflow that records asks in every repository."""
    answer = repository.ok("monitor", "--heartbeat", "--format", "json")
    assert answer.json["late"] == []
    repository.write("models/churn/monitoring.yaml", "# apiVersion: mlops-gitops/v1\n")
    repository.commit("A draft")
    assert lines_with(repository.ok("monitor", "--heartbeat").out, "monitoring.yaml")
    assert repository.run("monitor", "churn", "--heartbeat").code == 2
    repository.write("models/churn/monitoring.yaml", "apiVersion: mlops-gitops/v1\n")
    repository.commit("What cannot be read is not nothing")
    assert repository.run("monitor", "--heartbeat").code == 2


def test_the_same_bytes_are_no_new_window(running: Repository) -> None:
    _window(running, 2)
    _window(running, 1)
    live = Path(running.root, "live")
    newest, before = (live / f"{TODAY - days * DAY:%Y-%m-%d}.csv" for days in (1, 2))
    running.ok("monitor", "--window", f"{TODAY - 2 * DAY:%Y-%m-%d}")
    newest.write_bytes(before.read_bytes())
    answer = running.run("monitor", "--format", "json")
    assert answer.code == 3
    assert _outcomes(answer)["rows"] == "not_available"


@pytest.mark.outside
def test_an_alarm_may_propose_a_rollback(running: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, with the evidence; people still approve and merge it."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{TODAY - 20 * DAY:%Y-%m-%dT%H:%M:%SZ}")
    running.retrain(47)
    running.to_production("1.1.0")
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    running.edit("models/churn/monitoring.yaml", "runbook: Add a machine.", "action: rollback")
    running.commit("Roll back when it is slow")
    _window(running, 1)
    _window(running, 2)
    running.write("latency.json", '{"p95_ms": 95}')
    for _ in range(2):
        running.run("monitor")
    (pull,) = running.ok("pr", "list", "--format", "json").json["pull_requests"]
    assert "1.0.0" in pull["title"]
    shown = running.ok("pr", "show", pull["number"]).out
    assert lines_with(shown, "latency", "95", "80")


def test_a_rollback_without_an_earlier_release_is_named(running: Repository) -> None:
    running.edit("models/churn/monitoring.yaml", "runbook: Add a machine.", "action: rollback")
    running.commit("Roll back when it is slow")
    running.write("latency.json", '{"p95_ms": 95}')
    answer = running.run("monitor")
    assert answer.code == 1
    assert lines_with(answer.out, "no rollback", "churn", "production")


MUTE = """apiVersion: mlops-gitops/v1
kind: Decision
type: mute
subject: {model: churn, watch: rows}
role: operations
by: bob
reason: The shop is closed this week.
expires: EXPIRES
"""


def test_a_mute_that_its_role_approved_silences_one_watch(running: Repository) -> None:
    _window(running, 2)
    _window(running, 1, rows=400)
    assert running.run("monitor", "churn", "--dry-run").code == 1
    running.write("decisions/2026-01-06-closed.yaml", MUTE.replace("EXPIRES", f"{TODAY + 7 * DAY:%Y-%m-%d}"))
    running.agree("mute-rows", "bob")
    answer = running.ok("monitor", "churn", "--format", "json")
    found = [finding for seen in answer.json["observations"] for finding in seen["findings"]]
    assert [(each["watch"], each["outcome"]) for each in found if each.get("muted")] == [("rows", "alarm")]
    assert running.ok("issue", "list", "--all", "--format", "json").json["issues"] == []
    assert running.ok("audit").code == 0


def test_a_mute_that_nobody_approved_silences_nothing(running: Repository) -> None:
    _window(running, 2)
    _window(running, 1, rows=400)
    running.write("decisions/2026-01-06-closed.yaml", MUTE.replace("EXPIRES", f"{TODAY + 7 * DAY:%Y-%m-%d}"))
    running.commit("Pushed past everybody")
    assert running.run("monitor", "churn", "--dry-run").code == 1


def test_a_file_that_is_named_by_hand_is_judged_and_not_recorded(running: Repository) -> None:
    _window(running, 1, rows=400)
    answer = running.run("monitor", "--window", f"live/{TODAY - DAY:%Y-%m-%d}.csv", "--format", "json")
    assert (answer.code, _outcomes(answer)) == (1, {"rows": "alarm"})
    (seen,) = answer.json["observations"]
    assert (seen["window"]["index"], seen["window"]["rows"], seen["release"]) == (None, 400, "1.0.0")
    assert running.sh("git", "ls-remote", "origin", "refs/heads/mlops-gitops/monitoring") == ""
    duckdb.sql(f"COPY (FROM '{running.root}/live/{TODAY - DAY:%Y-%m-%d}.csv') TO '{running.root}/live/x.parquet'")
    other = running.run("monitor", "--window", "live/x.parquet", "--format", "json")
    assert (other.code, _outcomes(other)) == (1, {"rows": "alarm"})
    outside = running.run("monitor", "--window", "../elsewhere.csv", "--format", "json")
    assert (outside.code, _outcomes(outside)["rows"]) == (3, "not_available")


def test_windows_that_no_run_looked_at_are_caught_up(running: Repository) -> None:
    _window(running, 5)
    running.run("monitor", "--window", f"{TODAY - 5 * DAY:%Y-%m-%d}")
    for days in (4, 3, 2, 1):
        _window(running, days, rows=400 if days == 3 else 600)
    answer = running.run("monitor", "--format", "json")
    starts = [seen["window"]["start"][:10] for seen in answer.json["observations"]]
    assert starts == [f"{TODAY - days * DAY:%Y-%m-%d}" for days in (4, 3, 2, 1)]
    assert answer.code == 1
    assert running.ok("monitor").out.count("rows") > 0


def test_another_calendar_blinds_nothing(running: Repository) -> None:
    """Windows are known by their time: a changed start makes other windows, whatever index they have."""
    _window(running, 7)
    running.run("monitor", "--window", f"{TODAY - 7 * DAY:%Y-%m-%d}")
    running.edit(
        "models/churn/monitoring.yaml", f"start: {TODAY - 7 * DAY:%Y-%m-%d}", f"start: {TODAY - 1 * DAY:%Y-%m-%d}"
    )
    running.commit("Another calendar")
    _window(running, 1, rows=400)
    answer = running.run("monitor")
    assert answer.code == 1
    assert lines_with(answer.out, "recorded", "monitoring/production/churn/0002.json")
    assert [issue["title"] for issue in running.ok("issue", "list", "--format", "json").json["issues"]] == [
        "churn in production: rows"
    ]
    assert running.ok("monitor", "--heartbeat").code == 0


def test_groups_are_compared_with_their_own_first_windows(running: Repository) -> None:
    """The second window has the first to be compared with, each group for itself."""
    running.edit(
        "models/churn/monitoring.yaml",
        "kpi: {id: accuracy}",
        "by: [predicted], kpi: {id: accuracy, no_worse_than: {live: 1, by: 0.1}}",
    )
    assert running.run("validate").code == 0
    for days in range(1, 8):
        _window(running, days, hits=0.9)
    answer = running.ok("monitor", "churn", "--backtest", "--format", "json").json
    found = [
        {each["about"]: each["outcome"] for finding in seen["findings"][1:2] for each in finding["comparisons"]}
        for seen in answer["observations"]
    ]
    groups = ("predicted=0", "predicted=1")
    assert found[0] == dict.fromkeys(groups, "not_available")
    assert all(outcome != "not_available" for outcome in found[1].values()) and set(found[1]) == set(groups)


@pytest.mark.outside
def test_records_that_are_gone_are_not_begun_anew(running: Repository) -> None:
    """A promotion names the newest record: a branch without it was deleted or set back."""
    _window(running, 2)
    running.ok("monitor", "--window", f"{TODAY - 2 * DAY:%Y-%m-%d}")
    running.retrain(46)
    running.to_production("1.1.0")
    running.sh("git", "push", "-q", "origin", ":refs/heads/mlops-gitops/monitoring")
    running.sh("git", "fetch", "-q", "--prune")
    _window(running, 1)
    answer = running.run("monitor", "--window", f"{TODAY - DAY:%Y-%m-%d}")
    assert answer.code == 3
    assert lines_with(answer.err, "mlops-gitops/monitoring", "promotions/production/churn/0002.json")
    assert running.sh("git", "ls-remote", "origin", "refs/heads/mlops-gitops/monitoring") == ""
