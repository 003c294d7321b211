"""Order of versions, as Semantic Versioning 2.0.0 section 11 has it."""

from __future__ import annotations

from typing import TypeAlias

Precedence: TypeAlias = tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]


def precedence(version: str) -> Precedence:
    """A sort key: numbers by value, a pre-release before its release, identifiers one by one."""
    core, _, pre = version.partition("-")
    identifiers = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split(".")) if pre else ()
    return tuple(int(part) for part in core.split(".")), not pre, identifiers
