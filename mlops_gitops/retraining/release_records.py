"""A release that a retraining made, held to the records: of the run that proposed it, and of the windows that judge it.

A manifest can be written by hand. The records say which bytes were a window, who answered there, and for what cause a
retraining proposed which version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.records.release import LiveEvaluation, LiveWindow, Release
from mlops_gitops.retraining.chain import RetrainingChain
from mlops_gitops.retraining.record import RetrainingRecord, RunOutcome

Fault: TypeAlias = tuple[str, bool]  # a sentence, and whether the fact is unknown rather than wrong
_SHORT = 17  # characters of a digest


def proposing_record(release: Release, retrainings: RetrainingChain) -> RetrainingRecord | None:
    """The newest record of a run that proposed this version for the cause that the manifest names; None without one."""
    for found in reversed(retrainings.of_cause(release.retraining_cause or "")):
        if found.run and found.run.outcome is RunOutcome.PROPOSED and found.run.version == release.version:
            return found
    return None


def record_faults(release: Release, retrainings: RetrainingChain, monitoring: Chain) -> Iterator[Fault]:
    """What the records have against a manifest; `monitoring` are those of the environment of its windows.

    A window that is not on record counts in the very manifest that a retraining proposed: that laid the window out.
    """
    cause, record = release.retraining_cause, proposing_record(release, retrainings)
    proposed = record.run.manifest if record and record.run else None
    if cause is not None and record is None:
        yield f"no record of a retraining of the cause {cause[:_SHORT]}… proposes {release.version}", True
    if proposed is not None and proposed != release.rendered_digest:
        yield f"it is not the manifest that the retraining proposed, whose digest is {proposed[:_SHORT]}…", False
    for message, undecided in _live_faults(release.live, monitoring) if release.live else ():
        if not (undecided and proposed == release.rendered_digest):
            yield message, undecided


def _live_faults(live: LiveEvaluation, monitoring: Chain) -> Iterator[Fault]:
    for window in live.windows:
        yield from _window_faults(window, live, monitoring)


def _window_faults(window: LiveWindow, live: LiveEvaluation, monitoring: Chain) -> Iterator[Fault]:
    seen = [found.observation for found in monitoring.named(f"{window.start}/{window.end}")]
    recorded = [known for known in seen if known.window.digest is not None]
    same = [known for known in recorded if known.window.digest == window.scored]
    where = f"the window of {window.start} in {live.environment}"
    if not recorded:
        yield f"{where} is not on record, so it is unknown which bytes it had", True
    elif not same:
        known = recorded[-1].window.digest
        yield f"{where} has the digest {window.scored[:_SHORT]}…, and {str(known)[:_SHORT]}… is on record", False
    elif all(known.release != live.release for known in same):
        yield f"{same[-1].release or 'no release'} answered {where} by its record, and not {live.release}", False
