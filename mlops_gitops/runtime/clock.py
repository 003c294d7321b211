"""The clock: the only place that reads the time."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime


def now() -> str:
    """The UTC time to the second, as RFC 3339 writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_now() -> datetime:
    """The UTC time."""
    return datetime.now(UTC)


def today() -> date:
    """The UTC date."""
    return datetime.now(UTC).date()


def pause(seconds: float) -> None:
    """Waits."""
    time.sleep(seconds)
