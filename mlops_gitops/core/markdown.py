"""Text into Markdown, so that nothing it holds is taken for markup, a mention or a command."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from mlops_gitops.core.text import clipped, visible

# The word joiner: of no width, no break, and no part of a login, a number or an address.
_APART = "\u2060"
# A forge looks for these in two texts. In the rendered one an entity or a backslash is gone again, and in a commit
# message, which a squash makes of title and body, either is only more text beside an active `fixes #12`. So something
# stands in between, which holds in both. People, teams, issues, merge requests, labels, milestones, epics; emoji;
# addresses, of issues without their scheme too; advisories.
REFERENCE = re.compile(
    r'@(?=\S)|#(?=\w)|[!&$](?=\d)|[~%](?=[\w"])|:(?=//|[\w+-]+:)|www\.|(?<![a-z])(?:gh|ghsa|cve)-'
    r"|\b(?:issues|pulls?|discussions|merge_requests)/(?=\d)",
    re.IGNORECASE,
)
_ORDER = re.compile(r"\[(?=\w)")  # `[skip ci]`: in a commit message, this tells a forge to run nothing
_MARKUP = re.compile(rf"[\\`*_{{}}\[\]#!|~<>@$^&{_APART}]")
# A bot's /command, a list, a line that makes the one above a heading or a table's head.
_START = re.compile(r"^(\d*)([/=]|[-+:.)](?=[\s:-]|$))")
_CODE = re.compile(r"[^\s`|\\]([^`|\\]*[^\s`|\\])?")


def text(value: str) -> str:
    """One line of plain text: every character with a meaning in Markdown or at a forge is written as an entity.

    Left alone are hexadecimal digests: a forge may link one that is a commit of the same repository, which notifies
    nobody, and one with something in between could not be copied.
    """
    line = visible(" ".join(value.split()))
    line = REFERENCE.sub(lambda match: match[0] + _APART, line)
    line = _MARKUP.sub(lambda match: _entity(match[0]), line)
    return _START.sub(lambda match: match[1] + _entity(match[2]), line)


def excerpt(value: str, most: int) -> str:
    """The beginning of a text as plain text: at most `most` of its characters, and twice that as Markdown."""
    line, length = " ".join(value.split()), most
    while len(rendered := text(clipped(line, length))) > 2 * most:
        length //= 2  # every character of it may have become fourteen
    return rendered


def plain(value: str) -> str:
    """One line that is not Markdown, for a title or a commit message: no mention, no reference, no order to a forge."""
    line = visible(" ".join(value.split()))
    return _ORDER.sub(lambda match: match[0] + _APART, REFERENCE.sub(lambda match: match[0] + _APART, line))


def name(value: str, most: int = 200) -> str:
    """A name or a place as code, if it means nothing in a commit message either; otherwise as plain text."""
    inert = len(value) <= most and plain(value) == value and "<" not in value
    return code(value) if inert else excerpt(value, most)


def shown(source: str) -> str:
    """What `text` and `plain` wrote, as a terminal may show it."""
    return html.unescape(source).replace(_APART, "")


def details(summary: str, lines: Sequence[str]) -> list[str]:
    """Lines of Markdown that are folded away below `summary`, which is Markdown too; nothing for nothing."""
    return [f"<details><summary>{summary}</summary>", "", *lines, "", "</details>"] if lines else []


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
    return "&amp;" if char == "&" else f"&#x{ord(char):x};"  # hexadecimal: `#64` would be an issue in a commit message
