"""Signatures of devices: Ed25519 (RFC 8032) over the RFC 8785 form of a report's line, less its signature."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mlops_gitops.core.errors import Error

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SIGNATURE = "signature"
_KEY_BYTES = 32


def is_public_key(text: str) -> bool:
    """Whether a text is base64 of as many bytes as an Ed25519 public key has."""
    return len(_bytes(text) or b"") == _KEY_BYTES


def is_signed(line: Mapping[str, Any], key: str) -> bool:
    """Whether the line of a report has a signature by the device with this public key. Raises Error."""
    import rfc8785

    signature = line.get(SIGNATURE)
    found = _bytes(signature) if isinstance(signature, str) else None
    if found is None:
        return False
    public, invalid = _public_key(key)
    try:
        public.verify(found, rfc8785.dumps({name: value for name, value in line.items() if name != SIGNATURE}))
    except (invalid, rfc8785.CanonicalizationError):
        return False
    return True


@lru_cache(maxsize=20_000)
def _public_key(key: str) -> tuple[Ed25519PublicKey, type[Exception]]:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        reason = "the devices of this roster sign what they report, and cryptography, which verifies it, is not here"
        raise Error(reason, help="pip install 'mlops-gitops[signed]'") from error
    return Ed25519PublicKey.from_public_bytes(_bytes(key) or b""), InvalidSignature


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
