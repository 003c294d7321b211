"""JSON that somebody else wrote: data whose every text can be printed, encoded and given to the system.

A control character ends a name for the system and steers a terminal; a lone surrogate cannot be encoded at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from sys import intern
from typing import Any

from mlops_gitops.core.text import clipped, visible
from mlops_gitops.documents.worktree import has_control

LINES = "\t\n\r"  # what a text of several lines may hold


class RepeatedKey(ValueError):
    """A JSON object has a key twice."""


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, as `object_pairs_hook` of a decoder. Raises RepeatedKey.

    Of two values a reader takes the first and another the last, and none of them sees that there are two.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise RepeatedKey(f"it has the key {quoted(next(key for key in keys if keys.count(key) > 1))} twice")
    return found


def _compact(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys are shared with others': of thousands of files alike, they are most of the memory."""
    return {intern(key): value for key, value in pairs}


def parse(text: str | bytes, *, may_repeat: bool = True) -> Any:
    """The data of a JSON text.

    Raises ValueError where it is not JSON, is nested too deeply, or holds a text with a control character, and
    RepeatedKey where an object has a key twice and it must not.
    """
    try:
        data = json.loads(text, object_pairs_hook=_compact if may_repeat else without_repeats)
    except RepeatedKey:
        raise
    except (ValueError, RecursionError) as error:
        raise ValueError(
            "it is nested too deeply" if isinstance(error, RecursionError) else "it is not JSON"
        ) from error
    if not _is_plain(text):
        require_texts(data)
    return data


def _is_plain(text: str | bytes) -> bool:
    """Whether no text in some JSON can hold a control character: it has none itself, and nothing in it is escaped."""
    return isinstance(text, str) and "\\" not in text and not has_control(text, LINES)


def require_texts(data: Any) -> None:
    """Raises ValueError where a text of the data holds a control character."""
    for where, value in _texts(data):
        require_plain(value, clipped(visible(where), 120), keep=LINES)


def require_plain(text: str, where: str, keep: str = "") -> None:
    """Raises ValueError where a text holds a control character other than those in `keep`, or a lone surrogate."""
    if has_control(text, keep):
        raise ValueError(f"{where} holds a control character: {quoted(text)}")


def require_text(value: Any) -> str:
    """The value, where it is a text. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"{quoted(value)} is not text")
    return value


def quoted(value: object) -> str:
    """A text in quotes, or another value as JSON writes it, escaped and not too long, for a line that refuses it."""
    return clipped(repr(value) if isinstance(value, str) else json.dumps(value, default=repr), 120)


def _texts(data: Any) -> Iterator[tuple[str, str]]:
    """Every text and key, with the route to it."""
    pending = [("", data)]
    while pending:
        where, value = pending.pop()
        if isinstance(value, str):
            yield where or "it", value
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in items:
            if isinstance(key, str):
                yield "a key", key
            pending.append((f"{where}.{key}" if where else str(key), inner))
