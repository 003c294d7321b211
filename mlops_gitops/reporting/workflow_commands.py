"""Errors as GitHub's workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""

from __future__ import annotations

from mlops_gitops.core import text


def annotation(sentence: str, help: str = "") -> str:
    """The workflow command of an error that is about no file."""
    return f"::error title=mlops-gitops::{message(sentence, help)}"


def message(sentence: str, help: str) -> str:
    """What a finding says, as the text of a workflow command."""
    return escaped(f"{sentence}\n{help}" if help else sentence)


def escaped(value: str) -> str:
    """Text as a workflow command takes it."""
    shown = text.visible(value, keep="\r\n")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
