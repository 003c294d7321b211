"""The known name that a misspelt one probably means."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A help line with the nearest of the known names; `otherwise` where none is near."""
    import difflib  # only where a name is wrong

    nearest = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else otherwise
