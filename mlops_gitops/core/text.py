"""Text as people see it: its lines as an editor counts them, what does not print as escapes, its width in cells."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.core.diagnostics import BREAK


def lines(text: str) -> list[str]:
    """The lines of a text without their ends; a text that ends in a line break has an empty last line."""
    return BREAK.split(text)


def visible(text: str, keep: str = "") -> str:
    """The text with every character that does not print, but for those in `keep`, as an escape such as `\\x1b`.

    So what a card says can neither steer a terminal nor turn the direction of what is read after it.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _escape(ord(char)) for char in text)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def join_names(names: Sequence[str], most: int = 8) -> str:
    """`a, b and c`; of many, the first."""
    parts = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def clipped(text: str, length: int) -> str:
    """The text, or its beginning and … where it is longer than `length` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


def cells(text: str) -> int:
    """How many columns of a terminal a text takes, of characters that print."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(char: str) -> int:
    # Imported here: most texts are ASCII, and what start-up imports every hook pays for.
    from unicodedata import category, east_asian_width

    if category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":  # marks, and the inner letters of Hangul
        return 0
    return 2 if east_asian_width(char) in "WF" else 1
