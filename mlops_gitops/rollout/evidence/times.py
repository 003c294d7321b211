"""Moments and spans as a rollout has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def later(moment: datetime, span: timedelta) -> datetime:
    """A moment in UTC after another; the last one there is where it would be after that."""
    try:
        return moment + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def time_in_words(moment: datetime) -> str:
    """A time to the minute, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
