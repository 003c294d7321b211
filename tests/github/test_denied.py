"""Refused, throttled, hidden or broken: one plain line, the right exit code, nothing by halves, and no token told."""

from __future__ import annotations

import re
import time
from email.utils import formatdate

import pytest
from ground.house import BOT_TOKEN, House
from house import Answer

from mlops_gitops.github.connect import connect

PROMOTE = ("promote", "churn", "--to", "staging")


def _stopped(answer: Answer, code: int = 3, *, token: str = BOT_TOKEN) -> str:
    """What a command that could not go on said: an error, perhaps a help line, nothing else of ours."""
    said = answer.out + answer.err
    assert "Traceback" not in said and "this is a bug" not in said and token not in said, said
    assert answer.code == code, answer
    lines = answer.err.splitlines()
    assert [line.partition(":")[0] for line in lines] in (["error"], ["error", "help"]), lines
    return answer.err


@pytest.fixture
def ready(hub: House) -> House:
    """A release whose manifest is on main, to be promoted."""
    hub.ok("release", "churn", "1.0.0", "--local")
    hub.commit("Release")
    hub.mirror()
    return hub


def test_a_wrong_token(ready: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_wrong")
    said = _stopped(ready.run(*PROMOTE), 2, token="ghp_wrong")
    assert "GitHub refuses this token: Bad credentials" in said


def test_no_token(ready: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    mark = ready.front.mark()
    for command in (PROMOTE, ("release", "churn", "1.1.0"), ("record",), ("check", "1")):
        assert "GITHUB_TOKEN is not set" in _stopped(ready.run(*command), 2), command
    assert ready.front.requests(mark) == []


def test_a_token_that_is_none_is_not_shown(ready: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for token in ("ghp_secret\nsecond", "ghp_secret\u20ac", " ghp_secret", "ghp_secret\r", "ghp secret"):
        monkeypatch.setenv("GITHUB_TOKEN", token)
        assert "GITHUB_TOKEN" in _stopped(ready.run(*PROMOTE), 2, token="secret"), repr(token)


@pytest.mark.parametrize("permission", ["contents", "pull_requests", "issues"])
def test_a_promotion_names_the_permission_it_lacks_and_the_next_finishes(
    released: House, monkeypatch: pytest.MonkeyPatch, permission: str
) -> None:
    lacking = {permission: "read"}
    if permission != "contents":  # either of the two is enough for labels
        lacking = {"pull_requests": "read", "issues": "read"}
    if permission == "issues":
        released.front.answer_next(
            403, headers={"x-accepted-github-permissions": "issues=write; pull_requests=write"},
            body={"message": "Resource not accessible by integration"}, to="POST issues/{issue_number}/labels",
        )  # fmt: skip
        said = _stopped(released.run(*PROMOTE))
    else:
        monkeypatch.setenv("GITHUB_TOKEN", released.token("ghs_less", **lacking))
        said = _stopped(released.run(*PROMOTE), token="ghs_less")
    assert "Resource not accessible by integration" in said
    assert f"give the token this permission: {permission}=write" in said
    monkeypatch.setenv("GITHUB_TOKEN", BOT_TOKEN)
    _finishes(released)


def _finishes(house: House) -> None:
    """The next run makes, or completes, the one pull request; one more has nothing left to do."""
    house.front.restore()
    house.ok(*PROMOTE)
    (pull,) = house.pull_requests("all")
    assert (pull["state"], pull["head"]["ref"]) == ("open", "promote/staging/churn/0001-1.0.0")
    assert "mlops-gitops" in {label["name"] for label in pull["labels"]}
    mark = house.front.mark()
    house.ok(*PROMOTE)
    assert house.front.writes(mark) == []


def test_check_and_record_name_the_permission_they_lack(released: House, monkeypatch: pytest.MonkeyPatch) -> None:
    released.ok(*PROMOTE)
    monkeypatch.setenv("GITHUB_TOKEN", released.token("ghs_less", statuses="read"))
    assert "statuses=write" in _stopped(released.run("check", "1"), token="ghs_less")
    monkeypatch.setenv("GITHUB_TOKEN", BOT_TOKEN)
    released.ok("check", "1")
    assert released.status(1) == "pending"
    released.merge_pull(1)
    monkeypatch.setenv("GITHUB_TOKEN", released.token("ghs_less", deployments="read"))
    answer = released.run("record")
    assert answer.code == 3 and "deployments=write" in answer.out + answer.err, answer
    assert not [value for value in ("Traceback", "this is a bug", "ghs_less") if value in answer.out + answer.err]
    monkeypatch.setenv("GITHUB_TOKEN", BOT_TOKEN)
    before = len(released.state.deployments)
    released.run("record")
    assert len(released.state.deployments) == before + 1


def test_a_repository_the_token_may_not_see(released: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", released.token("ghs_blind", sees=False))
    assert "may see it" in _stopped(released.run(*PROMOTE), token="ghs_blind")


def test_a_question_is_asked_again_and_an_order_is_not_recorded_contract(released: House) -> None:
    released.front.answer_next(502, to="POST pulls")
    released.front.answer_next(502, to="GET pulls", times=3)
    mark = released.front.mark()
    assert "GitHub answered 502 to POST" in _stopped(released.run(*PROMOTE))
    assert [request.status for request in released.front.writes(mark) if request.path.endswith("/pulls")] == [502]
    _finishes(released)


SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
PRIMARY = {"message": "API rate limit exceeded for installation."}
LATE = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 3000)}
DATE = {"Retry-After": formatdate(time.time() + 3000, usegmt=True)}


def test_a_limit_that_ends_soon_is_waited_for_recorded_contract(released: House) -> None:
    released.front.answer_next(403, headers={"Retry-After": "1"}, body=SECONDARY, to="POST pulls")
    released.front.answer_next(429, headers={"Retry-After": "1"}, to="GET pulls")
    _finishes(released)


def test_the_end_of_a_limit_is_waited_for_recorded_contract(released: House) -> None:
    released.mirror()
    soon = LATE | {"x-ratelimit-reset": str(int(time.time()) + 1)}
    released.front.answer_next(429, headers=soon, body=PRIMARY, to="GET pulls")
    mark = released.front.mark()
    assert list(connect(released.name).pages("pulls")) == []
    asked = released.front.requests(mark)
    (limited,) = [nth for nth, entry in enumerate(asked) if entry.status == 429]
    assert asked[limited + 1].at - asked[limited].at > 0.5


LIMITS: list[tuple[int, dict[str, str], object]] = [
    (403, {"Retry-After": "3000"}, SECONDARY), (403, DATE, SECONDARY), (429, DATE, None), (403, LATE, PRIMARY),
    (429, LATE, PRIMARY), (503, {"Retry-After": "3000"}, None), (503, DATE, None),
]  # fmt: skip


def test_a_limit_that_ends_late_is_said_with_its_time_recorded_contract(released: House) -> None:
    for status, headers, body in LIMITS:
        released.front.answer_next(status, headers=headers, body=body, to="GET pulls")
        mark = released.front.mark()
        said = _stopped(released.run(*PROMOTE))
        assert re.search(r" until [0-9]{2}:[0-9]{2} UTC", said), (status, headers, said)
        assert ("rate limit" in said) == (status != 503)
        assert [request.status for request in released.front.requests(mark)].count(status) == 1


def test_an_address_where_nobody_answers(released: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    assert "GitHub cannot be reached" in _stopped(released.run(*PROMOTE), 3)
    for address in ("nonsense", "http://127.0.0.1:port", "ftp://127.0.0.1", "http://"):
        monkeypatch.setenv("GITHUB_API_URL", address)
        assert "GITHUB_API_URL" in _stopped(released.run(*PROMOTE), 2), address


def test_a_page_of_a_proxy_recorded_contract(released: House) -> None:
    page = "<!DOCTYPE html><html><body>Sign in to the network</body></html>"
    for to in ("GET pulls", "POST pulls"):
        for status in (200, 403, 404):
            released.front.answer_next(status, headers={"Content-Type": "text/html"}, body=page, to=to)
            said = _stopped(released.run(*PROMOTE))
            assert "is not GitHub's API" in said and "<" not in said, (to, status, said)
    _finishes(released)


def test_json_that_is_not_github_s_recorded_contract(released: House) -> None:
    for body in ("{}", "null", '"text"', "[1]", '{"a": '):
        for to in ("GET pulls", "POST git/trees", "POST pulls"):
            released.front.answer_next(200, body=body, to=to)
            assert "proxy" in _stopped(released.run(*PROMOTE)), (body, to)
            released.front.restore()


def test_a_list_where_one_thing_is_asked_for_recorded_contract(released: House) -> None:
    released.ok(*PROMOTE)
    released.front.answer_next(200, body="[]", to="GET pulls/{pull_number}")
    assert "is not an object, as GitHub's is" in _stopped(released.run("check", "1"))
    released.front.answer_next(200, body='[{"number": 1}]', to="GET pulls/{pull_number}")
    assert "is not an object, as GitHub's is" in _stopped(released.run("screen", "1"))


def test_an_answer_that_is_put_off_is_not_waited_for_recorded_contract(released: House) -> None:
    released.front.answer_next(202, body={}, to="GET pulls")
    mark = released.front.mark()
    assert "GitHub has no answer to GET " in _stopped(released.run(*PROMOTE))
    assert [request.status for request in released.front.requests(mark)].count(202) == 1
    _finishes(released)


def test_a_redirect_is_not_followed_recorded_contract(released: House) -> None:
    for status in (301, 302, 307):
        released.front.answer_next(status, headers={"Location": "https://elsewhere.example.org/login"}, to="GET pulls")
        assert "another address" in _stopped(released.run(*PROMOTE)), status


def test_lists_come_in_pages(released: House) -> None:
    released.ok(*PROMOTE)
    (number,) = [pull["number"] for pull in released.pull_requests()]
    released.front.page_size = 2
    for n in range(3):
        released.write_branch(f"other-{n}", {f"{n}.txt": "x\n"})
        released.open(f"other-{n}")
    for n in range(3):
        released.api("POST", f"issues/{number}/comments", {"body": f"Remark {n}"})
        released.review(number, "carol", "COMMENT")
    released.approve(number, "bob")
    released.ok("check", number)
    assert released.status(number) == "success"
    for n in range(3):
        head = released.api("GET", f"pulls/{number}")["head"]["sha"]
        released.api("POST", f"statuses/{head}", {"state": "success", "context": f"other-{n}"})
    mark = released.front.mark()
    released.ok(*PROMOTE)
    released.ok("check", number)
    assert released.front.writes(mark) == []
    paths = [request.path.rpartition("/")[2] for request in released.front.requests(mark)]
    assert all(paths.count(kind) > 1 for kind in ("pulls", "reviews", "statuses")), paths
    released.write("FREEZE", "A week of rest\n")
    released.commit("Freeze")
    mark = released.front.mark()
    for _ in range(2):  # our comment is on the second page by then
        released.run("check", number)
    released.front.page_size = 100
    assert len(released.comments(number)) == 3 + 1
    assert [request.path.rpartition("/")[2] for request in released.front.requests(mark)].count("comments") > 3
