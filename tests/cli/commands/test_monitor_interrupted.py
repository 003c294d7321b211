"""monitor killed after each write of git, from the first reference to the last issue: the next run makes it whole."""

from __future__ import annotations

import signal
from itertools import count

import pytest
from house import Repository
from messages import lines_with
from stopped import stopped
from webhooks import receiving

pytestmark = pytest.mark.outside

RECORDS = "refs/heads/mlops-gitops/monitoring"
PLAN = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: 2026-01-05
every: 7d
grace: 2d
environments: [production]
notify: {webhook: on-call}
windows: {scored: {path: "live/{date}.csv"}}
watch:
  - {id: latency, number: {file: latency.json, key: p95_ms, at_most: 80}}
  - {id: errors, number: {file: latency.json, key: errors, at_most: 0}}
"""


def test_killed_after_each_write_the_next_run_ends_with_one_record_and_an_issue_for_each_alarm(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("models/churn/monitoring.yaml", PLAN)
    repository.write(".gitignore", "latency.json\n")
    repository.commit("Watch churn")
    repository.write("latency.json", '{"p95_ms": 95, "errors": 3}')
    killed = 0
    with receiving() as receiver:
        monkeypatch.setenv("MLOPS_GITOPS_WEBHOOK_ON_CALL", f"http://127.0.0.1:{receiver.port}/200/x")
        for at in count(1):
            receiver.taken.clear()
            code = stopped(repository, at, "KILL", "-m", "mlops_gitops", "monitor", "churn")
            if code != -signal.SIGKILL:
                break
            killed += 1
            open_before = _issues(repository)
            again = repository.run("monitor", "churn")
            assert again.code == (1 if open_before < 2 else 0), (at, again)
            assert (_records(repository), _issues(repository)) == (["0001.json"], 2), at
            assert len(receiver.taken) <= 2, (
                at
            )  # one that is lost with the run is not sent again, and none is sent twice
            assert lines_with(repository.ok("monitor", "churn").out, "already on record", "latency ALARM"), at
            _forget(repository)
    assert killed >= 5  # the record's references and its push, and a push for each issue at least
    assert (code, len(receiver.taken)) == (1, 2)


def _records(repository: Repository) -> list[str]:
    listed = repository.sh("git", "-C", "../origin.git", "ls-tree", "-r", "--name-only", RECORDS).splitlines()
    return [path.rpartition("/")[2] for path in listed if path.endswith(".json")]


def _issues(repository: Repository) -> int:
    return len(repository.ok("issue", "list", "--format", "json").json["issues"])


def _forget(repository: Repository) -> None:
    """The remote and this clone as they were before the first run."""
    for git in (("git", "-C", "../origin.git"), ("git",)):
        for reference in repository.sh(*git, "for-each-ref", "--format=%(refname)").splitlines():
            if "mlops-gitops/monitoring" in reference or "/issues/" in reference:
                repository.sh(*git, "update-ref", "-d", reference)
