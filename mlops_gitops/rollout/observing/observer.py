"""What an observer is: one file in observers/, which reads the reports of one controller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache

from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.evidence.counts import Beside, Counts
from mlops_gitops.records.evidence.trust import INTENT
from mlops_gitops.records.promotion import TargetValue
from mlops_gitops.records.target import Observe
from mlops_gitops.rollout.observing.report import Report


@frozen
class Fleet:
    """The devices of a target that the waves have reached, and the digests by which they say what they run.

    `reached` gives the public key of each device, "" where the roster has none; `others` are on the roster, and no wave
    has reached them. `wanted` are digests of the release, `before` of the release in force. A signed line counts where
    the device wrote it after `since` and not after `until`: one from before may be somebody's who kept it.
    """

    reached: Mapping[str, str]
    others: frozenset[str]
    wanted: frozenset[str]
    before: frozenset[str]
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_signing(self) -> bool:
        """Whether there are devices, and each has a key."""
        return bool(self.reached) and all(self.reached.values())


@frozen
class Expected:
    """What a target is to show in the wave that it is in.

    `values` are the fields that the record set, `before` what they said of the release in force. `traffic` is the share
    of the requests, in percent; None where no field says it. `commits` are those of the branch from the record's on,
    `earlier` those before it. `fleet` is that of a roster, None of files.
    """

    release: str
    observe: Observe
    values: tuple[TargetValue, ...] = ()
    before: tuple[TargetValue, ...] = ()
    traffic: int | None = None
    commits: frozenset[str] = frozenset()
    earlier: frozenset[str] = frozenset()
    fleet: Fleet | None = None


@frozen
class Sighting:
    """What a report shows: how many units run what, the share of the traffic in percent, what that proves, and why."""

    counts: Counts
    beside: Beside = Beside()
    traffic: float | None = None
    proof: str = INTENT
    why: str = ""
    is_signed: bool = False


@frozen
class Observer:
    """One format of reports; `id` is its key in `observe:`, and `command` shows how such a report is made.

    `read` raises ReportFault for what is no such report, or says nothing of the target.
    """

    id: str
    doc: str | None
    command: str
    read: Callable[[Report, Expected], Sighting]


@cache
def observer_of(id: str) -> Observer:
    """The observer with an id."""
    found: Observer = plugins.load("rollout.observers", id, "OBSERVER")
    return found
