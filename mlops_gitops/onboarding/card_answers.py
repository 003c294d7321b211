"""What the text of a card says plainly: answers to the questions of its `mlops:` block, and its licence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from mlops_gitops.cards.card_body import Paragraph, Prose
from mlops_gitops.cards.placeholders import placeholder, says_nothing
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.ignore_comments import MARK

MOST_QUOTED = 400  # characters
FEWEST_WORDS = 4  # `Fill-Mask` names a task, and does not say what for
_HEADINGS = {
    "intended_use": re.compile(r"(?:primary )?intended uses?(?: (?:&|and) limitations)?|direct use|use cases?", re.I),
    "out_of_scope": re.compile(r"(?:out[- ]of[- ]scope|misuse and out-of-scope|prohibited|unsupported) uses?", re.I),
    "limitations": re.compile(
        r"(?:known )?limitations?|bias,? risks,? and limitations|limitations? and bias(?:es)?|caveats", re.I
    ),
}
_OUT_OF_SCOPE = re.compile(r"out[- ]of[- ]scope(?: uses?)?\s*[:–—]\s*(?P<text>\S.*)", re.I)
_NUMBERED = re.compile(r"^[\W\d_]+|[\W_]+$")
_LICENCE_TITLE = re.compile(r"licen[cs](?:e|ing)(?: information)?", re.I)
_LICENCE_LINE = re.compile(r"licen[cs]e(?:\(s\)|s)?\s*[:–—-]\s*(?P<text>\S.*)", re.I)


def card_answers(prose: Prose) -> dict[str, str]:
    """The questions that exactly one section of the text answers, each with its first sentences."""
    sections = [[*paragraphs] for _, paragraphs in groupby(prose.paragraphs(), key=lambda paragraph: paragraph.section)]
    titles = [_NUMBERED.sub("", section[0].title) for section in sections]
    answers: dict[str, list[str]] = {}
    for field, heading in _HEADINGS.items():
        pairs = zip(titles, sections, strict=True)
        matches = [(title, section) for title, section in pairs if heading.fullmatch(title)]
        if len({title.casefold() for title, _ in matches}) < len(matches):
            return {}  # a page on several models: which section is about this one, only people know
        answers[field] = [text for _, section in matches if (text := _section_answer(section))]
    answers["out_of_scope"] = answers["out_of_scope"] or [*_labelled_answers(prose)]
    return {field: texts[0] for field, texts in answers.items() if len(texts) == 1}


def licence_text(prose: Prose) -> str:
    """What the text says of the licence, in a section or a line of its own; "" where it says nothing."""
    for paragraph in prose.paragraphs():
        line = _LICENCE_LINE.match(paragraph.text)
        has_title = _LICENCE_TITLE.fullmatch(_NUMBERED.sub("", paragraph.title))
        text = line["text"] if line else paragraph.text if has_title else ""
        if text and _is_answer(text):
            return _cut(text)[:120]
    return ""


def _labelled_answers(prose: Prose) -> Iterator[str]:
    """What follows `Out of scope:` in a list or a paragraph."""
    for paragraph in prose.paragraphs():
        label = _OUT_OF_SCOPE.match(paragraph.text)
        if label and (text := _section_answer([replace(paragraph, text=label["text"])])):
            yield text


def _section_answer(section: list[Paragraph]) -> str:
    """The first paragraph with the list or quotation it introduces, cut at a word; empty if it is no answer."""
    first, *rest = section
    text = first.text
    for paragraph in rest:
        introduced = text.endswith(":") or (paragraph.listed and (first.listed or first.text.endswith(":")))
        if not introduced or len(text) + len(paragraph.text) > MOST_QUOTED:
            break
        text = f"{text} {paragraph.text}"
    answers = _is_answer(text) and not text.endswith(":") and len(text.split()) >= FEWEST_WORDS
    return _cut(text) if answers else ""


def _is_answer(text: str) -> bool:
    return not says_nothing(text) and not placeholder(text) and MARK not in text


def _cut(text: str) -> str:
    return text if len(text) <= MOST_QUOTED else text[:MOST_QUOTED].rpartition(" ")[0] + " …"
