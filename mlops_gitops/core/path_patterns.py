"""Patterns of paths as .gitignore, .gitattributes and CODEOWNERS have them."""

from __future__ import annotations

import re

_WILDCARDS = {"**/": "(?:.*/)?", "/**/": "/(?:.*/)?", "/**": "/.*", "?": "[^/]"}


def regular_expression(pattern: str) -> str:
    """A pattern without slashes at its ends, as a regular expression of the path it begins at."""
    pieces = re.findall(r"^\*\*/|/\*\*/|/\*\*$|\*+|\?|\[[^\]/]+\]|[^*?/\[]+|/|\[", pattern)
    return "".join(map(_piece, pieces))


def _piece(piece: str) -> str:
    if piece in _WILDCARDS:
        return _WILDCARDS[piece]
    if piece.startswith("*"):
        return "[^/]*"
    if len(piece) > 2 and piece.startswith("[") and piece.endswith("]"):
        inside = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        return f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]"
    return re.escape(piece)
