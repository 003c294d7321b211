"""What is known of a model when a retraining is decided; gathered at the edges, judged by the triggers.

A sentence in place of a part says why it is not there, though it should be.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.outcome import Finding


@frozen
class Released:
    """The release in force: its version, the digest of its manifest, and when that was merged (UTC)."""

    version: str
    digest: str
    made: datetime


@frozen
class Look:
    """What a watch finds in one window of the release in force, derived again from the data as they are now.

    `window` is its time, and `digest` that of its bytes, None where there are none. `record` is the digest of the
    record that holds the look, and `fault` says how that contradicts what the data give, or that the data are gone.
    """

    window: str
    digest: str | None
    finding: Finding
    record: str | None = None
    fault: str = ""

    def evidence(self) -> dict[str, Any]:
        """The look as JSON."""
        found = {"window": self.window, "digest": self.digest, "outcome": self.finding.outcome.value}
        return found | {"record": self.record} | ({"fault": self.fault} if self.fault else {})


@frozen
class Looks:
    """The newest windows that a watch can judge of the release in force, the newest first; `wanted` of them count.

    `due` is when the first of them, or the next one, can be judged (UTC).
    """

    found: tuple[Look, ...]
    wanted: int
    due: datetime


@frozen
class WindowRows:
    """The rows of one window: `rows` None where they could not be counted, for a `reason`."""

    window: str
    rows: int | None
    reason: str = ""


@frozen
class NewRows:
    """The rows of each window since the release in force was made; of labelled rows those whose labels came since.

    `waiting` are windows that have ended, whose labels are not complete yet. It is not `whole` where counting stopped
    at rows enough.
    """

    windows: tuple[WindowRows, ...]
    labelled: bool
    waiting: int = 0
    whole: bool = True

    @property
    def counted(self) -> int:
        """How many there are at least."""
        return sum(found.rows or 0 for found in self.windows)

    @property
    def uncounted(self) -> tuple[WindowRows, ...]:
        """The windows whose rows are not known."""
        return tuple(found for found in self.windows if found.rows is None)

    @property
    def name(self) -> str:
        """What is counted."""
        return "labelled rows" if self.labelled else "rows"


@frozen
class Importance:
    """How much each feature counts in the explanation of the release in force; `digest` is that of its file."""

    features: Mapping[str, float]
    path: str
    digest: str


@frozen
class FileChange:
    """The digest of a file as the release in force was made with, None where it had none, and as it is now."""

    before: str | None
    now: str


@frozen
class Facts:
    """All that triggers may ask for; `looks` are by watch and `changes` by path.

    `released` is None where no environment runs a release. `judged_from` is when there are windows of it enough to
    judge a candidate by, None where no windows judge. `why` is the reason of somebody who starts it, and `by` who.
    """

    now: datetime
    model: str
    environment: str
    released: Released | None
    looks: Mapping[str, Looks | str] = {}
    importance: Importance | str = "no card"
    rows: NewRows | str = "no rows"
    changes: Mapping[str, FileChange | str] = {}
    why: str = ""
    by: str = ""
    judged_from: datetime | None = None
