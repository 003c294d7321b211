"""What a decision on a retraining is made of: what each trigger found, what blocks, and the cause by which it is known.

Every number is there with its limit and its evidence, so that people can follow the decision, and a record proves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.frozen import frozen

BRANCHES = "retrain"  # begins the branch of each pull request: retrain/<model>/<version>


def model_of(branch: str) -> str:
    """The model whose retraining has a branch; empty for another branch."""
    folder, _, rest = branch.partition("/")
    return rest.partition("/")[0] if folder == BRANCHES else ""


class Verdict(StrEnum):
    """How a trigger ended.

    NOT_YET is what the calendar alone says: there can be no number yet, such as of a release whose first window has not
    ended. Where a number should be there and is not, it is NOT_AVAILABLE, which never means that there is no need.
    """

    MET = "met"
    NOT_MET = "not_met"
    NOT_YET = "not_yet"
    INCONCLUSIVE = "inconclusive"
    NOT_AVAILABLE = "not_available"

    @property
    def is_open(self) -> bool:
        """Whether the trigger may be met for all that is known."""
        return self in (Verdict.INCONCLUSIVE, Verdict.NOT_AVAILABLE)


class Outcome(StrEnum):
    """What is decided: NONE where no trigger is met, BLOCKED where something holds a retraining up."""

    RETRAIN = "retrain"
    NONE = "none"
    BLOCKED = "blocked"
    UNDECIDED = "undecided"


@frozen
class TriggerFinding:
    """What a trigger found: a number or a digest beside its limit, in `unit`; None where it has none.

    `message` is a sentence. `evidence` is JSON from which the value follows, with the digests of what was read.
    `about` is what tells this cause from another of the same trigger, such as the digest of a file that changed.
    """

    id: str
    kind: str
    verdict: Verdict
    value: float | str | None
    limit: float | str | None
    unit: str
    message: str
    evidence: Mapping[str, Any] = {}
    about: Mapping[str, str] = {}


class Hold(StrEnum):
    """What may hold a retraining up."""

    COOLDOWN = "cooldown"
    BUDGET = "budget"
    NEW_ROWS = "new_rows"
    WINDOWS = "windows"  # too few to judge a candidate by
    OPEN = "open"  # a retraining whose pull request is open


@frozen
class Blocker:
    """What holds a retraining up, as a sentence; `until` is when it no longer does, UTC, ISO 8601, where that is known.

    It is `undecided` where it is unknown whether it does.
    """

    hold: Hold
    message: str
    until: str | None = None
    undecided: bool = False


@frozen
class Cause:
    """Why a model is to be retrained: the triggers that are met, and the release that they are about.

    Two decisions of one digest have one cause, and so one pull request: another window of the same alarm is no new one.
    """

    model: str
    environment: str
    release: str
    triggers: tuple[str, ...]
    about: Mapping[str, Mapping[str, str]] = {}

    @property
    def digest(self) -> str:
        """The digest of the cause over its RFC 8785 form."""
        return digest(
            {
                "model": self.model, "environment": self.environment, "release": self.release,
                "triggers": list(self.triggers), "about": {id: dict(about) for id, about in self.about.items()},
            }
        )  # fmt: skip


@frozen
class Decision:
    """What was decided on the retraining of a model, and on what grounds.

    `environment` is the one whose model in force is judged, and `release` its version; both are empty where there is
    none. `policy` and `monitoring` are the digests of retraining.yaml and monitoring.yaml over their RFC 8785 form,
    and `commit` is the commit of the branch that they are of. `cause` is there as soon as a trigger is met, whatever
    blocks. `window_end` is the end of the newest window that may be trained on, and `earliest` when a retraining may
    start as far as is known; moments are UTC, ISO 8601. `why` is the reason of one that people start, and `by` the
    login or the address of who did.
    """

    model: str
    environment: str
    release: str
    outcome: Outcome
    findings: tuple[TriggerFinding, ...]
    blockers: tuple[Blocker, ...]
    cause: Cause | None
    policy: str
    monitoring: str | None
    commit: str
    now: str
    earliest: str | None = None
    window_end: str | None = None
    why: str = ""
    by: str = ""
