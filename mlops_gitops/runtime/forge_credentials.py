"""The environment of programs that get no credential of a forge: DVC's, and the commands of a pipeline."""

from __future__ import annotations

import os

from mlops_gitops.forges.settings import APP, PERSON, token_kind
from mlops_gitops.runtime import webhook

WITHHELD = (
    "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_ENTERPRISE_TOKEN", "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL",
)  # fmt: skip
_OTHER_FORGES = ("GITLAB_TOKEN", "CI_JOB_TOKEN", "BITBUCKET_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN")
_CLOUDS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_CLIENT_SECRET", "AZURE_STORAGE_KEY",
           "AZURE_STORAGE_CONNECTION_STRING", "GOOGLE_APPLICATION_CREDENTIALS", "HF_TOKEN")  # fmt: skip
# By these a step of a job of GitHub Actions changes the steps after it.
_COMMAND_FILES = ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
_AGENTS = ("SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "GPG_AGENT_INFO")
_PREFIXES = (webhook.PREFIX, "ACTIONS_", "INPUT_", "GIT_")
_SHORTEST = 8  # characters of a secret that is looked for in other values


def for_data() -> dict[str, str]:
    """The variables of a program that reads and writes data alone."""
    secrets = {os.environ[name] for name in (*WITHHELD, *_OTHER_FORGES) if len(os.environ.get(name, "")) >= _SHORTEST}
    kept = {name: value for name, value in os.environ.items() if not _is_of_forge(name)}
    kept = {name: value for name, value in kept.items() if not _holds_token(value, secrets)}
    return kept | {"DVC_NO_ANALYTICS": "1", "GIT_TERMINAL_PROMPT": "0"}


def for_commands() -> dict[str, str]:
    """The same for commands of a repository: they get no agent that signs in for a person either."""
    kept = {name: value for name, value in for_data().items() if name not in _AGENTS}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}


def secrets_here() -> list[str]:
    """The names of the variables of this process that hold a token of a forge or of a cloud, as far as is known."""
    return sorted(name for name in (*WITHHELD, *_OTHER_FORGES, *_CLOUDS) if os.environ.get(name))


def _is_of_forge(name: str) -> bool:
    return name in (*WITHHELD, *_OTHER_FORGES, *_COMMAND_FILES) or name.startswith(_PREFIXES)


def _holds_token(value: str, secrets: set[str]) -> bool:
    """Whether a value is a token of GitHub under another name, or holds one of those that are withheld."""
    return token_kind(value) in (APP, PERSON) or any(secret in value for secret in secrets)
