"""Where the environment and a remote's address say that GitHub is."""

from __future__ import annotations

import pytest

from mlops_gitops.core.errors import Error
from mlops_gitops.github.connect import connect
from mlops_gitops.runtime import ci_job

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    "address", ["", "../origin.git", "/srv/o.git", "file:///srv/o.git", "C:\\work\\o.git", "./a@b:c"]
)
def test_a_folder_is_nowhere(address: str) -> None:
    assert ci_job.remote(address) is None
    assert ci_job.github_repository(address) is None


@pytest.mark.parametrize(
    "address",
    ["git@github.com:octo-org/octo-repo.git", "https://github.com/octo-org/octo-repo", "github.com:octo-org/octo-repo",
     f"https://x:{TOKEN}@github.com/octo-org/octo-repo.git", "ssh://git@ssh.github.com:443/octo-org/octo-repo.git",
     "ssh://git@github.com:22/octo-org/octo-repo.git/", "HTTPS://GitHub.com/octo-org/octo-repo",
     f"https://x:p@ss{TOKEN}@github.com/octo-org/octo-repo.git", "git@ssh.github.com:octo-org/octo-repo.git"],
)  # fmt: skip
def test_a_repository_is_found_by_its_address(address: str) -> None:
    assert ci_job.github_repository(address) == "octo-org/octo-repo"
    assert TOKEN not in repr(ci_job.remote(address))


@pytest.mark.parametrize(
    "address",
    ["https://[::1/x.git", "https:///x", "ext::sh -c x", "s3://bucket/x", "https://github.com.example.org/a/b",
     "https://example.org/github.com/a/b", f"https://x:{TOKEN}@example.org/a/b", "https://github.com/a",
     "git@github.com:", "https://github.com/a/b/c", f"https://{TOKEN}/y@github.com/a/b",
     f"https://{TOKEN}?y@github.com/a/b", f"https://{TOKEN}#y@github.com/a/b", f"ext::ssh {TOKEN}@github.com/a/b",
     "https://xssh.github.com/a/b"],
)  # fmt: skip
def test_what_is_elsewhere_or_odd_is_no_repository_at_github(address: str) -> None:
    assert ci_job.github_repository(address) is None
    found = ci_job.remote(address)
    assert found is None or (found.host and TOKEN not in found.host)


@pytest.mark.parametrize(
    ("environment", "remote", "asked"),
    [
        ({}, "https://github.com/a/b", "https://api.github.com"),
        ({"GITHUB_SERVER_URL": "https://git.example/"}, "git@git.example:a/b", "https://git.example/api/v3"),
        ({"GH_HOST": "git.example"}, "https://git.example/a/b.git", "https://git.example/api/v3"),
        ({"GH_HOST": "shop.ghe.com"}, "https://shop.ghe.com/a/b.git", "https://api.shop.ghe.com"),
        ({"GITHUB_SERVER_URL": "https://git.example:8443"}, "https://git.example:8443/a/b",
         "https://git.example:8443/api/v3"),
        ({"GITHUB_SERVER_URL": "https://git.example", "GITHUB_API_URL": "https://api.git.example/"},
         "ssh://git@git.example:2222/a/b", "https://api.git.example"),
    ],
)  # fmt: skip
def test_a_server_s_token_is_sent_to_that_server_alone(
    environment: dict[str, str], remote: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ci_job.github_repository(remote) == "a/b"
    assert connect("a/b").requester.base_url == asked
    assert (ci_job.github_repository("https://github.com/a/b") is None) == bool(environment)
    assert ci_job.github_repository("https://other.example/a/b") is None


@pytest.mark.parametrize("server", ["https://[::1", "https://"])
def test_a_server_that_is_none_has_no_repositories(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_SERVER_URL", server)
    assert ci_job.github_repository("https://github.com/a/b") is None
    with pytest.raises(Error):
        connect("a/b")
