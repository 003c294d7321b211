"""What a run says of itself in the folder that it hands over: claims, which decide nothing by themselves."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from mlops_gitops.core.frozen import asdict, frozen
from mlops_gitops.documents import foreign_json

FILE, LOG, FILES = "run.json", "log.txt", "files"  # what a folder holds, and nothing else
FORMAT = "mlops-gitops/retraining-run/v1"
_LONGEST = 10**8  # seconds
_WORDS = 10_000  # characters
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Ending(StrEnum):
    """How the pipeline ended."""

    FINISHED = "finished"
    FAILED = "failed"
    OVER_BUDGET = "over_budget"


@frozen
class HandedRun:
    """A run of a model's pipeline: the moment by which it was decided, how it ended, and how long it took, in seconds.

    Moments are UTC, as RFC 3339 writes them. `reason` says why it did not finish, and `why` are the words of the
    person who started it.
    """

    model: str
    decided: str
    started: str
    seconds: float
    ending: Ending
    reason: str = ""
    why: str = ""

    def render(self) -> bytes:
        """The file."""
        return (json.dumps({"format": FORMAT, **asdict(self)}, indent=2) + "\n").encode()

    @property
    def decided_at(self) -> datetime:
        """The moment of the decision."""
        return moment(self.decided)

    @property
    def started_at(self) -> datetime:
        """The moment at which the pipeline began."""
        return moment(self.started)


def parse(data: bytes) -> HandedRun:
    """The run of a file. Raises ValueError."""
    found = foreign_json.parse(data)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"it is not of the format {FORMAT}")
    model, decided, started, ending, reason, why = (
        foreign_json.require_text(found.get(key)) for key in ("model", "decided", "started", "ending", "reason", "why")
    )
    if len(reason) + len(why) > _WORDS:
        raise ValueError(f"its reasons have more than {_WORDS:,} characters")
    for written in (decided, started):
        moment(written)
    return HandedRun(model, decided, started, _duration(found.get("seconds")), Ending(ending), reason, why)


def _duration(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LONGEST:
        raise ValueError(f"{foreign_json.quoted(value)} is not a number of seconds")
    return float(value)


def moment(text: str) -> datetime:
    """A moment in UTC, as RFC 3339 writes it. Raises ValueError."""
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"{foreign_json.quoted(text)} is not a moment in UTC")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
