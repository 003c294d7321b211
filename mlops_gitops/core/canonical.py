"""Values in one agreed form, so that the same facts always have the same digest."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

_EXACT = 2**53  # whole numbers up to here are exact in every JSON parser


def digest(value: Any) -> str:
    """`sha256:` and the hex SHA-256 of a JSON value in the form of RFC 8785 (JSON Canonicalization Scheme)."""
    return "sha256:" + sha256(canonical_json(value))


def canonical_json(value: Any) -> bytes:
    """A JSON value in the form of RFC 8785. Raises ValueError for one that has no such form."""
    if _is_written_alike(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    import rfc8785

    return rfc8785.dumps(value)


def _is_written_alike(value: Any) -> bool:
    """Whether Python's encoder, which is written in C, writes a value as RFC 8785 has it.

    It does but for some numbers, and for the order of keys beyond ASCII.
    """
    kind = type(value)
    if kind is str:
        return bool(value.isascii())
    if kind is dict:
        return all(type(key) is str and key.isascii() for key in value) and all(map(_is_written_alike, value.values()))
    if kind is list:
        return all(map(_is_written_alike, value))
    if kind is int:
        return bool(-_EXACT < value < _EXACT)
    if kind is float:
        return bool((1e-4 <= value < 1e16 or -1e16 < value <= -1e-4) and value != int(value))
    return value is None or kind is bool


def sha256(data: bytes) -> str:
    """The hex SHA-256 of bytes."""
    import hashlib  # OpenSSL comes with it, and many runs digest nothing

    return hashlib.sha256(data).hexdigest()


def git_blob(data: bytes, *, length: int = 40) -> str:
    """The id Git gives these bytes; `length` 64 for a repository of SHA-256 objects."""
    import hashlib

    algorithm = hashlib.sha1 if length == 40 else hashlib.sha256
    return algorithm(b"blob %d\0" % len(data) + data).hexdigest()


def rounded(value: float | None) -> float | None:
    """A measured number to 12 significant digits; None when it is not finite.

    A parallel sum differs in its last digits from run to run; what is recorded must not.
    """
    return float(f"{value:.12g}") if value is not None and math.isfinite(value) else None


def rounded_data(value: Any) -> Any:
    """JSON of lists and mappings, in which a number is rounded, and null where it is not finite."""
    if isinstance(value, Mapping):
        return {key: rounded_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded_data(item) for item in value]
    return rounded(value) if isinstance(value, float) else value
