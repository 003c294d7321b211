"""Days and times as files write them, such as 2026-01-31 or 2026-01-31T18:00:00Z: whether the calendar has them."""

import re
from calendar import month_name, monthrange

_FORM = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:Z|\+00:00)?)?")


def calendar_fault(text: str) -> str:
    """Why there is no such day or time; empty for one that there is, and for a text of another form."""
    found = _FORM.fullmatch(text)
    if found is None:
        return ""
    year, month, day, *time = (int(part) for part in found.groups() if part is not None)
    if not year:
        return "the calendar has no year 0"
    if not 1 <= month <= 12:
        return f"there is no month {found[2]}"
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        return f"{month_name[month]} {year} has {days} days"
    late = any(part >= most for part, most in zip(time, (24, 60, 60), strict=False))
    return "a day has 24 hours of 60 minutes of 60 seconds" if late else ""
