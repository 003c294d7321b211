"""Which release answered the requests of a window: the one in force from its first moment to its last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING

from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.promotion import Promotion

if TYPE_CHECKING:
    from mlops_gitops.monitoring.calendar import Period
    from mlops_gitops.records.monitoring import Monitoring
    from mlops_gitops.repository.ledger import Entry, Ledger


@frozen
class InForce:
    """The promotion in force at the end of a window; `mixed` says why the window is not of one release.

    `digest` is that of the promotion record.
    """

    promotion: Promotion | None
    digest: str | None
    mixed: str = ""

    @property
    def release(self) -> str | None:
        """The release's version."""
        return self.promotion.release if self.promotion else None


def in_force(ledger: Ledger, environment: str, model: str, start: datetime, end: datetime) -> InForce:
    """The promotion in force in a window from `start` until just before `end`, by the times of merges."""
    found = ever_in_force(ledger, environment, model, start, end)
    if not found:
        return InForce(None, None, f"{environment} ran no release of {model} in this window")
    waves = _rolling(ledger.chain(environment, model), start, end)
    releases = list(dict.fromkeys(map(_release, [*found, *waves])))
    started = found[0].commit.time <= start.timestamp()
    promotion = found[-1].record if isinstance(found[-1].record, Promotion) else None
    return InForce(promotion, found[-1].digest, _mixture(environment, releases, started=started))


def is_answered_by(ledger: Ledger, environment: str, plan: Monitoring, period: Period, release: str) -> bool:
    """Whether a release answered a window, or rows of it that a column tells apart."""
    force = in_force(ledger, environment, plan.model, period.start, period.end)
    return force.release == release and (not force.mixed or plan.windows.release is not None)


def ever_in_force(ledger: Ledger, environment: str, model: str, start: datetime, end: datetime) -> list[Entry]:
    """The promotions that were in force at any moment from `start` until just before `end`, oldest first."""
    merged = [entry for entry in ledger.settled(environment, model) if entry.commit.time < end.timestamp()]
    before = [entry for entry in merged if entry.commit.time <= start.timestamp()]
    return [*before[-1:], *merged[len(before) :]]


def _rolling(chain: Sequence[Entry], start: datetime, end: datetime) -> Iterator[Entry]:
    """The waves of a rollout that ran at any moment: a part of the requests went to its release."""
    for entry, later in zip_longest(chain, chain[1:]):
        is_wave = isinstance(entry.record, Promotion) and entry.record.wave is not None
        ended = later is not None and later.commit.time <= start.timestamp()
        if is_wave and entry.commit.time < end.timestamp() and not ended:
            yield entry


def _release(entry: Entry) -> str:
    return entry.record.release if isinstance(entry.record, Promotion) else ""


def _mixture(environment: str, releases: list[str], *, started: bool) -> str:
    help = "name the column that says which release made a prediction: `windows.scored.release`"
    if len(releases) > 1:
        return f"{' and '.join(releases)} ran in {environment} in this window: {help}"
    return "" if started else f"{releases[0]} came to {environment} within this window: {help}"
