"""Where the front matter of a Markdown text is."""

from __future__ import annotations

import re

_BREAK = r"(?>\r\n|\r|\n)"
_KEY = r"\{|[\"']?[\w.-]+[\"']?[ \t]*:(?![^ \t\r\n])"
_WHOLE = re.compile(rf"---[ \t]*{_BREAK}(?P<yaml>.*?)(?:^|(?<=[\r\n]))---[ \t]*(?:\r\n?|\n|\Z)", re.DOTALL)
# Behind empty lines, `---` may also be a line across the page: then neither a key nor the end comes next.
_OPENED = re.compile(rf"---[ \t]*{_BREAK}(?>[ \t]*{_BREAK})*[ \t]*(?:{_KEY})")
_HOLDS_KEYS = re.compile(rf"---[ \t]*{_BREAK}(?>[ \t]*(?>\#[^\r\n]*)?{_BREAK})*[ \t]*(?:---|{_KEY})")


def start(text: str) -> int | None:
    """The offset of the `---` that opens the front matter; None for a text that has none.

    White space may come before it, as the Hub's own reader has it (`huggingface_hub.repocard`).
    """
    at = len(text) - len(text.lstrip())
    if not text.startswith("---", at):
        return None
    opened = at == 0 or _OPENED.match(text, at) or (_HOLDS_KEYS.match(text, at) and _WHOLE.match(text, at))
    return at if opened else None


def find(text: str) -> re.Match[str] | None:
    """The front matter with both `---` lines, its group `yaml` what lies between; None where it is never closed."""
    at = start(text)
    return None if at is None else _WHOLE.match(text, at)
