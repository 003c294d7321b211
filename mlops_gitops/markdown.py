"""Text into Markdown, so that nothing it holds is taken for markup, a mention or a command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~<>@:-])")


def text(value: str) -> str:
    """One line of plain text: every character with a meaning in Markdown or at a forge is written as an entity."""
    line = " ".join(value.split())
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", line.replace("&", "&amp;"))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    return lines + [f"| {' | '.join(text(cell) for cell in row)} |" for row in rows]
