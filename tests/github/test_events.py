"""What starts a check: pull requests, reviews, groups of the merge queue, forks, and events that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ground.checked import BRANCH, RECORD, STATE, check, rules
from ground.events import job, merge_group, pull_request, review
from ground.house import House
from messages import lacking, lines_with


def status_of(house: House, commit: str) -> tuple[str, str]:
    """State and description of a commit's newest status."""
    newest = house.api("GET", f"commits/{commit}/statuses")[0]
    return newest["state"], newest["description"]


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target", "pull_request_review"])
def test_the_event_names_the_pull_request_recorded_contract(
    proposed: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    proposed.approve(1, "bob")
    payload = review(proposed, 1, "bob") if name == "pull_request_review" else pull_request(proposed, 1)
    job(monkeypatch, tmp_path, name, payload)
    answer = check(proposed)
    assert (answer.code, answer.json["pull_request"], proposed.status(1)) == (0, 1, "success")


@pytest.mark.parametrize("name", ["push", "schedule", "workflow_dispatch", "workflow_run"])
def test_other_events_are_about_none(
    proposed: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    job(monkeypatch, tmp_path, name, {"ref": "refs/heads/main", "number": 1})
    answer = check(proposed)
    assert (answer.code, answer.json["pull_request"]) == (0, None)
    assert proposed.status(1) == ""


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("pull_request", "{"),
        ("pull_request", []),
        ("pull_request", {"pull_request": {"number": None}}),
        ("pull_request", {"pull_request": {"number": "one"}}),
        ("pull_request_review", {"review": {}}),
        ("pull_request", "[" * 100_000),
        ("merge_group", {"merge_group": {"head_ref": "refs/heads/main", "head_sha": "0" * 40, "base_sha": "0" * 40}}),
        ("merge_group", {"merge_group": None}),
    ],
)
def test_a_broken_event_is_one_plain_line(
    hub: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, payload: Any
) -> None:
    job(monkeypatch, tmp_path, name, payload)
    mark = hub.front.mark()
    for command in ("check", "screen"):
        answer = hub.run(command)
        assert answer.code == 3
        error, *rest = answer.err.splitlines()
        assert not lacking(error, "error", "event", name, "cannot be read") and len(rest) <= 1
    assert hub.front.requests(mark) == []


def test_an_event_file_that_is_not_there(hub: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    job(monkeypatch, tmp_path, "pull_request", {})
    (tmp_path / "event.json").unlink()
    assert hub.run("check").code == 3


def test_closed_or_onto_another_branch(proposed: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    proposed.write_branch("release-1", {"a.txt": "a\n"})
    proposed.write_branch("topic", {"b.txt": "b\n"}, base="release-1")
    made = proposed.api("POST", "pulls", {"title": "x", "head": "topic", "base": "release-1"})
    proposed.close(1)
    for number, said in ((1, "#1 any more: it is closed"), (made["number"], f"#{made['number']} onto main")):
        refused = proposed.run("check", number)
        assert (refused.code, said in refused.err) == (2, True), refused.err
        job(monkeypatch, tmp_path, "pull_request", pull_request(proposed, number))
        assert lines_with(proposed.ok("check").out, "nothing to judge", f"#{number}", "not open", "not onto main")
        assert proposed.status(number) == ""


def test_a_group_of_one_is_judged_on_its_own_commit_recorded_contract(
    proposed: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who lets it into the queue is the author of the group's commit, and may have approved."""
    base, group = proposed.head(), proposed.queue(1, who="bob")
    job(monkeypatch, tmp_path, "merge_group", merge_group(proposed, 1, group, base))
    assert check(proposed).code == 0
    assert status_of(proposed, group)[0] == "pending"
    proposed.approve(1, "bob")
    answer = check(proposed)
    assert (answer.code, answer.json["pull_request"]) == (0, 1)
    assert status_of(proposed, group)[0] == "success"
    assert proposed.status(1) == ""
    assert proposed.comments(1) == []


def test_a_group_of_several_is_could_not_tell_recorded_contract(
    proposed: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proposed.write_branch("docs", {"notes.txt": "a\n"})
    number = proposed.open("docs")
    proposed.approve(1, "bob")
    base = proposed.head()
    first = proposed.queue(number, who="carol")
    second = proposed.queue(1, who="carol", on=first)
    for stands_on in (first, base):  # whatever the event says it stands on
        job(monkeypatch, tmp_path, "merge_group", merge_group(proposed, 1, second, stands_on))
        answer = proposed.run("check")
        assert (answer.code, "holds other pull requests too" in answer.err) == (3, True)
    assert proposed.run("check", "--no-status").code == 3
    state, said = status_of(proposed, second)
    assert state == "failure" and not lacking(said, "could not be judged", "group of the merge queue")
    monkeypatch.delenv("GITHUB_ACTIONS")
    judged = check(proposed, "--all")
    assert judged.code == 3
    found = {pull["head"]: pull["state"] for pull in judged.json["judged"]}
    assert (found[first], found[second]) == ("success", "undecided")
    proposed.merge_pull(number)
    proposed.api("DELETE", f"git/refs/heads/gh-readonly-queue/main/pr-{number}-{base}")
    assert check(proposed, "--all").code == 0


def _fork_s_job(
    house: House, monkeypatch: pytest.MonkeyPatch, folder: Path, number: int, *, data: bool = False
) -> None:
    """A job on a fork's pull request: its token only reads, and no secret reaches the data."""
    reads = {"contents": "read", "pull_requests": "read", "issues": "read", "statuses": "read", "actions": "read"}
    monkeypatch.setenv("GITHUB_TOKEN", house.token("reads", login="github-actions[bot]", **reads))
    job(monkeypatch, folder, "pull_request", pull_request(house, number))
    if not data:
        house.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv", "models/churn/model.skops")


def test_a_fork_s_own_job_answers_and_leaves_the_status_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    number = released.open_from_fork("docs", {"notes.txt": "a\n"})
    _fork_s_job(released, monkeypatch, tmp_path, number)
    answer = released.ok("check")
    assert lines_with(answer.out, "not set here", "`screen`", "`check --all`", "does not let this token")
    assert released.status(number) == ""
    for name in ("GITHUB_ACTIONS", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(name)
    assert released.run("check", number).code == 3  # not in a job of the fork: nobody else would set it
    monkeypatch.setenv("GITHUB_TOKEN", released.environment["GITHUB_TOKEN"])
    released.ok("check", "--all")
    assert released.status(number) == "success"


def test_what_is_wrong_in_a_fork_s_files_is_its_job_s_answer_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    card = released.text("models/churn/README.md", "main").replace("license: apache-2.0", "license: 7")
    number = released.open_from_fork("card", {"models/churn/README.md": card})
    _fork_s_job(released, monkeypatch, tmp_path, number)
    answer = released.run("check", "--format", "github")
    assert (answer.code, "::error file=models/churn/README.md,line=2," in answer.out) == (1, True)


def test_a_release_from_a_fork_cannot_be_told_without_its_data_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    manifest = released.text("releases/churn/1.0.0.yaml", "main").replace("1.0.0", "1.1.0")
    number = released.open_from_fork("release", {"releases/churn/1.1.0.yaml": manifest})
    _fork_s_job(released, monkeypatch, tmp_path, number)
    answer = check(released)
    assert answer.code in (1, 3)
    assert "bytes-present" in rules(answer)


def test_a_promotion_from_a_fork_is_refused_with_the_command_recorded_contract(
    proposed: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files: dict[str, str | None] = {path: proposed.text(path, BRANCH) for path in (RECORD, STATE)}
    number = proposed.open_from_fork("mine", files)
    proposed.approve(number, "bob")
    _fork_s_job(proposed, monkeypatch, tmp_path, number, data=True)
    answer = proposed.run("check")
    assert answer.code == 1
    for path in (RECORD, STATE):
        assert lines_with(answer.out, f"{path}:1:1: error[from-fork]", "from a fork")
    assert lines_with(answer.out, "help", "maintainer", "mlops-gitops promote churn --to staging")
    monkeypatch.setenv("GITHUB_TOKEN", proposed.environment["GITHUB_TOKEN"])
    check(proposed, "--all")
    assert (proposed.status(number), "comes from a fork" in proposed.said(number)) == ("failure", True)


def test_a_branch_s_own_job_must_be_able_to_set_the_status_recorded_contract(
    proposed: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _fork_s_job(proposed, monkeypatch, tmp_path, 1, data=True)
    answer = proposed.run("check")
    assert (answer.code, "statuses=write" in answer.err) == (3, True)


def test_the_permissions_of_the_documented_job_are_enough_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """docs/reference/github.md: `check --no-status` with contents, pull-requests and actions, each to read."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_ACTOR", "alice")
    monkeypatch.setenv("GITHUB_RUN_ID", "5")
    released.workflow_run(5, actor="alice")
    released.ok("promote", "churn", "--to", "staging")
    granted = {"contents": "read", "pull_requests": "read", "actions": "read"}
    denied = dict.fromkeys(("administration", "checks", "deployments", "issues", "members", "statuses"), "none")
    monkeypatch.setenv("GITHUB_TOKEN", released.token("job", login="github-actions[bot]", **granted, **denied))
    job(monkeypatch, tmp_path, "pull_request", pull_request(released, 1))
    assert check(released, "--no-status").code == 0
    assert released.status(1) == ""


def test_a_rate_limit_is_no_missing_permission_recorded_contract(
    released: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    number = released.open_from_fork("docs", {"notes.txt": "a\n"})
    _fork_s_job(released, monkeypatch, tmp_path, number)
    limited = {"message": "You have exceeded a secondary rate limit"}
    released.front.answer_next(403, headers={"Retry-After": "3600"}, body=limited, to="POST statuses", times=2)
    answer = released.run("check")
    assert (answer.code, "rate limit" in answer.err) == (3, True)


def test_nothing_of_a_fork_is_executed_recorded_contract(released: House, tmp_path: Path) -> None:
    """Hooks, filters, merge drivers, a pipeline, a data remote: each would leave a file behind."""
    trap = tmp_path / "sprung"
    touch = f"touch {trap}"
    released.sh("git", "config", "core.hooksPath", ".githooks")
    number = released.open_from_fork(
        "trap",
        {
            ".githooks/post-checkout": f"#!/bin/sh\n{touch}\n", ".githooks/post-merge": f"#!/bin/sh\n{touch}\n",
            ".gitattributes": "* filter=trap merge=trap diff=trap\n",
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "{touch}"\n',
            ".gitconfig": f'[core]\n\tfsmonitor = "{touch}"\n',
            "dvc.yaml": f"stages:\n  train:\n    cmd: {touch}\n    outs: [models/churn/model.skops]\n",
            ".dvc/config": f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {tmp_path}/elsewhere\n",
            "pipeline.py": f"open({str(trap)!r}, 'w')\n", "conftest.py": f"open({str(trap)!r}, 'w')\n",
            "models/churn/kpis.yaml": released.text("models/churn/kpis.yaml", "main") + "# touched\n",
        },
    )  # fmt: skip
    released.write("meanwhile.txt", "so that a merge is needed\n")
    released.commit("Meanwhile")
    answer = check(released, "--all")
    assert [pull["pull_request"] for pull in answer.json["judged"]] == [number]
    assert released.status(number) in ("pending", "failure", "success")
    assert not trap.exists()
    assert released.sh("git", "status", "--porcelain", "--untracked-files=no") == ""
