"""When a record may be merged: freezes, soaks and holds, for the second audit, from docs/reference/policies.md."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from independent.ledger import Entry, History
from independent.waves import merged_at, settled

if TYPE_CHECKING:
    from independent.promotions import Judge

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def span(text: str) -> timedelta:
    """A length of time such as 3h."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def is_frozen(judge: Judge, environment: str, moment: datetime) -> bool:
    """Whether an environment was frozen at a moment, by the file or by a planned freeze."""
    if "FREEZE" in judge.policy.files:
        return True
    planned = (judge.policy.project or {}).get("policies", {}).get("freeze", [])
    here = (each for each in planned if environment in each.get("environments", [environment]))
    return any(_start(each["from"]) <= moment < _end(each["to"]) for each in here)


def _start(text: str) -> datetime:
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)


def _end(text: str) -> datetime:
    whole_day = "T" not in str(text)
    return _start(text) + (timedelta(days=1) if whole_day else timedelta())


def has_soaked(judge: Judge, record: dict[str, Any], moment: datetime) -> bool:
    """Whether a release had run long enough where it must run first, and nothing there was still soaking."""
    project = judge.policy.project or {"environments": {}}
    target = project["environments"].get(record["environment"])
    if target is None or record["action"] not in ("promote", "open"):
        return True
    places = [name for name in target.get("after", []) if "soak" in project["environments"].get(name, {})]
    current = target.get("order", "ever") == "current"
    ran = all(
        _ran(judge, record, name, span(project["environments"][name]["soak"]), moment, current) for name in places
    )
    return ran and not (target.get("hold_while_soaking") and _is_held(judge, record, span(target["soak"]), moment))


def _ran(judge: Judge, record: dict[str, Any], place: str, soak: timedelta, moment: datetime, current: bool) -> bool:
    """Whether one unbroken run of the release there was long enough."""
    chain = settled(judge.chain(place, record["model"]))
    for number, entry in enumerate(chain):
        if entry.data["release"] != record["release"]:
            continue
        others = (later for later in chain[number + 1 :] if later.data["release"] != record["release"])
        ended = next(others, None)
        since = _proven_since(judge.history, entry)
        if since is None or (ended is not None and current):
            continue
        until = merged_at(judge.history, ended) if ended else moment
        if until is not None and min(until, moment) - since >= soak:
            return True
    return False


def _is_held(judge: Judge, record: dict[str, Any], soak: timedelta, moment: datetime) -> bool:
    chain = settled(judge.chain(record["environment"], record["model"]))
    if not chain or chain[-1].data["release"] == record["release"]:
        return False
    newest = chain[-1]
    since = _proven_since(judge.history, newest)
    if since is None:  # without approvals another may follow at once; without a receipt nobody knows
        known = judge.history.receipt(newest)
        return newest.tag not in judge.history.receipts or (known is not None and judge.history.proven(newest))
    return moment - since < soak


def _proven_since(history: History, entry: Entry) -> datetime | None:
    return merged_at(history, entry) if history.proven(entry) else None
