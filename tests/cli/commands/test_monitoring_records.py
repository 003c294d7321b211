"""Monitoring records in audit, promotions, receipts and status: what was done to the branch is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import monitored
import pytest
from house import Repository
from messages import lacking, lines_with
from monitored import drift_finding, observed, rows_finding

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.orchestration.monitoring.records_branch import record_observations
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.runtime import clock

TOP = "monitoring/production/churn"


@pytest.fixture
def watched(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Release 1.0.0 in production before the first week, and three weeks on record: the last one drifted."""

    def watch() -> None:
        with monkeypatch.context() as earlier:
            earlier.setenv("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
            repository.to_production()
        _watch(repository)
        record_weeks(repository, 3)
        repository.sh("git", "fetch", "-q")

    repository.once("three weeks on record", watch)
    return repository


def _watch(repository: Repository) -> None:
    repository.write("models/churn/monitoring.yaml", monitored.PLAN)
    repository.agree("watch-churn", "bob", "carol")


def record_weeks(repository: Repository, weeks: int, **changes: Any) -> list[str]:
    """Records the first weeks of the release in force; the digests."""
    current = repository.ok("status", "--format", "json").json["models"]["churn"]["production"]
    named = {"release": current["release"], "record": current["record"], "profile": None} | changes
    last = observed(weeks - 1, rows_finding(), drift_finding(drifted=True), **named)
    observations = [*(observed(week, **named) for week in range(weeks - 1)), last]
    found = record_observations(open_workspace(str(repository.root)), observations)
    return [recorded.record.digest for recorded in found]


def _forge(repository: Repository, change: Callable[[Path], None], message: str = "Tidy up") -> str:
    """A commit of somebody who may push the branch; its id."""
    repository.sh("git", "worktree", "add", "-q", "--detach", "../branch", f"origin/{BRANCH}")
    change(repository.root.parent / "branch")
    git = ("git", "-C", "../branch")
    repository.sh(*git, "add", "--all")
    repository.sh(*git, "commit", "-q", "-m", message)
    repository.sh(*git, "push", "-q", "origin", f"HEAD:{BRANCH}")
    made = repository.sh(*git, "rev-parse", "HEAD")
    repository.sh("git", "worktree", "remove", "--force", "../branch")
    repository.sh("git", "fetch", "-q")
    return made


def _faults(repository: Repository, *args: str, code: int = 1) -> dict[str, str]:
    """What the audit finds of the branch: the message by its path."""
    answer = repository.run("audit", "--format", "json", *args)
    assert answer.code == code, answer
    found = [fault for fault in answer.json["diagnostics"] if fault["rule"] == "monitoring-record"]
    return {fault["path"].removeprefix(f"{TOP}/"): fault["message"] for fault in found}


def test_a_sound_branch_passes_and_its_measurement_is_not_proven(watched: Repository) -> None:
    answer = watched.ok("audit")
    assert lines_with(answer.out, "3 records", BRANCH, "none was changed")
    assert lines_with(answer.out, "measurements", "not proven")
    assert lines_with(answer.out, "production", "churn", "3", "2026-01-19", "alarm")
    data = watched.ok("audit", "--format", "json").json["monitoring"]
    assert (data["branch"], data["measurement_proven"]) == (BRANCH, False)
    assert [(chain["model"], chain["records"]) for chain in data["chains"]] == [("churn", 3)]


def test_where_nothing_is_watched_nothing_is_said_of_it(repository: Repository) -> None:
    repository.release()
    assert "monitoring" not in repository.ok("audit").out + repository.ok("status").out
    assert repository.ok("audit", "--format", "json").json["monitoring"] is None
    assert "monitoring" not in repository.ok("status", "--format", "json").json


def test_what_a_record_says_is_shown_as_text(watched: Repository) -> None:
    hostile = monitored.window(8)
    hostile = replace(hostile, index=None, start=None, end=None, path="live/\x1b[31m<b>|\n::error::x.csv")
    record_weeks(watched, 1, window=hostile, findings=(replace(rows_finding(), watch="\x1b[2J::warning::"),))
    _forge(
        watched, lambda top: _put(top / TOP / "0004.json", (top / TOP / "0004.json").read_text().replace("6000", "9"))
    )
    for output in ("text", "github", "markdown"):
        shown = watched.run("audit", "--format", output).out + watched.run("status", "--format", output).out
        assert "\x1b" not in shown and "\n::warning::" not in shown and "\n::error::x.csv" not in shown, output


def _remove(top: Path) -> None:
    (top / TOP / "0002.json").unlink()


def _edit(top: Path) -> None:
    text = (top / TOP / "0002.json").read_text()
    (top / TOP / "0002.json").write_text(text.replace('"rows": 6000', '"rows": 9000'))


def _swap(top: Path) -> None:
    second, third = (top / TOP / name for name in ("0002.json", "0003.json"))
    texts = second.read_text(), third.read_text()
    third.write_text(texts[0])
    second.write_text(texts[1])


def _copy(top: Path) -> None:
    (top / TOP / "0004.json").write_bytes((top / TOP / "0001.json").read_bytes())


def _copy_elsewhere(top: Path) -> None:
    (top / "monitoring/staging/churn").mkdir(parents=True)
    (top / "monitoring/staging/churn/0001.json").write_bytes((top / TOP / "0001.json").read_bytes())


def _calm(top: Path) -> None:
    data = json.loads((top / TOP / "0003.json").read_text())
    data["predicate"]["outcome"] = data["predicate"]["findings"][1]["outcome"] = "fine"
    (top / TOP / "0003.json").write_text(json.dumps(data, indent=2) + "\n")


@pytest.mark.parametrize(
    "change, found",
    [
        (_remove, {"0002.json": ("removes", "missing")}),
        (_edit, {"0002.json": ("changes",), "0003.json": ("0002.json", "edited")}),
        (_swap, {"0002.json": ("changes", "'0003'"), "0003.json": ("changes", "'0002'")}),
        (_copy, {"0004.json": ("'0001'", "copy")}),
        (_copy_elsewhere, {"monitoring/staging/churn/0001.json": ("'production'", "copy")}),
        (_calm, {"0003.json": ("changes", "drift is fine", "alarm")}),
    ],
)
def test_what_was_done_to_the_branch_is_named(
    watched: Repository, change: Callable[[Path], None], found: dict[str, tuple[str, ...]]
) -> None:
    commit = _forge(watched, change)
    answer = watched.run("audit", "--format", "json")
    assert answer.code == 1
    faults = [fault for fault in answer.json["diagnostics"] if fault["rule"] == "monitoring-record"]
    messages = {path: " ".join(f["message"] for f in faults if f["path"].endswith(path)) for path in found}
    assert [lack for path, facts in found.items() for lack in lacking(messages[path], *facts)] == []
    changed = [fault for fault in faults if "only added" in fault["message"]]
    assert all(commit[:10] in fault["message"] for fault in changed)


def test_what_is_put_back_was_removed_all_the_same(watched: Repository) -> None:
    kept = watched.sh("git", "show", f"origin/{BRANCH}:{TOP}/0003.json") + "\n"
    _forge(watched, lambda top: (top / TOP / "0003.json").unlink(), "Forget")
    commit = watched.sh("git", "rev-parse", f"origin/{BRANCH}")
    _forge(watched, lambda top: _put((top / TOP / "0003.json"), kept), "Remember")
    faults = _faults(watched)
    assert list(faults) == ["0003.json"] and lacking(faults["0003.json"], commit[:10], "removes") == []


def _put(path: Path, text: str) -> None:
    path.write_text(text)


def test_the_promotion_in_force_is_the_one_that_a_record_names(watched: Repository) -> None:
    record_weeks(watched, 1, environment="staging")  # that of production
    record_weeks(watched, 5, release="2.0.0")
    record_weeks(watched, 6, profile=monitored.PROFILE)
    early = replace(monitored.window(0), start="2025-12-01T00:00:00Z", end="2025-12-08T00:00:00Z")
    record_weeks(watched, 1, window=early)
    record_weeks(watched, 7, release=None, record=None)
    faults = _faults(watched)
    assert lacking(faults["0009.json"], monitored.PROFILE[:17], "1.0.0", "none") == []
    assert lacking(faults["0012.json"], "promotions/production/churn/0001.json", "2025-12-01", "none") == []
    assert lacking(faults["0013.json"], "no release", "promotions/production/churn/0001.json was") == []
    assert lacking(faults["monitoring/staging/churn/0001.json"], "staging", "none of churn in staging") == []
    assert lacking(faults["0004.json"], "2.0.0", "promotions/production/churn/0001.json", "1.0.0") == []


def test_a_mute_is_an_approved_decision_about_that_watch(watched: Repository) -> None:
    path, muted = "decisions/2026-11-01-noisy.yaml", replace(drift_finding(drifted=True), muted="")
    head = "apiVersion: mlops-gitops/v1\nkind: Decision\ntype: mute\nsubject: {model: churn, watch: drift}\n"
    text = f"role: operations\nby: bob\nreason: Noisy.\nexpires: {clock.today() + timedelta(days=9)}\n"
    watched.write(path, head + text)
    watched.agree("mute-drift", "bob", "carol")
    for week, findings in enumerate([(rows_finding(), muted), (replace(rows_finding(), muted=""), muted)], 7):
        named = tuple(replace(one, muted=path) if one.muted == "" else one for one in findings)
        record_weeks(watched, 1, window=monitored.window(week), findings=named)
        found = _faults(watched, code=week - 7)
        assert list(found) == ["0005.json"][: week - 7]
    assert lacking(found["0005.json"], path, "rows") == []


def test_what_judged_was_a_monitoring_yaml_of_the_branch(watched: Repository) -> None:
    watched.edit("models/churn/monitoring.yaml", "at_least: 5000", "at_least: 4000")
    watched.agree("fewer-rows", "bob", "carol")
    record_weeks(watched, 4)  # by the one before: a monitor may have begun just then
    watched.ok("audit")
    forged = f"sha256:{'0' * 64}"
    record_weeks(watched, 5, monitoring=forged)
    assert lacking(_faults(watched)["0005.json"], forged[:17], "monitoring.yaml") == []


def test_a_watch_is_judged_by_the_level_that_its_plan_gives(watched: Repository) -> None:
    record_weeks(watched, 1, window=monitored.window(4), findings=(replace(drift_finding(), level=0.01),))
    faults = _faults(watched)
    assert list(faults) == ["0004.json"]
    assert lacking(faults["0004.json"], "drift", "0.01", f"{monitored.LEVEL:g}", "monitoring.yaml") == []


def test_a_promotion_and_its_receipt_name_the_newest_record(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    _watch(repository)
    branch, path = "origin/promote/production/churn/0001-1.0.0", "promotions/production/churn/0001.json"
    first, second = (_record_without_release(repository, week) for week in (0, 1))
    repository.ok("promote", "churn", "--to", "production")
    proposed = repository.sh("git", "rev-parse", branch)
    third = _record_without_release(repository, 2)
    again = repository.ok("promote", "churn", "--to", "production", "--format", "json").json
    assert (again["done"], repository.sh("git", "rev-parse", branch)) == ("unchanged", proposed)
    repository.merge("bob", "carol")
    assert _predicate(repository, path)["monitoring"] == second
    assert "monitoring" not in _predicate(repository, "promotions/staging/churn/0001.json")
    receipt = repository.sh("git", "tag", "-l", "--format=%(contents)", "churn#production#1")
    assert f'"monitoring": "{third}"' in receipt
    repository.ok("audit")
    repository.sh("git", "push", "-q", "-f", "origin", f"origin/{BRANCH}~1:refs/heads/{BRANCH}")
    repository.sh("git", "fetch", "-q")
    assert lacking(_faults(repository)[path], "churn#production#1", third[:17], BRANCH) == []
    repository.sh("git", "update-ref", "-d", f"refs/remotes/origin/{BRANCH}")
    assert lacking(_faults(repository, code=3)[path], "names", "not in this clone", "unproven") == []
    assert first != second


def _record_without_release(repository: Repository, week: int) -> str:
    """The digest of the record of a week in which no release was in force."""
    observation = observed(week, release=None, record=None, profile=None)
    (found,) = record_observations(open_workspace(str(repository.root)), [observation])
    return found.record.digest


def _predicate(repository: Repository, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((repository.root / path).read_text())["predicate"]
    return found


def test_an_anchor_may_be_a_monitoring_record(watched: Repository) -> None:
    newest = watched.ok("audit", "--format", "json").json["monitoring"]["chains"][0]["newest"]
    watched.write("../anchors.txt", f"{newest} {TOP}/0003.json\n")
    watched.ok("audit", "--anchor", "../anchors.txt")
    watched.sh("git", "push", "-q", "-f", "origin", f"{_first_commit(watched)}:refs/heads/{BRANCH}")
    _rewrite(watched)
    answer = watched.run("audit", "--anchor", "../anchors.txt")
    assert answer.code == 1 and lines_with(answer.out, f"{TOP}/0003.json", "lacks it")


def _first_commit(repository: Repository) -> str:
    return repository.sh("git", "rev-list", "--max-parents=0", f"origin/{BRANCH}")


def _rewrite(repository: Repository) -> None:
    repository.sh("git", "push", "-q", "origin", f":refs/heads/{BRANCH}")
    repository.sh("git", "fetch", "-q", "--prune")
    record_weeks(repository, 2)


def test_status_shows_the_last_window(watched: Repository) -> None:
    (line,) = lines_with(watched.ok("status").out, "churn", "1.0.0")
    assert lacking(line, "production", "2026-01-19", "alarm") == [] and re.search("[0-9]+d old", line)
    found = watched.ok("status", "--format", "json").json["monitoring"]
    assert list(found) == ["churn"] and list(found["churn"]) == ["production"]
    last = found["churn"]["production"]
    assert (last["window"]["index"], last["outcome"], last["sequence"]) == (2, "alarm", 3)
