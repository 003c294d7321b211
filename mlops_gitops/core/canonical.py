"""Values in one agreed form, so that the same facts always have the same digest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def digest(value: Any) -> str:
    """`sha256:` and the hex SHA-256 of a JSON value in the form of RFC 8785 (JSON Canonicalization Scheme)."""
    import rfc8785

    return "sha256:" + sha256(rfc8785.dumps(value))


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
