"""Where Markdown and HTML write the targets of links and images."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from html import unescape

from mlops_gitops.core.frozen import frozen

# No tag holds another, so the search ends at the next `<`: a tag that never closes takes no time.
_TAG = re.compile(
    r"<(?P<name>a|img|source|video|audio)\b[^<>]*?\s"
    r"(?P<attribute>(?:href|src)\s*=\s*(?:\"(?P<double>[^\"<>]*)\"|'(?P<single>[^'<>]*)'|(?P<bare>[^\s\"'=<>`]+)))",
    re.IGNORECASE,
)
_OPENS = re.compile(r"\](?:\(|:)\s*")  # of `[text](target)` and `[label]: target`
_CHARACTER = re.compile(r"[^\r\n]")


@frozen
class Target:
    """One target: what it means, its characters as they are written, and where. An empty one is shown by what is
    around it.
    """

    text: str
    written: str
    offset: int
    image: bool = False


def without_comments(text: str) -> str:
    """The text with spaces in the place of each HTML comment, so that all else stays where it is.

    Markdown does not take one that never ends for a comment.
    """
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts += [text[at:start], _CHARACTER.sub(" ", text[start : end + 3])]
        at = end + 3
    return "".join([*parts, text[at:]])


def html_targets(text: str) -> Iterator[Target]:
    """The targets of links, images, videos and sounds written in HTML, those in comments left out."""
    # In HTML, a comment that never ends hides all that follows.
    for found in _TAG.finditer(without_comments(text).partition("<!--")[0]):
        part = next((name for name in ("double", "single", "bare") if found[name]), "attribute")
        target = "" if part == "attribute" else unescape(found[part])
        yield Target(target, found[part], found.start(part), image=found["name"].lower() == "img")


def written_targets(text: str) -> dict[str, deque[Target]]:
    """Every target that lines of Markdown write, by what it means, in order."""
    found: dict[str, deque[Target]] = {}
    for target in [*_markdown_targets(without_comments(text)), *html_targets(text)]:
        found.setdefault(target.text, deque()).append(target)
    return found


def _markdown_targets(text: str) -> Iterator[Target]:
    from markdown_it.helpers import parseLinkDestination

    for opened in _OPENS.finditer(text):
        start = opened.end()
        if text[start : start + 1] == ")":
            yield Target("", text[opened.start() + 1 : start + 1], opened.start() + 1)
            continue
        read = parseLinkDestination(text, start, len(text))
        if read.ok and read.pos > start:
            bracket = text[start] == "<"
            yield Target(read.str, text[start + bracket : read.pos - bracket], start + bracket)
