"""A card that somebody wrote for readers → the same card with the front matter that releasing needs.

Its text and the front matter it has stay as they are, byte for byte: what is missing is added beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.cards.card_body import Prose
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.discovery.models import Model
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.tree import MAX_BYTES, too_large
from mlops_gitops.onboarding import card_draft, front_matter
from mlops_gitops.onboarding.card_answers import card_answers, licence_text
from mlops_gitops.onboarding.card_facts import CardFacts
from mlops_gitops.onboarding.file_drafts import Person, yaml_scalar

_BOM = b"\xef\xbb\xbf"


@frozen
class Adopted:
    """The card as bytes; how many characters at its end are its own text; the keys that were added, in order; and the
    questions that its text answers.
    """

    data: bytes
    body: int
    added: tuple[str, ...]
    quoted: tuple[str, ...]


def adopt(document: Document, model: Model, person: Person | None, facts: CardFacts) -> Adopted | None:
    """The whole card with what is missing; None where it has an `mlops:` block already.

    Raises Error, with the place, for a card that cannot be read or is about something else.
    """
    data = document.data
    if isinstance(data, dict) and "mlops" in data:
        return None
    _refuse_data_set(document)
    head, body = front_matter.split_front_matter(document)
    if head and not isinstance(data, dict) and not front_matter.is_empty(head):
        help = "put the text below the second ---, or write it as `key: value`: nothing was written"
        kind = "a list" if isinstance(data, list) else "text"
        raise Error(f"{document.span()}: the front matter is {kind}, and has no keys", help=help)
    prose = Prose(replace(document, body=body))
    answers = card_answers(prose)
    known = data if isinstance(data, dict) and not front_matter.is_empty(head) else {}
    added = _missing_keys(known, licence_text(prose), model, facts)
    added["mlops"] = [*card_draft.mlops_lines(model, person, facts, answers)]
    text = _with_lines(document, head, body, [line for lines in added.values() for line in lines], empty=not known)
    front_matter.require_same(document, text, body, known)
    raw = (_BOM if document.raw.startswith(_BOM) else b"") + text.encode()
    if len(raw) > MAX_BYTES:
        raise Error(f"with its front matter, {document.path} {too_large(len(raw))}", help="move what it links to out")
    written = (key for key, lines in added.items() if not all(line.startswith("#") for line in lines))
    return Adopted(raw, len(body), tuple(written), tuple(answers))


def _refuse_data_set(document: Document) -> None:
    data = document.data if isinstance(document.data, dict) else {}
    if "task_categories" in data and "size_categories" in data:
        help = "a model's card names its data sets under `datasets:`"
        raise Error(f"{document.path}:1:1: this is the card of a data set, not of a model", help=help)


def _missing_keys(data: Mapping[str, Any], licence: str, model: Model, facts: CardFacts) -> dict[str, list[str]]:
    """Key → its lines, for every key of the Hub that the card lacks."""
    keys = card_draft.hub_lines(model, facts)
    if licence:
        keys["license"] = [f"# license: …  # by its own text: {yaml_scalar(licence)}"]
    if not facts.library:
        del keys["library_name"]
    # A key that is there stays, empty or not: a second one would be one too many.
    return {key: lines for key, lines in keys.items() if key not in data}


def _with_lines(document: Document, head: str, body: str, lines: list[str], *, empty: bool) -> str:
    if not head:
        return front_matter.new_front_matter(document.text, lines) + document.text
    return front_matter.extended(document, head, lines, empty=empty) + body
