"""Spans of time as files write them: `45m`, `48h`, `7d`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every start reads this module, and few projects have times in them
    from datetime import timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """The span of time of a text that a schema accepts."""
    from datetime import timedelta

    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
