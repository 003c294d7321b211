"""Order of versions, as Semantic Versioning 2.0.0 section 11 has it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

Precedence: TypeAlias = tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]


@lru_cache(maxsize=4096)
def precedence(version: str) -> Precedence:
    """A sort key: numbers by value, a pre-release before its release, identifiers one by one."""
    core, _, pre = version.partition("-")
    identifiers = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split(".")) if pre else ()
    return tuple(int(part) for part in core.split(".")), not pre, identifiers


def next_minor(versions: Iterable[str]) -> str:
    """The next minor version after the highest of these, 1.0.0 after none: `1.5.0` after `1.4.2` and `1.5.0-rc.1`."""
    highest = max(versions, key=precedence, default="")
    if not highest:
        return "1.0.0"
    numbers, is_release, _ = precedence(highest)
    major, minor = numbers[0], numbers[1]
    return f"{major}.{minor + 1}.0" if is_release or numbers[2] else f"{major}.{minor}.0"
