"""What the text of a card links to, and where each target is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from mlops_gitops.cards.card_body import Prose
from mlops_gitops.cards.written_targets import Target, html_targets, written_targets
from mlops_gitops.core.diagnostics import Span
from mlops_gitops.core.frozen import frozen


@frozen
class Link:
    """A link or an image, and where it points.

    It is `located` where `span` is its target for certain, as it is `written`; else `span` is where it may be.
    """

    target: str
    written: str
    span: Span
    image: bool
    located: bool


def card_links(prose: Prose) -> Iterator[Link]:
    """Every link and image, those written in HTML too; none that is commented out."""
    definitions = dict(_definitions(prose))
    by_lines: dict[tuple[int, int], list[Target]] = {}
    for token in _uncommented(prose.tokens):
        by_lines.setdefault((token.map[0], token.map[1]), []).extend(_targets(token))
    for (first, last), targets in by_lines.items():
        if targets:
            yield from _located(prose, first, last, targets, definitions)


def _definitions(prose: Prose) -> Iterator[tuple[str, tuple[str, Span]]]:
    """What `[label]: target` means → as it is written, and where."""
    for first, last in prose.definitions:
        for text, (target, *_) in written_targets(prose.source(first, last)).items():
            yield text, (target.written, prose.span_in(first, target.offset, len(target.written)))


def _uncommented(tokens: list[Any]) -> Iterator[Any]:
    """The tokens of text and HTML, less those between the beginning of a comment in one and its end in another."""
    texts = [token for token in tokens if token.map and token.type in ("inline", "html_block")]
    last_end = max((n for n, token in enumerate(texts) if "-->" in token.content), default=-1)
    within = False
    for n, token in enumerate(texts):
        if within:
            within = "-->" not in token.content
            continue
        yield token
        opened = token.content.rfind("<!--") > token.content.rfind("-->")
        within = opened and token.type == "html_block" and n < last_end


def _targets(token: Any) -> Iterator[Target]:
    """What a token leads to; its offsets are of no use."""
    if token.type == "html_block":
        yield from html_targets(token.content)
    for child in token.children or ():
        name = {"link_open": "href", "image": "src"}.get(child.type)
        if name:
            yield Target(str(child.attrs[name]), "", 0, image=child.type == "image")
        elif child.type == "html_inline":
            yield from html_targets(child.content)


def _located(
    prose: Prose, first: int, last: int, targets: list[Target], definitions: dict[str, tuple[str, Span]]
) -> Iterator[Link]:
    """The targets of some lines with their places."""
    wanted = Counter(target.text for target in targets)
    places = written_targets(prose.source(first, last))
    # As many places as links: each place is of one. With more of them, one may be in code.
    certain = {text for text, number in wanted.items() if len(places.get(text, ())) == number}
    for target in targets:
        if found := places.get(target.text):
            place = found.popleft()
            span = prose.span_in(first, place.offset, len(place.written))
            yield Link(target.text, place.written, span, target.image, target.text in certain)
        elif target.text in definitions:
            yield Link(target.text, *definitions[target.text], target.image, located=True)
        else:
            yield Link(target.text, target.text, prose.span(first), target.image, located=False)
