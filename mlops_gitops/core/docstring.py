"""What a plug-in's docstring says: its first line is the summary, the rest the explanation."""

from __future__ import annotations

from typing import Protocol


class Documented(Protocol):
    """Something that keeps the docstring of its module."""

    @property
    def doc(self) -> str | None:
        """The docstring."""


def summary(documented: Documented) -> str:
    """What it checks, in one sentence."""
    return (documented.doc or "").strip().partition("\n")[0]


def explanation(documented: Documented) -> str:
    """Why it checks that, and what to do: paragraphs."""
    return (documented.doc or "").strip().partition("\n")[2].strip()
