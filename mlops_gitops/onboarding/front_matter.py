"""The front matter of a card, which stays as it is while lines are added to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.core.diagnostics import Span, lines_of
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.front_matter import start
from mlops_gitops.documents.read_document import parse
from mlops_gitops.onboarding import card_draft

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
_OPENING = re.compile(r"---[ \t]*(?:\r\n?|\n)")
_CLOSING = re.compile(r"---[ \t]*(?:\r\n?|\n|\Z)")
_TEMPLATE = re.compile(r"\{\{?[ \t]*[A-Za-z_]+[ \t]*(?:\|[^\r\n]*)?\}\}?[ \t]*")


def split_front_matter(document: Document) -> tuple[str, str]:
    """The front matter with its `---` lines, empty where there is none, and the body. Raises Error with the place."""
    text = document.text
    if document.problems and document.problems[0].rule == "unreadable":
        raise _unreadable(document)
    if start(text) is None:
        return "", text
    if not document.problems:
        return text[: len(text) - len(document.body)], document.body
    head = _empty_front_matter(text)
    if not head:
        raise _unreadable(document)
    return head, text[len(head) :]


def is_empty(front_matter: str) -> bool:
    """Whether a front matter has nothing but empty lines, comments and template marks."""
    return all(map(_is_empty_line, _inner_lines(front_matter)))


def new_front_matter(text: str, lines: list[str]) -> str:
    """A front matter of these lines, with the line ends of the text that follows."""
    return _joined(["---", *lines, "---"], _line_end(text))


def extended(document: Document, front_matter: str, lines: list[str], *, empty: bool) -> str:
    """The front matter with more lines before its end; the lines of an empty one become comments.

    Raises Error where it is written in braces.
    """
    opening, *_, closing = _lines(front_matter)
    end = _line_end(front_matter)
    if empty:
        return opening + "".join(map(_commented, _inner_lines(front_matter))) + _joined(lines, end) + closing
    start = document.span()
    if document.lines[start.line - 1][start.column - 1 : start.column] == "{":
        help = "write it as one key a line, then adopt the card again: nothing was written"
        raise Error(f"{start}: the front matter is written in braces, and no block fits into them", help=help)
    indent = " " * (start.column - 1)
    old = _with_data_sets(document, front_matter)
    return old[: len(old) - len(closing)] + _joined([indent + line for line in lines], end) + closing


def require_same(document: Document, new: str, body: str, known: Mapping[str, Any]) -> None:
    """Raises Error unless the new card reads as the old one does, and more."""
    again = parse(document.path, new.encode())
    whole = isinstance(again.data, dict) and _contains(again.data, known) and "mlops" in again.data
    if again.problems or not whole or again.body != body:
        place = again.problems[0].span if again.problems else Span(document.path)
        help = "write the front matter by hand: mlops-gitops schema card says what belongs in it"
        raise Error(f"{place}: nothing can be added to this front matter without changing what it says", help=help)


def _unreadable(document: Document) -> Error:
    problem = document.problems[0]
    return Error(f"{problem.span}: {problem.message}", help="fix it, then adopt the card again: nothing was written")


def _empty_front_matter(text: str) -> str:
    """The front matter of a text where it is empty, which YAML reads as no mapping; else nothing."""
    opened = _OPENING.match(text, start(text) or 0)
    position = opened.end() if opened else len(text)
    while position < len(text):
        if closed := _CLOSING.match(text, position):
            return text[: closed.end()]
        line = _LINE.match(text, position)
        if line is None or not _is_empty_line(line[0]):
            return ""
        position = line.end()
    return ""


def _is_empty_line(line: str) -> bool:
    line = line.strip()
    return not line or line.startswith("#") or _TEMPLATE.fullmatch(line) is not None


def _commented(line: str) -> str:
    return line if not line.strip() or line.lstrip().startswith("#") else f"# {line}"


def _inner_lines(front_matter: str) -> list[str]:
    return _lines(front_matter)[1:-1]


def _lines(front_matter: str) -> list[str]:
    """The lines of a front matter, with its first line the empty lines before it."""
    at = start(front_matter) or 0
    opening, *others = lines_of(front_matter[at:])
    return [front_matter[:at] + opening, *others]


def _line_end(text: str) -> str:
    match = re.search(r"\r\n?|\n", text)
    return match[0] if match else "\n"


def _joined(lines: list[str], end: str) -> str:
    return "".join(line + end for line in lines)


def _with_data_sets(document: Document, front_matter: str) -> str:
    """The front matter with a blank data set for each result of `model-index` that has none, as the Hub requires."""
    starts = [0]
    for line in lines_of(front_matter):
        starts.append(starts[-1] + len(line))
    text = front_matter
    for route in reversed([*_results_without_data(document.data)]):
        span = document.span(route)
        braces = text[starts[span.line - 1] + span.column - 1 :][:1] == "{"
        span = span if braces else document.span((*route, "metrics"), key=True)
        position = starts[span.line - 1] + span.column - 1 + braces
        separator = ", " if braces else _line_end(front_matter) + " " * (span.column - 1)
        text = f"{text[:position]}dataset: {card_draft.dataset_entry()}{separator}{text[position:]}"
    again = parse(document.path, (text + document.body).encode())
    return text if not again.problems and _contains(again.data, document.data) else front_matter


def _results_without_data(data: Mapping[str, Any]) -> Iterator[Route]:
    """The results of `model-index` that have metrics and name no data set, in their order."""
    index = data.get("model-index")
    for n, model in enumerate(index if isinstance(index, list) else ()):
        results = model.get("results") if isinstance(model, dict) else None
        for m, result in enumerate(results if isinstance(results, list) else ()):
            if isinstance(result, dict) and "metrics" in result and "dataset" not in result:
                yield "model-index", n, "results", m


def _contains(data: Any, old: Any) -> bool:
    """Whether everything of `old` is in `data`, as it was."""
    if isinstance(old, dict):
        return isinstance(data, dict) and all(key in data and _contains(data[key], value) for key, value in old.items())
    if isinstance(old, list):
        return isinstance(data, list) and len(data) == len(old) and all(map(_contains, data, old))
    return type(data) is type(old) and bool(data == old)
