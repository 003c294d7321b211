"""monitor at GitHub: an alarm is on record and one issue, wherever a run was cut off or what its token may not do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ground.copies import Copies
from ground.house import BOT, House
from house import Repository
from messages import lines_with

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
PLAN = f"""apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: {TODAY - timedelta(days=3):%Y-%m-%d}
every: 1d
grace: 1d
environments: [production]
windows:
  scored: {{path: "live/{{date}}.csv"}}
watch:
  - {{id: latency, number: {{file: latency.json, key: p95_ms, at_most: 80}}, runbook: "https://wiki.example/latency"}}
"""


def slow(repository: Repository, milliseconds: int) -> None:
    """The number that is watched, outside of git."""
    repository.write("latency.json", f'{{"p95_ms": {milliseconds}}}')


def watched(repository: Repository) -> None:
    """Has monitoring.yaml on main, and an alarm in the newest window."""
    repository.write("models/churn/monitoring.yaml", PLAN)
    repository.write(".gitignore", "latency.json\n")
    repository.commit("Watch it")
    slow(repository, 95)


def issues(house: House) -> list[Any]:
    found = house.api("GET", "issues?state=all&direction=asc&per_page=100")
    return [issue for issue in found if "pull_request" not in issue]


def test_an_alarm_is_one_issue_with_its_owner_and_runbook(hub: House) -> None:
    watched(hub)
    answer = hub.run("monitor", "churn")
    assert answer.code == 1 and lines_with(answer.out, "issue #1 opened", "churn in production: latency"), answer
    (issue,) = issues(hub)
    assert (issue["user"]["login"], [label["name"] for label in issue["labels"]]) == (BOT, ["mlops-gitops-monitoring"])
    for words in ("95", "80", "@bob", "<https://wiki.example/latency>", "mlops-gitops/monitoring"):
        assert words in issue["body"]
    mark = hub.front.mark()
    assert lines_with(hub.ok("monitor", "churn").out, "already on record", "latency ALARM")
    assert hub.front.writes(mark) == []


def test_cut_off_after_each_write_the_next_run_ends_with_one_record_and_one_issue(copies: Copies) -> None:
    watched(copies.clone)
    whole = copies.house()
    mark = whole.front.mark()
    whole.run("monitor", "churn")
    requests = whole.front.requests(mark)
    writes = [n for n, entry in enumerate(requests, 1) if entry.method != "GET"]
    assert requests[writes[-1] - 1].path.endswith("/issues")
    for n in writes:
        house = copies.house()
        slow(house, 95)
        house.front.cut(n, done=True)
        stopped = house.run("monitor", "churn")
        house.front.restore()
        assert stopped.code in (1, 3) and "GitHub cannot be reached" in stopped.out + stopped.err, requests[n - 1]
        assert house.run("monitor", "churn").code == (0 if n == writes[-1] else 1)
        assert [issue["state"] for issue in issues(house)] == ["open"], requests[n - 1]
        listed = house.bridge.one("ls-tree", "-r", "--name-only", "mlops-gitops/monitoring").split()
        assert [path for path in listed if path.endswith(".json")] == ["monitoring/production/churn/0001.json"]


def test_an_issue_that_may_not_be_written_is_an_error_beside_the_outcome(
    hub: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched(hub)
    monkeypatch.setenv("GITHUB_TOKEN", hub.token("reader", issues="read", pull_requests="read"))
    answer = hub.run("monitor", "churn")
    assert answer.code == 1 and lines_with(answer.out, "recorded:", "0001.json")
    assert lines_with(answer.out, "error", "churn in production: latency", "issues=write"), answer
    monkeypatch.setenv("GITHUB_TOKEN", hub.environment["GITHUB_TOKEN"])
    assert lines_with(hub.run("monitor", "churn").out, "issue #1 opened")


def test_issues_that_cannot_be_read_are_not_fine(hub: House, monkeypatch: pytest.MonkeyPatch) -> None:
    watched(hub)
    slow(hub, 40)
    monkeypatch.setenv("GITHUB_TOKEN", hub.token("blind", issues="none", pull_requests="none"))
    answer = hub.run("monitor", "churn")
    assert answer.code == 3 and lines_with(answer.out, "error", "issues=read"), answer
    monkeypatch.setenv("GITHUB_TOKEN", hub.environment["GITHUB_TOKEN"])
    assert hub.run("monitor", "churn").code == 0
