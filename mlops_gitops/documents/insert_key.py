"""A fix that adds one key to a mapping, beside another of its keys and in its style."""

from __future__ import annotations

from mlops_gitops.core.diagnostics import Fix, Replacement, Span, lines_of
from mlops_gitops.documents.document import Document, Route


def insert_after(document: Document, route: Route, key: str, added: str, value: str) -> Fix | None:
    """Adds `added: "value"` behind `key` of the mapping at `route`: in braces on its line, in a block on the next one.

    None where the mapping is written in another way. The value is quoted: digits alone would be read as a number.
    """
    name, end = document.span((*route, key), key=True), document.span((*route, key))
    if (name.line, end.line) != (end.end_line, end.end_line):
        return None
    start = document.span(route)
    lines = lines_of(document.text)
    rest = lines[end.line - 1][end.end_column - 1 :]
    if lines[start.line - 1][start.column - 1 : start.column] == "{":
        text = f', {added}: "{value}"'
    elif not rest.strip() or rest.lstrip().startswith("#"):
        break_ = "\r\n" if rest.endswith("\r\n") else "\n"
        text = f'{added}: "{value}"{break_}{" " * (name.column - 1)}'
        end = Span(document.path, name.line, name.column, name.line, name.column)
        return Fix(f"add {added}: {value}", (Replacement(end, text),))
    else:
        return None
    end = Span(document.path, end.end_line, end.end_column, end.end_line, end.end_column)
    return Fix(f"add {added}: {value}", (Replacement(end, text),))
