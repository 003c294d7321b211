"""completion: scripts that bash, zsh and fish read, and the names that they ask for."""

from __future__ import annotations

import subprocess

from cases import cases
from house import Repository

# What bash does when Tab is pressed behind some words.
TAB = """
source /dev/stdin <<< "$SCRIPT"
complete_with=$(complete -p mlops-gitops | sed 's/.*-F \\([^ ]*\\).*/\\1/')
COMP_WORDS=(mlops-gitops "$@"); COMP_CWORD=$#; "$complete_with"; printf '%s\\n' "${COMPREPLY[@]}"
"""


def _tab(script: str, *words: str) -> list[str]:
    done = subprocess.run(
        ["bash", "-c", TAB, "bash", *words], env={"SCRIPT": script, "PATH": "/usr/bin:/bin"}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return done.stdout.split()


def test_bash_completes_commands_verbs_and_options(repository: Repository) -> None:
    script = repository.ok("completion", "bash").out
    assert _tab(script, "prom") == ["promote"]
    assert _tab(script, "pr", "me") == ["merge"]
    assert "--format" in _tab(script, "gate", "--fo")


@cases("shell", ["zsh", "fish"])
def test_the_other_shells_get_every_command_and_ask_for_models(shell: str, repository: Repository) -> None:
    script = repository.ok("completion", shell).out
    assert all(name in script for name in ("promote", "rollback", "status", "mlops-gitops completion models"))


def test_names_are_those_of_the_work_tree_and_nothing_a_shell_could_expand(repository: Repository) -> None:
    repository.write("models/$(touch x)/kpis.yaml", "kind: KPIs\n")
    assert repository.ok("completion", "models").out.split() == ["churn"]
    assert repository.ok("completion", "environments").out.split() == ["staging", "production"]
    assert "did you mean 'bash'?" in repository.run("completion", "bsh").err
