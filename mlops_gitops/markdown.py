"""Text into Markdown, so that nothing it holds is taken for markup, a mention or a command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mlops_gitops import display

_APART = "\u200b"  # a space of no width
# A forge looks for these in the rendered text, where an entity is a plain character again: only something in between
# helps. People, teams, issues, merge requests, labels, milestones, epics; emoji; addresses; advisories.
_REFERENCE = re.compile(
    r'@(?=\S)|#(?=\w)|[!&$](?=\d)|[~%](?=[\w"])|:(?=//|[\w+-]+:)|www\.|(?<![a-z])(?:gh|ghsa|cve)-', re.IGNORECASE
)
_MARKUP = re.compile(rf"[\\`*_{{}}\[\]()#+!|~<>@:$^&{_APART}-]")
_START = re.compile(r"^(\d*)([./=])")  # a numbered list, a bot's /command, a line that makes the one above a heading
_CODE = re.compile(r"[^\s`|\\]([^`|\\]*[^\s`|\\])?")


def text(value: str) -> str:
    """One line of plain text: every character with a meaning in Markdown or at a forge is written as an entity.

    Left alone are hexadecimal digests: a forge may link one that is a commit of the same repository, which notifies
    nobody, and one with something in between could not be copied.
    """
    line = display.visible(" ".join(value.split()))
    line = _REFERENCE.sub(lambda match: match[0] + _APART, line)
    line = _MARKUP.sub(lambda match: _entity(match[0]), line)
    return _START.sub(lambda match: match[1] + _entity(match[2]), line)


def code(value: str) -> str:
    """A name or a place as code, which can be copied; as plain text where a code span could not hold it."""
    return f"`{value}`" if value.isprintable() and _CODE.fullmatch(value) else text(value)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table of plain text."""
    return [*head(columns), *(row([text(cell) for cell in cells]) for cells in rows)]


def head(columns: Sequence[str]) -> list[str]:
    """The first two lines of a table."""
    return [row([text(column) for column in columns]), f"|{' --- |' * len(columns)}"]


def row(cells: Iterable[str]) -> str:
    """One line of a table, of cells that are Markdown."""
    return f"| {' | '.join(cells)} |"


def _entity(char: str) -> str:
    return "&amp;" if char == "&" else f"&#{ord(char)};"
