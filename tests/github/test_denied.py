"""A token that is wrong, missing or none at all: one plain line, exit code 2, and the token is not told."""

from __future__ import annotations

import pytest
from ground.house import BOT_TOKEN, House
from house import Answer

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


@pytest.mark.parametrize("command", [PROMOTE, ("release", "churn", "1.1.0"), ("record",), ("check", "1")])
def test_no_token(ready: House, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    mark = ready.front.mark()
    assert "GITHUB_TOKEN is not set" in _stopped(ready.run(*command), 2)
    assert ready.front.requests(mark) == []


@pytest.mark.parametrize(
    "token", ["ghp_secret\nsecond", "ghp_secret\u20ac", " ghp_secret", "ghp_secret\r", "ghp secret"]
)
def test_a_token_that_is_none_is_not_shown(ready: House, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)
    said = _stopped(ready.run(*PROMOTE), 2, token="secret")
    assert "GITHUB_TOKEN" in said
