"""When nothing may be promoted: the freezes of mlops.yaml, and the file FREEZE."""

from __future__ import annotations

from datetime import timedelta

from mlops_gitops.documents.tree import read_if_possible
from mlops_gitops.records.project import FREEZE
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

_LONGEST = 300  # characters of a reason


def freeze_reason(context: Context, environment: str) -> str | None:
    """Why an environment is frozen now, None where it is not. Without a time, any moment of the day counts."""
    if (reason := freeze_file_reason(context.policy)) is not None:
        return f"{environment} is frozen by the file {FREEZE}" + (f": {reason}" if reason else "")
    first = context.moment
    last = context.now or first + timedelta(hours=23, minutes=59, seconds=59)
    for freeze in context.project.freezes if context.project else ():
        if freeze.covers(environment, first, last):
            return f"{environment} is frozen until {freeze.to} (UTC): {_line(freeze.reason)}"
    return None


def freeze_file_reason(policy: Snapshot) -> str | None:
    """The reason in a tree's file FREEZE, which may be empty; None where there is no such file."""
    if not policy.tree.exists(FREEZE):
        return None
    text = (read_if_possible(policy.tree, FREEZE) or b"").decode("utf-8", "replace").removeprefix("\ufeff")
    return _line(text.partition("\n")[0])


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
