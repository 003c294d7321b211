"""Placeholders in the text of a card: what is still to be written, and comments of a template above what is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_gitops.cards.card_body import Passage, Prose
from mlops_gitops.cards.placeholders import placeholder, says_nothing
from mlops_gitops.core.diagnostics import Span
from mlops_gitops.core.frozen import frozen

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(?!img\b|video\b|audio\b|iframe\b)/?[a-z][^<>]*>", re.IGNORECASE)
_LABEL = re.compile(r"[^:]*[:*_\s]*")  # `**Developed by:**` with nothing behind it
# Sentences of the Hub's template that introduce what is to be written.
_INTRODUCES = re.compile(r"Use the code below to get started|Carbon emissions can be estimated using", re.IGNORECASE)
_ASKS_FOR_TEXT_HERE = re.compile(r"<!-- *Provide\b", re.IGNORECASE)  # the others may be answered in subsections


@frozen
class TextPlaceholder:
    """A placeholder in the text. It is `left` where it is in a comment, and its section is written."""

    text: str
    span: Span
    left: bool


@frozen
class _Mark:
    """A placeholder, where it is, and the number of its section."""

    text: str
    line: int
    comment: bool
    section: int


def text_placeholders(prose: Prose) -> Iterator[TextPlaceholder]:
    """Every placeholder of a card's text, at most one a line."""
    marks: list[_Mark] = []
    written: set[int] = set()  # sections with text of their own
    answered: set[int] = set()  # those, and sections whose subsections have some
    open_sections = [(0, 0)]  # the depth and the number of each, the outermost first
    for number, passage in enumerate(prose.passages(), 1):
        if passage.depth:
            above = [section for section in open_sections if section[0] < passage.depth]
            open_sections = [*above, (passage.depth, number)]
        elif _says_something(passage):
            written.add(open_sections[-1][1])
            answered.update(section for _, section in open_sections)
        marks += _marks(passage, open_sections[-1][1])
    for mark in marks:
        text_there = mark.section in (written if _ASKS_FOR_TEXT_HERE.match(mark.text) else answered)
        yield TextPlaceholder(mark.text, prose.span(mark.line, mark.text), left=mark.comment and text_there)


def _marks(passage: Passage, section: int) -> Iterator[_Mark]:
    lines = zip(*(text.split("\n") for text in _apart(passage)), strict=True)
    for number, (seen, hidden) in enumerate(lines):
        if found := placeholder(seen) or placeholder(hidden):
            yield _Mark(found, passage.line + number, comment=not placeholder(seen), section=section)


def _apart(passage: Passage) -> tuple[str, str]:
    """The text without its comments, and the comments alone, each with all line breaks; code is neither."""
    if passage.code:
        blank = "\n" * passage.text.count("\n")
        return blank, blank
    seen = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), passage.text)
    hidden, end = [], 0
    for match in _COMMENT.finditer(passage.text):
        hidden += ["\n" * passage.text.count("\n", end, match.start()), match[0]]
        end = match.end()
    return seen, "".join([*hidden, "\n" * passage.text.count("\n", end)])


def _says_something(passage: Passage) -> bool:
    """Whether a passage has a line that somebody wrote for this card."""
    if passage.code:
        return bool(passage.text.strip()) and not placeholder(passage.text)
    return passage.has_code or any(map(_is_written, _apart(passage)[0].split("\n")))


def _is_written(line: str) -> bool:
    text = _TAG.sub("", line).strip()
    introduces = _LABEL.fullmatch(text) if ":" in text else _INTRODUCES.match(text)
    return not (says_nothing(text) or placeholder(text) or introduces)
