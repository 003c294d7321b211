"""The issues of a model's watches follow from its records, and a chat tool hears of those that open and close."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from house import Repository
from monitoring.observations import drift, observed
from monitoring.plans import plan
from webhooks import Receiver, receiving

from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.issue import Issue
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.orchestration.monitoring.keep_issues import Kept, close_unplanned, keep_issues
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.runtime import webhook

PLAN = plan(
    ("{id: scores, prediction_drift: {", "{id: drift, data_drift: {columns: [age], "),
    ("budget:", "notify: {webhook: on-call}\nbudget:"),
)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as server:
        monkeypatch.setenv("MLOPS_GITOPS_WEBHOOK_ON_CALL", f"http://127.0.0.1:{server.port}/200/secret")
        yield server


def keep(repository: Repository, *windows: Observation, by: Monitoring = PLAN) -> Kept:
    workspace = open_workspace(str(repository.root))
    return keep_issues(workspace.forge, by, "production", windows, workspace.project)


def test_one_issue_and_a_message_when_it_opens_and_closes(repository: Repository, receiver: Receiver) -> None:
    weeks = [observed(n, drift(0.02 if n in (0, 4) else 0.3)) for n in range(5)]
    said = [keep(repository, *weeks[: n + 1]).lines() for n in range(5)]
    title = "churn in production: drift"
    assert said == [
        [], [f"issue #1 opened: {title}"], [f"issue #1 updated: {title}"], [f"issue #1 updated: {title}"],
        [f"issue #1 closed: {title}"],
    ]  # fmt: skip
    messages = [message for _, _, message in receiver.taken]
    assert [(message["outcome"], message["issue"]) for message in messages] == [("alarm", "#1"), ("fine", "#1")]
    assert keep(repository, *weeks) == Kept()
    text = repository.ok("issue", "show", 1).out
    assert "operations (@bob)" in text and "2026-01-12 to 2026-01-19" in text


def test_a_webhook_that_fails_is_one_warning(
    repository: Repository, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)
    monkeypatch.setenv("MLOPS_GITOPS_WEBHOOK_ON_CALL", f"http://127.0.0.1:{receiver.port}/slow/secret")
    kept = keep(repository, observed(0, drift(0.3)))
    assert kept.done and not kept.errors
    (line,) = (line for line in kept.lines() if line.startswith("warning: "))
    assert "on-call" in line and "secret" not in line


def test_a_remote_that_takes_no_issue_is_an_error_for_each_and_no_message(
    repository: Repository, receiver: Receiver
) -> None:
    hook = repository.root.parent / "origin.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    rows = replace(drift(0.3), watch="rows")
    kept = keep(repository, observed(0, rows, drift(0.3)))
    assert [("rows" in line, "drift" in line) for line in kept.errors] == [(True, False), (False, True)]
    assert (kept.done, receiver.taken) == ((), [])


def test_the_issue_of_a_watch_that_the_file_no_longer_has_is_closed(repository: Repository, receiver: Receiver) -> None:
    rows = replace(drift(0.3), watch="rows")
    keep(repository, observed(0, rows, drift(0.3)))
    assert keep(repository, by=replace(PLAN, model="other", watches=())) == Kept()
    fewer = replace(PLAN, watches=PLAN.watches[:1])
    kept = keep(repository, observed(1, rows), by=fewer)
    assert "issue #2 closed: churn in production: drift" in kept.done
    open_ones = repository.ok("issue", "list", "--format", "json").json["issues"]
    assert [issue["key"] for issue in open_ones] == ["monitoring/production/churn/rows"]


def test_the_issues_of_an_environment_and_a_model_that_no_file_watches_are_closed(repository: Repository) -> None:
    forge = open_workspace(str(repository.root)).forge
    keys = ["monitoring/production/churn/drift", "monitoring/staging/churn/drift", "monitoring/production/fraud/drift",
            "monitoring/production/churn/old", "unapproved/churn"]  # fmt: skip
    for key in keys:
        forge.write_issue(Issue(key, key, "text"))
    kept = close_unplanned(forge, [PLAN])
    assert kept.done == tuple(f"issue #{n} closed: {key}" for n, key in enumerate(keys, 1) if n in (2, 3, 4))
    assert [issue.key for issue in forge.issues()] == [keys[0], keys[4]]
    assert close_unplanned(forge, [PLAN]) == Kept()
