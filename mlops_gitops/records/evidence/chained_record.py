"""What the records on the branch of monitoring records have in common: each names the one before it by digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen


@frozen
class ChainedRecord:
    """One record of a chain; `data` is the whole statement, and `digest` is over its RFC 8785 form."""

    path: str
    data: Mapping[str, Any]
    digest: str

    @property
    def sequence(self) -> int:
        """Its place in the chain, from 1."""
        return int(self.data["predicate"]["sequence"])

    @property
    def previous(self) -> str | None:
        """The digest of the record before it; None of the first."""
        value: str | None = self.data["predicate"]["previous"]
        return value

    @property
    def created(self) -> str:
        """When it was written, UTC, ISO 8601."""
        return str(self.data["predicate"]["created"])

    def render(self) -> bytes:
        """The record's file."""
        return (json.dumps(self.data, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
