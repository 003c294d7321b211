"""The form of the names that people choose: one definition, which schemas, places of files and arguments follow.

A model's name is part of tags in GTO's format, of branches and of folders. GTO takes letters, digits, `-`, `_` and `/`
between a letter or digit at either end (`gto/constants.py`), and Git's references take what GTO takes, without `/`.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"  # an environment, a role, a KPI, a data set
NAME_IN_WORDS = "lower-case letters and digits, with hyphens between them, 63 at most"
MODEL = "[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
MODEL_IN_WORDS = "letters and digits, with hyphens and underscores between them, 63 at most"
LENGTH = 63  # characters of either

_MODEL, _NAME = re.compile(MODEL), re.compile(NAME)


def is_model(text: str) -> bool:
    """Whether a model can be called so."""
    return _MODEL.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether anything else can be called so."""
    return _NAME.fullmatch(text) is not None


def nearest_name(text: str) -> str:
    """The other name that is most like a text; empty where it has no letter or digit that fits."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LENGTH].strip("-")


def nearest_model(text: str) -> str:
    """The name of a model that is most like a text: it keeps its letters; empty where it has none that fits."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-_")[:LENGTH].strip("-_")


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A help line with the nearest of the known names, whatever their case; `otherwise` where none is near."""
    import difflib  # only where a name is wrong

    folded = {each.casefold(): each for each in known}
    nearest = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f"did you mean {folded[nearest[0]]!r}?" if nearest else otherwise
