"""The text of a model card: its sections, its sentences and its lines, each with its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any

from mlops_gitops.core.diagnostics import Span
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document

MAX_CHARACTERS = 400_000  # CommonMark's rules for links take time that grows faster than the text
# No tag holds another, so the search ends at the next `<`: a tag that never closes takes no time.


@frozen
class Section:
    """A heading, and whether it has text of its own or subsections.

    It is `last` when not even another heading follows, and has a `sibling` when one of its depth comes next.
    """

    title: str
    depth: int  # 1 for the highest
    span: Span
    empty: bool
    sibling: bool
    last: bool


@frozen
class Passage:
    """A heading, a stretch of running text, HTML or code, as it was written; running text is without the code in it."""

    text: str
    line: int  # its first line, counted within the body from 0
    depth: int = 0  # of a heading, 1 for the highest
    code: bool = False
    has_code: bool = False  # there is code in the running text


@frozen
class Paragraph:
    """A paragraph, or one of a list, as one line of plain text without its markup."""

    title: str  # of the nearest heading above it
    section: int  # how many headings are above it
    text: str
    listed: bool


class Prose:
    """The Markdown body of a document (CommonMark with tables)."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._lines = re.split(r"\r\n|\n|\r", document.body)

    @property
    def too_long(self) -> bool:
        """Whether the body is too long to be parsed."""
        return len(self.document.body) > MAX_CHARACTERS

    @cached_property
    def tokens(self) -> list[Any]:
        """The body as markdown-it takes it apart; nothing of one that is too long."""
        if self.too_long or not self.document.body.strip():
            return []
        tokens: list[Any] = _markdown().parse(self.document.body, self._environment)
        return tokens

    @cached_property
    def _environment(self) -> dict[str, Any]:
        return {}

    @property
    def definitions(self) -> Iterable[tuple[int, int]]:
        """The lines of each `[label]: target`, in order."""
        tokens, references = self.tokens, self._environment.get("references", {})
        return [(first, last) for first, last in (entry["map"] for entry in references.values())] if tokens else []

    @cached_property
    def _starts(self) -> list[int]:
        """The offset in the whole text of each of its lines, as spans count them."""
        starts = [0]
        for line in self.document.lines:
            starts.append(starts[-1] + len(line))
        return starts

    @cached_property
    def _offsets(self) -> list[int]:
        """The offset in the whole text of each line of the body, as CommonMark counts them."""
        body = self.document.body
        first = len(self.document.text) - len(body)
        return [first, *(first + found.end() for found in re.finditer(r"\r\n|\n|\r", body))]

    def source(self, first: int, last: int) -> str:
        """Lines of the body as they are written, the last one left out."""
        end = self._offsets[last] if last < len(self._offsets) else len(self.document.text)
        return self.document.text[self._offsets[first] : end]

    def span_in(self, line: int, offset: int, length: int) -> Span:
        """The place of characters, counted from the beginning of a line of the body."""
        return self._at(self._offsets[line] + offset, length)

    def span(self, line: int, text: str = "") -> Span:
        """The place of `text` in a line of the body; the whole line where it is missing."""
        column = self._lines[line].find(text) if text and line < len(self._lines) else -1
        if column >= 0:
            return self._at(self._offsets[line] + column, len(text))
        number = min(line, len(self._lines) - 1)
        whole = self._lines[number].rstrip()
        indent = len(whole) - len(whole.lstrip())
        return self._at(self._offsets[number] + indent, len(whole) - indent)

    def _at(self, offset: int, length: int) -> Span:
        number = bisect_right(self._starts, offset) - 1
        column = offset - self._starts[number] + 1
        return Span(self.document.path, number + 1, column, number + 1, column + length)

    def sections(self) -> Iterator[Section]:
        """Every heading, in order."""
        tops = [(n, token) for n, token in enumerate(self.tokens) if token.level == 0 and not _blank(token)]
        for place, (n, token) in enumerate(tops):
            if token.type == "heading_open":
                # its own inline and closing tokens come next; the closing one is of level 0 too
                after = tops[place + 2][1] if place + 2 < len(tops) else None
                below = _depth(after) if after is not None and after.type == "heading_open" else 0
                empty = after is None or 0 < below <= _depth(token)
                title, depth = " ".join(self.tokens[n + 1].content.split()), _depth(token)
                yield Section(title, depth, self.span(token.map[0]), empty, below == depth, after is None)

    def paragraphs(self) -> Iterator[Paragraph]:
        """Every paragraph that is neither a heading nor in a table, with its heading."""
        title, section, lists, before = "", 0, 0, ""
        for token in self.tokens:
            lists += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
            if token.type == "inline" and before == "heading_open":
                title, section = _plain(token), section + 1
            elif token.type == "inline" and before == "paragraph_open" and (text := _plain(token)):
                yield Paragraph(title, section, text, lists > 0)
            before = token.type

    def passages(self) -> Iterator[Passage]:
        """Every stretch of text, in order."""
        depth = 0
        for token in self.tokens:
            if token.type in ("html_block", "fence", "code_block"):
                yield Passage(token.content, token.map[0], code=token.type != "html_block")
            elif token.type == "inline":
                has_code = any(child.type == "code_inline" for child in token.children or ())
                yield Passage(_without_code(token), token.map[0], depth, has_code=has_code)
            depth = _depth(token) if token.type == "heading_open" else 0


def as_html(text: str) -> str:
    """The page that a Markdown text makes; the text itself where it is too long to be parsed."""
    return str(_markdown().render(text)) if len(text) <= MAX_CHARACTERS else text


@cache
def _markdown() -> Any:
    from markdown_it import MarkdownIt

    class Reader(MarkdownIt):
        def normalizeLink(self, url: str) -> str:
            return url  # as it is written, not encoded for a web page

    return Reader("commonmark").enable("table")


def _without_code(token: Any) -> str:
    parts = (
        ("\n" if child.type in ("softbreak", "hardbreak") else child.content, child.type)
        for child in token.children or ()
    )
    return "".join(text for text, kind in parts if kind != "code_inline")


def _plain(token: Any) -> str:
    """The visible text of a paragraph, on one line, without characters that do not print."""
    shown = {"text": None, "text_special": None, "code_inline": None, "softbreak": " ", "hardbreak": " "}
    parts = (shown[child.type] or child.content for child in token.children or () if child.type in shown)
    return " ".join("".join(c if c.isprintable() else " " for c in "".join(parts)).split())


def _blank(token: Any) -> bool:
    return token.type == "html_block" and not _without_comments(token.content).strip()


def _depth(token: Any) -> int:
    return int(token.tag[1:])


def _without_comments(html: str) -> str:
    kept, rest = "", html
    while rest:
        before, opened, after = rest.partition("<!--")
        kept += before
        rest = after.partition("-->")[2] if opened else ""
    return kept
