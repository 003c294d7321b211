"""A webhook gets one small message at the address in its variable, which no answer and no failure shows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from cases import cases
from webhooks import Receiver, receiving

from mlops_gitops.runtime import webhook

SECRET = "T0-secret"
MESSAGE = {"model": "churn", "outcome": "alarm"}


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(webhook, "TIMEOUT", 0.5)
    with receiving() as server:
        yield server


def test_the_message_arrives_as_json(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # a proxy learns no address of this machine
    monkeypatch.setenv("MLOPS_GITOPS_WEBHOOK_ON_CALL", f"http://localhost:{receiver.port}/204/{SECRET}\n")
    assert webhook.post("on-call", MESSAGE) == ""
    ((path, headers, message),) = receiver.taken
    assert (path, headers["Content-Type"], message) == (f"/204/{SECRET}", "application/json", MESSAGE)
    assert headers["User-Agent"].startswith("mlops-gitops/")


FAILURES = [
    ("404", "it answered 404"),
    ("500", "it answered 500"),
    ("302", "it answered 302, a redirect, which is not followed"),
    ("307", "it answered 307, a redirect, which is not followed"),
    ("garbage", "not HTTP"),
    ("slow", "no answer in 0.5 seconds"),
]


@pytest.mark.parametrize(("how", "reason"), FAILURES)
def test_a_failure_is_one_sentence_without_the_address(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capfd: Any, how: str, reason: str
) -> None:
    monkeypatch.setenv("MLOPS_GITOPS_WEBHOOK_CHAT", f"http://127.0.0.1:{receiver.port}/{how}/{SECRET}")
    started = time.monotonic()
    said = webhook.post("chat", MESSAGE)
    assert said.startswith("the webhook chat could not be called: ") and reason in said
    assert time.monotonic() - started < 2
    assert [path for path, *_ in receiver.taken] == [f"/{how}/{SECRET}"]
    assert SECRET not in said + "".join(capfd.readouterr()) and "127.0.0.1" not in said


def test_nobody_there(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    for address, reason in (
        (f"http://127.0.0.1:9/{SECRET}", "Connection refused"),
        (f"https://127.0.0.1:{receiver.port}/{SECRET}", "encryption is not accepted"),
        (f"https://secret.invalid/{SECRET}", "the webhook chat could not be called: "),
    ):
        monkeypatch.setenv("MLOPS_GITOPS_WEBHOOK_CHAT", address)
        said = webhook.post("chat", MESSAGE)
        assert reason in said and SECRET not in said and "secret.invalid" not in said, said


@cases(
    "address",
    [
        "", "http://chat.example/T0-secret", "http://127.0.0.1.example/x", "https://", "https://chat.example:x/",
        "https://a:b@chat.example/", "file:///etc/passwd", "ftp://127.0.0.1/", "https://chat.example/a b",
"https://[::1", "chat.example/x", "http://localhost@chat.example/",
    ],
)  # fmt: skip
def test_another_address_is_not_called(address: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLOPS_GITOPS_WEBHOOK_CHAT", address)
        said = webhook.post("chat", MESSAGE)
    assert said.startswith("the webhook chat was not called: MLOPS_GITOPS_WEBHOOK_CHAT ")
    assert "example" not in said and "passwd" not in said


def test_no_other_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", "../x", "PATH", "a_b", "a-"):
        with pytest.raises(ValueError, match="not the name of a webhook"):
            webhook.post(name, MESSAGE)
