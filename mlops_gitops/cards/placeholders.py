"""Text in the place of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlops_gitops.documents.document import Route

_ANYWHERE = re.compile(
    r"\[?\bmore information (?:is )?needed\b\.?\]?"
    r"|\bto be (?:written|added|completed|determined|filled(?: in)?)\b(?::|(?=[.…]?\s*\Z))"
    r"|\b(?:TODO|FIXME|TBD|TBA)\b(?::|(?=[.…]?\s*\Z))|\A(?:TODO|FIXME|TBD|TBA)\b"
    r"|\blorem ipsum\b"
    r"|\{\{ {0,9}[a-z_][a-z_0-9.]{0,99} {0,9}(?:\|[^{}\n]{0,99})?\}\}"
    r"|<login>|<your (?:login|name|e-?mail(?: address)?|team)>"
    r"|\[(?:insert|your|add|describe)\b[^\[\]\n]{0,99}\](?![(\[])"
    r"|<!-- *(?:Provide|This section is meant to|Address questions|These are the evaluation)\b"
    r"|<!-- *(?:Total emissions|This should link)\b"
    r"|\bproofread and complete it, then remove this comment\b",
    re.IGNORECASE,
)
_TODO = re.compile(r"todo|fixme|tbd|tba", re.IGNORECASE)
_WHOLE = re.compile(r"[\s\W]*|(?:n/?a|none|unknown|x+|test|foo|bar|text|description)\.?", re.IGNORECASE)


def placeholder(text: str) -> str:
    """The first placeholder in a text as it is written; empty without one."""
    # A to-do list is a subject like any other; the mark of something left to do is in capitals.
    found = (match[0] for match in _ANYWHERE.finditer(text))
    return next((text for text in found if not _TODO.match(text) or text[:4].rstrip(":").isupper()), "")


def says_nothing(text: str) -> bool:
    """Whether a whole text is empty of meaning: `N/A`, `none`, a dash."""
    return _WHOLE.fullmatch(text) is not None


def texts(value: Any, route: Route = ()) -> Iterator[tuple[Route, str]]:
    """Every text of nested data, and the way there."""
    if isinstance(value, str):
        yield route, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from texts(item, (*route, step))
