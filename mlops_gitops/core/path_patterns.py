"""Patterns of paths as .gitignore, .gitattributes and CODEOWNERS have them."""

from __future__ import annotations

import re


def regular_expression(pattern: str) -> str:
    """A pattern without slashes at its ends, as a regular expression of the path it begins at.

    A pull request can bring a pattern, so none may take long: what lies between two wildcards matches at its first
    place, which is as good as any later one, and is not tried again (an atomic group).
    """
    blocks: list[list[str]] = [[]]  # of segments, with ** between them
    for segment in pattern.split("/"):
        if segment == "**":
            blocks.append([])
        else:
            blocks[-1].append(_segment(segment))
    first, *others = ("/".join(block) for block in blocks)
    if not others:
        return first
    inner = "".join(f"(?>(?:[^/]*/)*?{block}/)" for block in others[:-1] if block)
    return (f"{first}/" if first else "") + inner + (f"(?:.*/)?{others[-1]}" if others[-1] else ".*")


def _segment(text: str) -> str:
    """What lies between two slashes."""
    first, *others = ("".join(map(_piece, _pieces(part))) for part in re.split(r"\*+", text))
    return first + "".join(f"(?>[^/]*?{part})" for part in others[:-1]) + (f"[^/]*{others[-1]}" if others else "")


def _pieces(text: str) -> list[str]:
    return re.findall(r"\?|\[[^\]]+\]|[^?\[]+|\[", text)


def _piece(piece: str) -> str:
    if piece == "?":
        return "[^/]"
    if len(piece) > 2 and piece.startswith("[") and piece.endswith("]"):
        inside = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        return f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]"
    return re.escape(piece)
