"""Which variables a program gets that must not speak to a forge."""

from __future__ import annotations

import pytest
from cases import cases

from mlops_gitops.runtime import forge_credentials

TOKEN = "ghs_" + "1" * 36


@pytest.fixture
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"PATH": "/bin", "AWS_ACCESS_KEY_ID": "key", "GITHUB_SHA": "1" * 40})


@cases("name, value", [
    ("GITHUB_TOKEN", TOKEN), ("GH_TOKEN", "x"), ("ACTIONS_RUNTIME_TOKEN", "x"), ("ACTIONS_CACHE_URL", "x"),
    ("ACTIONS_ID_TOKEN_REQUEST_URL", "x"), ("GITLAB_TOKEN", "x"), ("CI_JOB_TOKEN", "x"), ("GIT_ASKPASS", "x"),
    ("GIT_CONFIG_VALUE_0", "x"), ("INPUT_TOKEN", "x"), ("MLOPS_GITOPS_WEBHOOK_ON_CALL", "x"), ("GITHUB_ENV", "x"),
    ("GITHUB_OUTPUT", "x"), ("GITHUB_PATH", "x"), ("APP_TOKEN", TOKEN), ("MY_PAT", "github_pat_x"), ("OLD", "ghp_x"),
])  # fmt: skip
def test_what_is_withheld(monkeypatch: pytest.MonkeyPatch, _empty: None, name: str, value: str) -> None:
    with monkeypatch.context() as patch:
        patch.setenv(name, value)
        assert name not in forge_credentials.for_data()
        assert name not in forge_credentials.for_commands()


def test_a_value_that_holds_a_token_is_withheld_too(monkeypatch: pytest.MonkeyPatch, _empty: None) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "a-secret-of-some-kind")
    monkeypatch.setenv("PIP_INDEX_URL", "https://x:a-secret-of-some-kind@example.org")
    assert "PIP_INDEX_URL" not in forge_credentials.for_data()


def test_data_gets_an_agent_and_commands_do_not(monkeypatch: pytest.MonkeyPatch, _empty: None) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")
    assert forge_credentials.for_data()["SSH_AUTH_SOCK"] == "/agent"
    assert "SSH_AUTH_SOCK" not in forge_credentials.for_commands()
    kept = {"PATH": "/bin", "AWS_ACCESS_KEY_ID": "key", "GITHUB_SHA": "1" * 40}
    assert kept.items() <= forge_credentials.for_commands().items()
