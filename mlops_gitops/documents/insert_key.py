"""A fix that adds one key to a mapping, beside another of its keys and in its style."""

from __future__ import annotations

from mlops_gitops.core.diagnostics import Fix, Replacement, Span
from mlops_gitops.documents.document import Document, Route


def insert_beside(document: Document, route: Route, key: str, added: str, value: str) -> Fix | None:
    """Adds `added: "value"` to the mapping at `route`: in braces behind `key`, in a block on the line above it.

    None where the mapping is written in another way, or has an alias elsewhere. The value is quoted: digits
    alone would be read as a number.
    """
    name, end = document.span((*route, key), key=True), document.span((*route, key))
    if (name.line, end.line) != (end.end_line, end.end_line) or document.is_shared(route):
        return None
    lines, start = document.lines, document.span(route)
    rest = lines[end.line - 1][end.end_column - 1 :]
    if lines[start.line - 1][start.column - 1 : start.column] == "{":
        place, text = (end.end_line, end.end_column), f', {added}: "{value}"'
    elif not rest.strip() or rest.lstrip().startswith("#"):
        line_break = "\r\n" if rest.endswith("\r\n") else "\n"
        place, text = (name.line, name.column), f'{added}: "{value}"{line_break}{" " * (name.column - 1)}'
    else:
        return None
    return Fix(f"add {added}: {value}", (Replacement(Span(document.path, *place, *place), text),))
