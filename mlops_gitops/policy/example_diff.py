"""An example of a rule or a checkup as a small diff."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.policy.rule import Edit


def example_diff(edits: Sequence[Edit]) -> list[str]:
    """The edits of an example as lines: `@@ path`, then the lines that are removed and those that are added."""
    lines: list[str] = []
    path = ""
    for edit in edits:
        if edit.path != path:
            lines.append(f"@@ {edit.path}{_file_change(edit)}")
        path = edit.path
        removed, added = ((text or "").strip("\n").splitlines() for text in (edit.old, edit.new))
        lines += [f"-{line}" for line in removed] + [f"+{line}" for line in added]
    return lines


def _file_change(edit: Edit) -> str:
    if edit.copy:
        return f", a copy of {edit.copy}{' with' if edit.old else ''}"
    if edit.old is None:
        return " (removed)" if edit.new is None else " (new)"
    return ""
