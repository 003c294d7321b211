"""What a card means by a name that the Hub does not know: the one name that says the same in another spelling.

Nothing is added: a licence without its version means none of its versions.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache

from mlops_gitops.cards import hub_lists

_TOKENS = re.compile(r"[a-z+]+|[0-9]+(?:\.[0-9]+)*")
_FILLERS = {"the", "license", "licence", "licenses", "version", "v"}
_LANGUAGE = re.compile(r"(?P<code>[A-Za-z]{2,3})(?P<rest>([_-][A-Za-z0-9]{2,8})*)")
_LOCAL_USE = re.compile(r"q[a-t][a-z]")  # qaa to qtz, ISO 639-2
_NOT_CODES = ("multilingual", "code")  # the words that the Hub takes besides
# Codes of countries (ISO 3166) that people write for the language.
_COUNTRIES = {
    "al": "sq", "at": "de", "cn": "zh", "cz": "cs", "dk": "da", "gb": "en", "gr": "el", "il": "he", "ir": "fa",
    "jp": "ja", "lk": "si", "mx": "es", "np": "ne", "pk": "ur", "rs": "sr", "tw": "zh", "ua": "uk", "us": "en",
    "vn": "vi",
}  # fmt: skip


def meant_licence(name: str) -> str:
    """The licence that a name spells otherwise, `GPLv3` or `Apache License 2.0`; empty where none is the same."""
    return _only(_licences_by_words().get(_words(name), ()))


def versions_of(name: str) -> list[str]:
    """The licences that a name is the beginning of: of `cc-by` those with a version."""
    version = re.compile(re.escape(_words(name)) + r"[0-9.]+")
    return [licence for licence in hub_lists.licences() if version.fullmatch(_words(licence))]


@cache
def _licences_by_words() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for licence, called in hub_lists.licences().items():
        for words in {_words(licence), _words(called)}:
            found[words] = (*found.get(words, ()), licence)
    return found


def _words(name: str) -> str:
    """A name without what spells it otherwise: case, hyphens, `version`, `v` and `.0` of numbers."""
    parts = list[str]()
    for token in _TOKENS.findall(name.casefold()):
        number = token[0].isdigit()
        if number and parts and parts[-1].endswith("v"):
            parts[-1] = parts[-1][:-1]
        parts.append(re.sub(r"(\.0)+\Z", "", token) if number else token)
    return "".join(part for part in parts if part not in _FILLERS)


def _only(names: Iterable[str]) -> str:
    found = [*names]
    return found[0] if len(found) == 1 else ""


def is_language(text: str) -> bool:
    """Whether a text is a code of ISO 639, with parts of BCP 47 behind it or none, or one of the Hub's two words."""
    found = _LANGUAGE.fullmatch(text)
    return text in _NOT_CODES or (found is not None and _is_code(found["code"]))


def _is_code(code: str) -> bool:
    return code in hub_lists.language_codes() or _LOCAL_USE.fullmatch(code) is not None


def meant_language(text: str) -> str:
    """The code of a language that is written by its English name, or in capitals; empty for any other text."""
    plain = text.strip().casefold()
    if plain in _NOT_CODES:
        return plain
    found = _LANGUAGE.fullmatch(text.strip())
    code = found["code"].lower() if found else ""
    if found and _is_code(code):
        return code + found["rest"]
    return _only(code for code, called in hub_lists.languages().items() if called.casefold() == plain)


def country_language(text: str) -> str:
    """The language that is spoken in a country whose code stands for it, such as `ja` for `jp`."""
    return _COUNTRIES.get(text.casefold(), "")


def meant(name: str, known: Mapping[str, str]) -> str:
    """The known name that a text spells otherwise, or calls as people call it; empty where none or several do."""
    plain = _plain(name)
    same = {term for term, called in known.items() if plain in (_plain(term), _plain(called))}
    return _only(same) if plain else ""


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name that looks most like a text; empty where none does."""
    near = difflib.get_close_matches(name.casefold(), sorted(known), n=1, cutoff=cutoff)
    return near[0] if near else ""


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", text.casefold())
