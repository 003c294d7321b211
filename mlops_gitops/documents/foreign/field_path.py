"""Paths to a field as kustomize's `fieldPaths` has them: `spec.containers.[name=churn].image`.

`\\.` is a dot in a key, and `[a.b/c]` a key with dots. A list element is named by a field of it, `[name=churn]`: by its
place it would be another one after the next edit.
"""

from __future__ import annotations

from mlops_gitops.core.frozen import frozen


@frozen
class Element:
    """The element of a list whose field `key` is `value`."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"[{self.key}={self.value}]"


Step = str | Element


def parse_field_path(path: str) -> tuple[Step, ...]:
    """The steps of a path. Raises ValueError where it is not one."""
    steps = tuple(_step(part) for part in _parts(path))
    if not steps:
        raise ValueError("an empty path names no field")
    return steps


def _parts(path: str) -> list[str]:
    parts, current, escaped, depth = [], "", False, 0
    for character in path:
        if escaped:
            current += character if character == "." else f"\\{character}"
        elif character == "." and not depth:
            parts.append(current)
            current = ""
        elif character != "\\":
            depth = 1 if character == "[" and not current else 0 if character == "]" else depth
            current += character
        escaped = character == "\\" and not escaped
    if depth:
        raise ValueError(f"a [ in {path} is not closed")
    return [*parts, current + ("\\" if escaped else "")] if path else []


def _step(part: str) -> Step:
    if not part:
        raise ValueError("two dots follow one another, or one is at an end: a dot in a key is written \\.")
    if part == "*":
        raise ValueError("* names several fields: name each of them")
    if not (part.startswith("[") and part.endswith("]")):
        return part
    key, equals, value = part[1:-1].partition("=")
    if not equals:
        return key
    if not key or not value:
        raise ValueError(f"{part} does not name a list element by a field, as [name=churn] does")
    return Element(key, value)
