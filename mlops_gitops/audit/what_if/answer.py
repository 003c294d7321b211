"""What another policy would have made of a past promotion, as a table and as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table


class Answer(StrEnum):
    """What would have become of a promotion; `would pass` is of a release that was never promoted."""

    UNCHANGED = "unchanged"
    PASSES = "would pass"
    REFUSED = "would be refused"
    UNKNOWN = "cannot tell"


@frozen
class Objection:
    """One reason against a promotion: `what` is a gate, a rule or a requirement. `unknown` where data would decide."""

    what: str
    why: str
    unknown: bool = False

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"

    def to_json(self) -> dict[str, Any]:
        """The reason as data."""
        return {"what": self.what, "why": self.why, "unknown": self.unknown}


@frozen
class Past:
    """A promotion on record, or a release without one, and what would have become of it.

    Of a release `environment` is empty, and `then` is how its gates ended by the KPIs it came with.
    """

    path: str
    digest: str
    day: str
    model: str
    environment: str
    release: str
    answer: Answer
    objections: tuple[Objection, ...] = ()
    then: Answer | None = None

    def to_json(self) -> dict[str, Any]:
        """As data."""
        names = ("path", "digest", "day", "model", "environment", "release")
        found = {name: getattr(self, name) for name in names}
        found |= {"answer": self.answer.value, "reasons": [objection.to_json() for objection in self.objections]}
        return found | ({"then": self.then.value} if self.then else {})


def judge(objections: Sequence[Objection], *, sound: Answer = Answer.UNCHANGED) -> Answer:
    """One that is sure refuses, whatever the others are; else one that is not leaves it open."""
    if any(not objection.unknown for objection in objections):
        return Answer.REFUSED
    return Answer.UNKNOWN if objections else sound


def promotion_table(found: Sequence[Past]) -> tuple[Table, ...]:
    """A row for each promotion; no table for none."""
    columns = ("answer", "model", "environment", "release", "day", "why")
    rows = [(past.answer.value, past.model, past.environment, past.release, past.day, _why(past)) for past in found]
    return (Table("promotions on record", columns, tuple(rows)),) if rows else ()


def release_table(found: Sequence[Past]) -> tuple[Table, ...]:
    """The same for releases that were never promoted."""
    columns = ("answer", "model", "release", "by the KPIs of that time", "day", "why")
    rows = [
        (past.answer.value, past.model, past.release, str(past.then or "—"), past.day, _why(past)) for past in found
    ]
    return (Table("releases never promoted", columns, tuple(rows)),) if rows else ()


def _why(past: Past) -> str:
    return "; ".join(map(str, _shown(past))) or "—"


def _shown(past: Past) -> list[Objection]:
    """What is sure, where anything is; else what is not."""
    sure = [objection for objection in past.objections if not objection.unknown]
    return sure or list(past.objections)


def exit_code(found: Iterable[Past]) -> int:
    """1 where a promotion on record would have been refused, else 3 where that of one is unknown."""
    answers = {past.answer for past in found}
    return FAILED if Answer.REFUSED in answers else UNDECIDED if Answer.UNKNOWN in answers else PASSED
