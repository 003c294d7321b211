"""A card that somebody wrote for readers → the same card with the front matter that releasing needs.

Its text and the front matter it has stay as they are, byte for byte: what is missing is spliced in beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from mlops_gitops.cards.card_body import Paragraph, Prose
from mlops_gitops.cards.placeholders import placeholder, says_nothing
from mlops_gitops.core.diagnostics import Span, lines_of
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.ignore_comments import MARK
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import MAX_BYTES, too_large
from mlops_gitops.onboarding import card_draft
from mlops_gitops.onboarding.card_facts import CardFacts
from mlops_gitops.onboarding.file_drafts import Person, scalar
from mlops_gitops.onboarding.models import Model

MOST_QUOTED = 400  # characters
FEWEST_WORDS = 4  # `Fill-Mask` names a task, and tells nobody what for
_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
_OPENING = re.compile(r"---[ \t]*(?:\r\n?|\n)")
_CLOSING = re.compile(r"---[ \t]*(?:\r\n?|\n|\Z)")
_TEMPLATE = re.compile(r"\{\{?[ \t]*[A-Za-z_]+[ \t]*(?:\|[^\r\n]*)?\}\}?[ \t]*")
_HEADINGS = {
    "intended_use": re.compile(r"(?:primary )?intended uses?(?: (?:&|and) limitations)?|direct use|use cases?", re.I),
    "out_of_scope": re.compile(r"(?:out[- ]of[- ]scope|misuse and out-of-scope|prohibited|unsupported) uses?", re.I),
    "limitations": re.compile(
        r"(?:known )?limitations?|bias,? risks,? and limitations|limitations? and bias(?:es)?|caveats", re.I
    ),
}
_OUT_OF_SCOPE = re.compile(r"out[- ]of[- ]scope(?: uses?)?\s*[:–—]\s*(?P<said>\S.*)", re.I)
_NUMBERED = re.compile(r"^[\W\d_]+|[\W_]+$")
_LICENCE_TITLE = re.compile(r"licen[cs](?:e|ing)(?: information)?", re.I)
_LICENCE_LINE = re.compile(r"licen[cs]e(?:\(s\)|s)?\s*[:–—-]\s*(?P<said>\S.*)", re.I)


@frozen
class Adopted:
    """The card as bytes; how many characters at its end are its own text; the keys that were added, in order; and the
    questions that its text answers.
    """

    data: bytes
    body: int
    added: tuple[str, ...]
    quoted: tuple[str, ...]


def adopt(document: Document, model: Model, person: Person | None, told: CardFacts) -> Adopted | None:
    """The whole card with what is missing; None where it has an `mlops:` block already.

    Raises Error, with the place, for a card that cannot be read or is about something else.
    """
    text, data = document.text, document.data
    if isinstance(data, dict) and "mlops" in data:
        return None
    _refuse_data_set(document)
    head, body = _split(document)
    prose = Prose(replace(document, body=body))
    quoted = _quotes(prose)
    known = data if isinstance(data, dict) and not _says_nothing(head) else {}
    added = _missing(known, prose, model, person, told, quoted)
    lines = [line for its in added.values() for line in its]
    if not head:
        new = _fenced(["---", *lines, "---"], _break(text)) + text
    else:
        new = _spliced(document, head, lines, kept=bool(known)) + body
    _require_same(document, new, body, known)
    raw = (_BOM if document.raw.startswith(_BOM) else b"") + new.encode()
    if len(raw) > MAX_BYTES:
        raise Error(f"with its front matter, {document.path} {too_large(len(raw))}", help="move what it links to out")
    written = (key for key, its in added.items() if not all(line.startswith("#") for line in its))
    return Adopted(raw, len(body), tuple(written), tuple(quoted))


# ── what there is ──


def _refuse_data_set(document: Document) -> None:
    data = document.data if isinstance(document.data, dict) else {}
    if "task_categories" in data and "size_categories" in data:
        help = "a model's card names its data sets under `datasets:`"
        raise Error(f"{document.path}:1:1: this is the card of a data set, not of a model", help=help)


def _split(document: Document) -> tuple[str, str]:
    """The front matter with its `---` lines, empty where there is none, and the body. Raises Error with the place."""
    text = document.text
    if document.problems and document.problems[0].rule == "unreadable":
        raise _unread(document)
    if not text.startswith("---"):
        return "", text
    if not document.problems:
        return text[: len(text) - len(document.body)], document.body
    head = _blank_head(text)
    if not head:
        raise _unread(document)
    return head, text[len(head) :]


def _unread(document: Document) -> Error:
    problem = document.problems[0]
    return Error(f"{problem.span}: {problem.message}", help="mend it, then adopt the card again: nothing was written")


def _blank_head(text: str) -> str:
    """A front matter of empty lines, comments and template marks, which YAML takes for no mapping; else nothing."""
    opened = _OPENING.match(text)
    at = opened.end() if opened else len(text)
    while at < len(text):
        if closed := _CLOSING.match(text, at):
            return text[: closed.end()]
        line = _LINE.match(text, at)
        if line is None or not _empty(line[0]):
            return ""
        at = line.end()
    return ""


def _empty(line: str) -> bool:
    line = line.strip()
    return not line or line.startswith("#") or _TEMPLATE.fullmatch(line) is not None


def _inner(head: str) -> list[str]:
    return lines_of(head)[1:-1]


def _says_nothing(head: str) -> bool:
    return all(map(_empty, _inner(head)))


# ── what is added ──


def _missing(
    data: Mapping[str, Any],
    prose: Prose,
    model: Model,
    person: Person | None,
    told: CardFacts,
    quoted: Mapping[str, str],
) -> dict[str, list[str]]:
    """Key → its lines, for every key that the card lacks."""
    hub = card_draft.hub(model, told)
    if said := _licence(prose):
        hub["license"] = [f"# license: …  # by its own text: {scalar(said)}"]
    if not told.library:
        del hub["library_name"]
    # A key of theirs stays, empty or not: a second one would be one too many.
    lines = {key: its for key, its in hub.items() if key not in data}
    return lines | {"mlops": [*card_draft.block(model, person, told, quoted)]}


def _quotes(prose: Prose) -> dict[str, str]:
    """The questions that one section of the text plainly answers, each with its first sentences."""
    sections = [[*its] for _, its in groupby(prose.paragraphs(), key=lambda its: its.section)]
    titles = [_NUMBERED.sub("", section[0].title) for section in sections]
    found: dict[str, list[str]] = {}
    for field, form in _HEADINGS.items():
        its = [(title, section) for title, section in zip(titles, sections, strict=True) if form.fullmatch(title)]
        if len({title.casefold() for title, _ in its}) < len(its):
            return {}  # a page on several models: which section is about this one, only people know
        found[field] = [text for _, section in its if (text := _answer(section))]
    found["out_of_scope"] = found["out_of_scope"] or [*_labelled(prose)]
    return {field: texts[0] for field, texts in found.items() if len(texts) == 1}


def _labelled(prose: Prose) -> Iterator[str]:
    """What stands behind `Out of scope:` in a list or a paragraph."""
    for its in prose.paragraphs():
        label = _OUT_OF_SCOPE.match(its.text)
        if label and (text := _answer([replace(its, text=label["said"])])):
            yield text


def _answer(section: list[Paragraph]) -> str:
    """The first paragraph with the list or quotation it leads to, cut at a word; empty if it is no answer."""
    first, *rest = section
    text = first.text
    for its in rest:
        led = text.endswith(":") or (its.listed and (first.listed or first.text.endswith(":")))
        if not led or len(text) + len(its.text) > MOST_QUOTED:
            break
        text = f"{text} {its.text}"
    told = not says_nothing(text) and not placeholder(text) and not text.endswith(":") and MARK not in text
    return _cut(text) if told and len(text.split()) >= FEWEST_WORDS else ""


def _cut(text: str) -> str:
    return text if len(text) <= MOST_QUOTED else text[:MOST_QUOTED].rpartition(" ")[0] + " …"


def _licence(prose: Prose) -> str:
    """What the text says of the licence, in a section or a line of its own."""
    for its in prose.paragraphs():
        line = _LICENCE_LINE.match(its.text)
        said = line["said"] if line else its.text if _LICENCE_TITLE.fullmatch(_NUMBERED.sub("", its.title)) else ""
        if said and not says_nothing(said) and not placeholder(said) and MARK not in said:
            return _cut(said)[:120]
    return ""


# ── splicing ──


def _break(text: str) -> str:
    found = re.search(r"\r\n?|\n", text)
    return found[0] if found else "\n"


def _fenced(lines: list[str], end: str) -> str:
    return "".join(line + end for line in lines)


def _spliced(document: Document, head: str, lines: list[str], *, kept: bool) -> str:
    """The front matter with more lines before its end; one that says nothing becomes a comment."""
    opening, *_, closing = lines_of(head)
    end = _break(head)
    if not kept:
        old = [line if not line.strip() or line.lstrip().startswith("#") else f"# {line}" for line in _inner(head)]
        return opening + "".join(old) + _fenced(lines, end) + closing
    start = document.span()
    if lines_of(document.text)[start.line - 1][start.column - 1 : start.column] == "{":
        help = "write it as one key a line, then adopt the card again: nothing was written"
        raise Error(f"{start}: the front matter is written in braces, and no block fits into them", help=help)
    indent = " " * (start.column - 1)
    own = _completed(document, head)
    return own[: len(own) - len(closing)] + _fenced([indent + line for line in lines], end) + closing


def _completed(document: Document, head: str) -> str:
    """The front matter with a blank data set for each result of `model-index` that has none, as the Hub asks."""
    starts = [0]
    for line in lines_of(head):
        starts.append(starts[-1] + len(line))
    text = head
    for route in reversed([*_without_data(document.data)]):
        span = document.span(route)
        braces = text[starts[span.line - 1] + span.column - 1 :][:1] == "{"
        span = span if braces else document.span((*route, "metrics"), key=True)
        at = starts[span.line - 1] + span.column - 1 + braces
        after = ", " if braces else _break(head) + " " * (span.column - 1)
        text = f"{text[:at]}dataset: {card_draft.dataset()}{after}{text[at:]}"
    again = parse(document.path, (text + document.body).encode())
    return text if not again.problems and _holds(again.data, document.data) else head


def _without_data(data: Mapping[str, Any]) -> Iterator[Route]:
    """The results of `model-index` that have metrics and say not of which data, in order of place."""
    index = data.get("model-index")
    for n, model in enumerate(index if isinstance(index, list) else ()):
        results = model.get("results") if isinstance(model, dict) else None
        for m, result in enumerate(results if isinstance(results, list) else ()):
            if isinstance(result, dict) and "metrics" in result and "dataset" not in result:
                yield "model-index", n, "results", m


def _holds(data: Any, old: Any) -> bool:
    """Whether everything of `old` is in `data`, as it was."""
    if isinstance(old, dict):
        return isinstance(data, dict) and all(key in data and _holds(data[key], its) for key, its in old.items())
    if isinstance(old, list):
        return isinstance(data, list) and len(data) == len(old) and all(map(_holds, data, old))
    return type(data) is type(old) and bool(data == old)


def _require_same(document: Document, new: str, body: str, known: Mapping[str, Any]) -> None:
    """Raises Error unless the new card reads as the old one does, and more."""
    again = parse(document.path, new.encode())
    whole = isinstance(again.data, dict) and _holds(again.data, known) and "mlops" in again.data
    if again.problems or not whole or again.body != body:
        place = again.problems[0].span if again.problems else Span(document.path)
        help = "write the front matter by hand: mlops-gitops schema card says what belongs in it"
        raise Error(f"{place}: nothing can be added to this front matter without changing what it says", help=help)
