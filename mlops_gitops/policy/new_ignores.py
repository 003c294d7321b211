"""Comments that let today's warnings of a file pass, written so that the file says and shows what it did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.cards.card_body import as_html
from mlops_gitops.core.diagnostics import lines_of
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.ignore_comments import MARK, parse_ignores
from mlops_gitops.documents.read_document import parse

_OURS = re.compile(rf"<!-- {MARK}\[[^\n]*? -->")
_BREAK = re.compile(r"\r\n?|\n")


@frozen
class Ignored:
    """The text with its new comments, the lines of the old text that have one, and those where none can be."""

    text: str
    placed: tuple[int, ...]
    left: tuple[int, ...]


def with_ignores(document: Document, rules: Mapping[int, Sequence[str]], reason: str) -> Ignored:
    """A comment for each line of `rules`, which has the rules whose warnings are to pass there, and why.

    A comment comes above its line, or at the end of it where one above would change what the file says.
    """
    lines, placed = {number: document.lines[number - 1] for number in rules}, dict[int, str]()
    everything = {
        number: next(_candidates(document, number, line, rules[number], reason)) for number, line in lines.items()
    }
    if _same(document, everything):
        return Ignored(_edited(document, everything), tuple(sorted(rules)), ())
    for number, line in lines.items():
        for candidate in _candidates(document, number, line, rules[number], reason):
            if _same(document, placed | {number: candidate}):
                placed[number] = candidate
                break
    left = tuple(sorted(set(rules) - set(placed)))
    return Ignored(_edited(document, placed), tuple(sorted(placed)), left)


def _candidates(document: Document, number: int, line: str, rules: Sequence[str], reason: str) -> Iterator[str]:
    """The line with its comment, in each way that may be possible, the best first."""
    words = f"{MARK}[{', '.join(rules)}] because {reason}"
    body = document.text[: len(document.text) - len(document.body)]
    in_body = bool(document.body) and number > len(lines_of(body))
    comment = f"<!-- {words} -->" if in_body else f"# {words}"
    content = line.rstrip("\r\n")
    end = line[len(content) :]
    indent = content[: len(content) - len(content.lstrip())]
    yield f"{indent}{comment}{end or _line_end(document.text)}{line}"
    yield f"{content.rstrip()} {comment}{end}"


def _line_end(text: str) -> str:
    found = _BREAK.search(text)
    return found[0] if found else "\n"


def _edited(document: Document, changed: Mapping[int, str]) -> str:
    return "".join(changed.get(number, line) for number, line in enumerate(document.lines, 1))


def _same(document: Document, changed: Mapping[int, str]) -> bool:
    """Whether the file still says what it did, and each comment is about its line."""
    text = _edited(document, changed)
    again = parse(document.path, text.encode())
    if again.problems or again.data != document.data or not _about(document, changed, text):
        return False
    return again.body == document.body or (
        not _is_within_another(again.body) and _shown(again.body) == _shown(document.body)
    )


def _about(document: Document, changed: Mapping[int, str], text: str) -> bool:
    """Whether the lines that the comments are about are those that are meant."""
    meant, added = set[int](), 0
    for number in sorted(changed):
        added += len(lines_of(changed[number])) - 1
        meant.add(number + added)
    before = len(parse_ignores(document.path, document.text))
    found = [ignore for ignore in parse_ignores(document.path, text) if ignore.reason]
    return meant <= {ignore.line for ignore in found} and len(found) >= before + len(changed)


def _is_within_another(body: str) -> bool:
    """Whether a comment of ours comes within the tag of an element, or within a comment, which it would close."""
    for found in _OURS.finditer(body):
        if body.rfind("<!--", 0, found.start()) > body.rfind("-->", 0, found.start()):
            return True
        opened = body.rfind("<", 0, found.start())
        if opened > body.rfind(">", 0, found.start()) and re.match(r"</?[A-Za-z]", body[opened : opened + 3]):
            return True
    return False


def _shown(body: str) -> str:
    """The page of a text, less our comments and the white space around tags."""
    page = " ".join(_OURS.sub("", as_html(body)).split())
    return re.sub(r" ?([<>]) ?", r"\1", page)
