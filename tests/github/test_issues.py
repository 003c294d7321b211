"""Issues at GitHub: one for each key, of this token's account alone, whatever is cut, closed or written beside it."""

from __future__ import annotations

from typing import Any

import pytest
from ground.house import BOT, House

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.forge import Forge
from mlops_gitops.forges.issue import CLOSED, Issue, Step, marked, monitoring_key
from mlops_gitops.orchestration.workspace import open_workspace

KEY = monitoring_key("production", "churn", "drift")
LABEL = "mlops-gitops-monitoring"
WANTED = Issue(KEY, "churn in production: drift", "age: 0.31")
FINE = replace(WANTED, body="fine again", state=CLOSED)


def forge_of(house: House) -> Forge:
    house.mirror()
    return open_workspace(str(house.root)).forge


def window(n: int) -> Issue:
    return replace(WANTED, body=f"window {n}")


def listed(house: House) -> list[tuple[int, str, str]]:
    """Each issue at GitHub, oldest first: number, state and the last line of its text."""
    found = house.api("GET", "issues?state=all&direction=asc&per_page=100")
    return [(issue["number"], issue["state"], issue["body"].split("\n")[-1 if issue["body"][-1] != "\n" else -2])
            for issue in found]  # fmt: skip


def at_github(house: House, number: int) -> Any:
    return house.api("GET", f"issues/{number}")


def test_ten_windows_of_alarms_are_one_issue_that_is_closed_and_opened_again(hub: House) -> None:
    forge = forge_of(hub)
    steps = [forge.write_issue(window(n)).step for n in range(10)]
    assert steps == [Step.OPEN, *[Step.EDIT] * 9]
    (only,) = hub.api("GET", "issues?state=all")
    assert (only["title"], only["user"]["login"], [label["name"] for label in only["labels"]]) == (
        WANTED.title,
        BOT,
        [LABEL],
    )
    mark = hub.front.mark()
    assert forge.write_issue(window(9)).step is Step.NOTHING
    assert hub.front.writes(mark) == []
    closed = forge.write_issue(FINE)
    assert (closed.step, closed.issue and closed.issue.url) == (Step.CLOSE, only["html_url"])
    assert listed(hub) == [(1, "closed", "fine again")]
    assert forge.write_issue(FINE).step is Step.NOTHING
    assert forge.write_issue(window(20)).step is Step.REOPEN
    assert listed(hub) == [(1, "open", "window 20")]


def test_a_watch_that_never_alarmed_has_no_issue(hub: House) -> None:
    mark = hub.front.mark()
    change = forge_of(hub).write_issue(FINE)
    assert (change.step, change.issue, hub.front.writes(mark)) == (Step.NOTHING, None, [])


def test_an_issue_that_somebody_closed_opens_again_for_a_new_text_only(hub: House) -> None:
    forge = forge_of(hub)
    forge.write_issue(window(1))
    hub.api("PATCH", "issues/1", {"state": "closed"})
    assert forge.write_issue(window(1)).step is Step.NOTHING
    assert forge.write_issue(window(2)).step is Step.REOPEN


def test_nobody_else_s_issue_is_taken_for_ours(hub: House) -> None:
    forge = forge_of(hub)
    forged = {"title": "All is well", "body": marked(WANTED), "labels": [LABEL]}
    hub.api("POST", "issues", forged, who="mallory")
    assert forge.issues(ended=True) == []
    other = replace(WANTED, key=monitoring_key("production", "churn", "auc"), body=f"it says\n{marked(WANTED)}")
    forge.write_issue(other)
    assert [issue.key for issue in forge.issues(ended=True)] == [other.key]  # its text only quotes our mark
    assert forge.write_issue(WANTED).step is Step.OPEN
    assert [issue.number for issue in forge.issues()] == [2, 3]
    forge.write_issue(FINE)
    assert listed(hub)[0] == (1, "open", "age: 0.31")
    assert at_github(hub, 1)["title"] == "All is well"


def test_labels_of_people_stay_and_one_that_they_took_off_is_put_back(hub: House) -> None:
    forge = forge_of(hub)
    forge.write_issue(window(1))
    hub.api("PUT", "issues/1/labels", {"labels": ["P1"]})
    assert forge.write_issue(window(2)).step is Step.EDIT
    assert {label["name"] for label in at_github(hub, 1)["labels"]} == {"P1", LABEL}


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_makes_no_second_issue(hub: House, done: bool) -> None:
    forge = forge_of(hub)
    for nth, step, wanted in ((3, Step.OPEN, window(1)), (2, Step.EDIT, window(2)), (2, Step.CLOSE, FINE)):
        mark = hub.front.mark()
        hub.front.cut(nth, done=done)  # the write: before it are read those by label, and for a new one those by author
        with pytest.raises(Error, match="GitHub cannot be reached"):
            forge.write_issue(wanted)
        hub.front.restore()
        assert [entry.method for entry in hub.front.writes(mark)][:1] == ["POST" if step is Step.OPEN else "PATCH"]
        again = forge_of(hub).write_issue(wanted)
        assert again.step is (Step.NOTHING if done else step), hub.front.writes(mark)
        assert len(listed(hub)) == 1
    assert listed(hub) == [(1, "closed", "fine again")]


def test_of_two_that_open_one_at_once_the_older_stays(hub: House) -> None:
    forge, other = forge_of(hub), forge_of(hub)
    # Whose the token is is asked too, so that the fourth request opens the issue.
    hub.front.before(4, lambda: other.write_issue(window(1)))
    change = forge.write_issue(window(2))
    assert (change.step, change.issue and change.issue.number) == (Step.EDIT, 1)
    assert listed(hub) == [(1, "open", "window 2"), (2, "closed", "window 2")]
    assert at_github(hub, 2)["state_reason"] == "not_planned"
    hub.api("PATCH", "issues/2", {"state": "open"})  # as if the one that opened it had been killed
    forge.write_issue(window(3))
    assert listed(hub) == [(1, "open", "window 3"), (2, "closed", "window 2")]


def test_a_token_that_may_not_write_issues_is_named(hub: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", hub.token("reader", issues="read", pull_requests="read"))
    with pytest.raises(Error) as refused:
        forge_of(hub).write_issue(WANTED)
    assert "POST /repos/" in refused.value.message and "issues=write" in refused.value.message
    assert (refused.value.help, refused.value.exit_code) == ("give the token this permission: issues=write", 3)


def test_a_repository_without_issues_says_so(hub: House) -> None:
    forge = forge_of(hub)
    hub.front.answer_next(410, body={"message": "Issues has been disabled in this repository."}, to="POST issues")
    with pytest.raises(Error, match="issues turned off") as refused:
        forge.write_issue(WANTED)
    assert "settings of the repository" in refused.value.help


def test_the_command(hub: House) -> None:
    hub.api("POST", "issues", {"title": "A question", "body": "Why?"}, who="mallory")
    forge_of(hub).write_issue(window(1))
    assert [issue["number"] for issue in hub.ok("issue", "list", "--format", "json").json["issues"]] == [2]
    shown = hub.ok("issue", "show", 2).out
    assert "window 1" in shown and "<!--" not in shown and at_github(hub, 2)["html_url"] in shown
    assert hub.run("issue", "close", 1).code == 2
    hub.ok("issue", "close", 2)
    assert listed(hub) == [(1, "open", "Why?"), (2, "closed", "window 1")]
