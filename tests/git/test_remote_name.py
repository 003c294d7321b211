"""Which remote pull requests go to: origin, else the only one, else the one that git's own setting names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cases import cases
from house import Repository
from messages import lacking

from mlops_gitops.core.errors import Error
from mlops_gitops.git.local_forge import forge as local_forge
from mlops_gitops.git.repository import open_repository


@cases(
    "remotes, preferred, expected",
    [
        ((), "", "origin"),
        (("upstream",), "", "upstream"),
        (("team.models",), "gone", "team.models"),
        (("fork", "origin"), "fork", "origin"),
        (("fork", "upstream"), "", "origin"),
        (("fork", "upstream"), "upstream", "upstream"),
        (("fork", "upstream"), "gone", "origin"),
    ],
)
def test_the_remote(tmp_path: Path, remotes: tuple[str, ...], preferred: str, expected: str) -> None:
    config = "".join(f'[remote "{name}"]\n\turl = ../{name}\n' for name in remotes)
    config += f"[checkout]\n\tdefaultRemote = {preferred}\n" if preferred else ""
    subprocess.run(["git", "init", "-q", "--template=", tmp_path], check=True)
    with (tmp_path / ".git/config").open("a") as file:
        file.write(config)
    assert open_repository(str(tmp_path)).remote == expected


def test_one_of_several_remotes_is_not_guessed(repository: Repository) -> None:
    repository.sh("git", "remote", "rename", "origin", "upstream")
    repository.sh("git", "remote", "add", "fork", "../fork.git")
    with pytest.raises(Error) as refused:
        local_forge.open_forge(open_repository(str(repository.root)))
    assert not lacking(refused.value.message, "fork", "upstream", "origin")
    assert refused.value.help == "git config checkout.defaultRemote upstream"
    repository.sh(*refused.value.help.split())
    assert repository.run("pr", "list").code == 0


def test_pull_requests_go_to_the_only_remote_whatever_its_name(repository: Repository) -> None:
    repository.sh("git", "remote", "rename", "origin", "company")
    repository.ok("release", "churn", "1.0.0")
    number = repository.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["number"]
    repository.ok("check", number)
    repository.ok("pr", "merge", "--only", number)
    assert "company/main" in repository.sh("git", "branch", "--remotes", "--list", "company/main")
