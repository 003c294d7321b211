"""The one status of a commit: written when the answer changes, and never an old success where it cannot be written."""

from __future__ import annotations

from collections import Counter
from unittest import mock

from ground.checked import BRANCH, RECORD, STATE, check, told
from ground.house import House
from ground.statuses import MOST
from messages import lacking

from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.pull_request import STATUS, PullRequest
from mlops_gitops.github.read_ahead import read_ahead
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.policy import engine

SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}


def _use_up(house: House, left: int) -> None:
    """Fills the statuses of the head of #1, as any writer can, until `left` more of them fit."""
    newest = next(kept for kept in reversed(house.state.statuses) if kept["status"]["context"] == STATUS)
    older = newest | {"status": newest["status"] | {"state": "pending", "description": "by a workflow of a writer"}}
    house.state.statuses[:0] = [older] * (MOST - left - len(house.statuses(1)))


def test_the_same_answer_for_another_base_is_not_written_again_recorded_contract(proposed: House) -> None:
    assert told(proposed) == "pending"
    for n in range(2):
        proposed.write_branch("main", {"notes.txt": f"elsewhere {n}\n"})
        check(proposed, "--all")
    assert len(proposed.statuses(1)) == 1
    proposed.approve(1, "bob")
    assert told(proposed) == "success" and len(proposed.statuses(1)) == 2
    assert proposed.head()[:7] in proposed.said(1), "an answer names the base for which it was found"


def test_while_few_statuses_are_left_none_is_a_success_recorded_contract(proposed: House) -> None:
    """An old success could not be taken back once there are none."""
    review = proposed.approve(1, "bob")
    assert told(proposed) == "success"
    _use_up(proposed, left=10)
    proposed.dismiss(1, review)
    answer = check(proposed, "--all")
    assert answer.code == 3 and "push a new head" in answer.out
    assert proposed.status(1) == "pending" and not lacking(proposed.said(1), "1,000 statuses", "push a new head")
    proposed.approve(1, "bob")
    mark = proposed.front.mark()
    assert check(proposed, "--all").code == 3
    assert proposed.front.writes(mark) == [] and proposed.status(1) == "pending"


def test_a_promotion_on_whose_commit_no_status_can_be_set_is_closed_recorded_contract(proposed: House) -> None:
    """GitHub lets no account request changes of its own pull request, and the App opened this one."""
    review = proposed.approve(1, "bob")
    assert told(proposed) == "success"
    _use_up(proposed, left=0)
    proposed.dismiss(1, review)
    answer = check(proposed, "--all")
    assert answer.code == 3 and not lacking(answer.out, "#1 may not be merged", "maximum number of statuses")
    assert proposed.pull_requests() == []
    assert [said for said in proposed.comments(1) if "no status can be set" in said["body"]]
    proposed.ok("promote", "churn", "--to", "staging")
    (again,) = proposed.pull_requests()
    assert told(proposed, again["number"]) == "pending"


def test_changes_are_requested_until_there_is_a_new_head_recorded_contract(proposed: House) -> None:
    proposed.close(1)
    files: dict[str, str | None] = {path: proposed.text(path, BRANCH) for path in (RECORD, STATE)}
    proposed.write_branch("by-hand", files)
    number = proposed.open("by-hand")
    review = proposed.approve(number, "bob")
    assert told(proposed, number) == "success"
    _use_up(proposed, left=0)
    proposed.dismiss(number, review)
    for _ in range(2):
        assert check(proposed, "--all").code == 3
    assert _reviews(proposed, number) == {"DISMISSED": 1, "CHANGES_REQUESTED": 1}, "requested once"
    proposed.write_branch("by-hand", {"notes.txt": "a new head\n"})
    proposed.approve(number, "bob")
    assert told(proposed, number) == "success"
    assert _reviews(proposed, number) == {"DISMISSED": 2, "APPROVED": 1}
    labels = [label["name"] for label in proposed.api("GET", f"pulls/{number}")["labels"]]
    assert "mlops-gitops-held" not in labels


def _reviews(house: House, number: int) -> Counter[str]:
    return Counter(review["state"] for review in house.api("GET", f"pulls/{number}/reviews"))


def test_an_unchanged_pull_request_costs_at_most_3_requests_recorded_contract(released: House) -> None:
    """One that promotes nothing, as most do: nobody need approve it for this tool, so nobody is asked about."""
    for name in ("one", "two", "three"):
        released.write_branch(name, {f"{name}.txt": "code\n"})
        released.approve(released.open(name), "bob")
    assert _asked(released) > 3
    with mock.patch.object(engine, "validate", wraps=engine.validate) as judged:
        assert _asked(released) == 1, "one query about all of them"
    assert not judged.called, "what they hold is not judged: their status would say the same"


def test_an_unchanged_promotion_costs_at_most_3_requests_recorded_contract(proposed: House) -> None:
    """One query, its pushes and its run; the base may have moved, as long as the answer is the same."""
    proposed.approve(1, "bob")
    assert told(proposed) == "success"
    for _ in range(2):
        mark = proposed.front.mark()
        assert _asked(proposed) <= 3
        assert proposed.front.writes(mark) == []
        proposed.write_branch("main", {"notes.txt": "elsewhere\n"})


def test_one_query_says_what_rest_says_recorded_contract(proposed: House) -> None:
    proposed.write_branch("elsewhere", {"notes.txt": "another base\n"})
    fork = proposed.open_from_fork("docs", {"README.md": "a fork\n"})
    review = proposed.approve(1, "bob")
    for step in (
        lambda: proposed.approve(fork, "carol"),
        lambda: proposed.request_changes(1, "carol"),
        lambda: proposed.review(1, "alice", "COMMENT"),
        lambda: proposed.dismiss(1, review),
        lambda: proposed.write_branch(BRANCH, {"notes.txt": "more\n"}, who="bob"),
        lambda: proposed.approve(1, "mallory"),
        lambda: proposed.approve(1, "github-actions[bot]"),
        lambda: (proposed.retarget(1, "elsewhere"), proposed.retarget(1, "main")),
        lambda: proposed.approve(1, "bob"),
    ):
        step()
        by_rest, by_query = _read_twice(proposed)
        assert by_rest == by_query and len(by_query) == 2, step
    assert [review.by for review in by_query[0].reviews] == ["bob"]
    assert {void.why.name for void in by_query[0].uncounted} == {"NO_PERSON", "OUTSIDER"}


def _read_twice(house: House) -> tuple[list[PullRequest], list[PullRequest]]:
    """The open pull requests with their people, by REST and by one query; bots that wrote are known by addresses."""
    workspace = open_workspace(str(house.root))
    workspace.sync()
    listed = workspace.forge.find()
    ahead = read_ahead(workspace.forge, listed)
    assert ahead
    read = [[forge.read(pull.number) for pull in listed] for forge in (workspace.forge, ahead)]
    by_rest = [workspace.forge.with_people(pull) for pull in read[0] if pull]
    by_rest = [replace(pull, writers=tuple(w for w in pull.writers if w.by.is_person)) for pull in by_rest]
    return by_rest, [ahead.with_people(pull) for pull in read[1] if pull]


def test_where_the_query_fails_every_pull_request_is_read_by_itself_recorded_contract(proposed: House) -> None:
    proposed.approve(1, "bob")
    assert told(proposed) == "success"
    for body in (
        {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit already exceeded"}]},
        {"data": {"viewer": None, "repository": None}},
        {"data": {"repository": {"isPrivate": False, "p1": None, "h1": None}, "viewer": {"login": "release-bot"}}},
        {"data": None},
        [],
    ):
        proposed.front.answer_next(200, body=body, to="POST /graphql")
        mark = proposed.front.mark()
        answer = check(proposed, "--all")
        assert (answer.code, proposed.status(1)) == (0, "success"), body
        assert "/pulls/1/reviews" in " ".join(entry.path for entry in proposed.front.requests(mark))


def test_a_success_that_no_longer_holds_is_overwritten_before_anything_else_recorded_contract(proposed: House) -> None:
    """A rate limit that comes after that leaves no success."""
    proposed.write_branch("code", {"code.txt": "code\n"})
    other = proposed.open("code")
    review = proposed.approve(1, "bob")
    check(proposed, "--all")
    assert (proposed.status(1), proposed.status(other)) == ("success", "success")
    proposed.dismiss(1, review)
    limit = {"Retry-After": "3000"}
    proposed.front.answer_next(429, headers=limit, to="GET pulls/{pull_number}", times=1000)
    answer = check(proposed, "--all")
    assert answer.code == 3 and "rate limit" in answer.out
    assert [status["state"] for status in proposed.statuses(1)] == ["failure", "pending", "success"]
    assert proposed.status(other) == "success"


def test_where_a_limit_keeps_a_status_from_being_set_the_next_run_judges_again_recorded_contract(
    proposed: House,
) -> None:
    review = proposed.approve(1, "bob")
    assert told(proposed) == "success"
    proposed.dismiss(1, review)
    proposed.front.answer_next(403, headers={"Retry-After": "3000"}, body=SECONDARY, to="POST statuses", times=1000)
    answer = check(proposed, "--all")
    (row,) = answer.json["judged"]
    assert (answer.code, row["state"], proposed.status(1)) == (3, "undecided", "success")
    assert not lacking(row["description"], "rate limit", "until", "an older status stays", "do not merge #1")
    proposed.front.restore()
    assert check(proposed, "--all").code == 0 and proposed.status(1) == "pending"


def _asked(house: House) -> int:
    """How many requests and queries `check --all` makes, without that for the list of pull requests."""
    mark, queries = house.front.mark(), len(house.front.questions)
    assert check(house, "--all").code == 0
    return len(house.front.requests(mark)) + len(house.front.questions) - queries - 1
