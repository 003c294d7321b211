"""What the tests of data share: a real S3, started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from buckets import KEYS, S3, served


@pytest.fixture(scope="session")
def _server() -> Iterator[S3]:
    with served() as s3:
        yield s3


@pytest.fixture
def s3(_server: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """A real S3 with the buckets `plain` and `versioned`, and the keys to it."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return _server
