"""Names that fit our files, made of names that people gave to theirs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

LENGTH = 63
_WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")


def vocabulary(text: str) -> frozenset[str]:
    """The words of a list, to look for among the words of a name."""
    return frozenset(text.split())


def words(text: str) -> list[str]:
    """The words of a name in lower case: `models/churnModel_v2.pkl` is models, churn, model, v2, pkl."""
    return [word.lower() for word in _WORD.findall(_ascii(text))]


def slug(text: str, fallback: str = "") -> str:
    """`text` as lower-case letters, digits and inner hyphens, 63 at most; `fallback` when nothing of it is left."""
    name = re.sub(r"[^a-z0-9]+", "-", _ascii(text).lower()).strip("-")
    return name[:LENGTH].strip("-") or fallback


def unique_name(name: str, taken: Container[str]) -> str:
    """`name`, with a number behind it when it is among those that are taken, in lower case."""
    number, candidate = 1, name
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name[: LENGTH - 1 - len(str(number))].strip('-')}-{number}"
    return candidate


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
