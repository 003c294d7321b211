"""An edit of one value in a text that leaves the rest as it is."""

from __future__ import annotations

from typing import Any

from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.read_document import parse


def splice(document: Document, route: Route, written: str) -> str:
    """The whole text with the value at `route` rewritten: a one-field change is a one-line diff.

    Raises ValueError where that cannot be done without touching anything else: a value that is not there, spans
    several lines, or is shared by an anchor and its aliases.
    """
    span = document.span(route)
    lines = [*document.lines, ""]
    if document.root is None or span.line != span.end_line:
        raise ValueError(f"the value at {route} spans several lines")
    line = lines[span.line - 1]
    lines[span.line - 1] = line[: span.column - 1] + written + line[span.end_column - 1 :]
    edited = "".join(lines)
    again = parse(document.path, edited.encode())
    alone = not again.problems and _without(document.data, route) == _without(again.data, route)
    if not alone or again.source_text(route) != written:
        raise ValueError(f"the value at {route} cannot be rewritten alone")
    return edited


def _without(data: Any, route: Route) -> Any:
    """The data with the value at `route` blanked out. Raises ValueError where it is missing."""
    if not route:
        return None
    step, *rest = route
    exists = step in data if isinstance(data, dict) else isinstance(data, list) and step in range(len(data))
    if not exists:
        raise ValueError(f"there is no value at {route}")
    copy: Any = data.copy()
    copy[step] = _without(data[step], tuple(rest))
    return copy
