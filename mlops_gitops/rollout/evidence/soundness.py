"""Whether an observation can be what it says: its numbers derived again from the plan, the roster and the record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mlops_gitops.records.evidence.observation import Observation
from mlops_gitops.records.evidence.trust import BYTES, FORGE, INTENT, SIGNED, is_trusted
from mlops_gitops.records.target import DEVICES
from mlops_gitops.rollout.observing.expectation import Subject, asked_traffic, fleet_size, keeps_keys

_SAME = 0.01  # percent: weights such as 0.1 and 0.9 are not exact


def observation_fault(found: Observation, subject: Subject, merged: datetime | None) -> str:
    """Why an observation does not hold, in half a sentence; "" where it does. `merged` is when its record was."""
    return next(_faults(found, subject, merged), "")


def trust_fault(found: Observation, least: str) -> str:
    """Why an observation does not count for a policy; "" where it does."""
    if is_trusted(found.trust, least):
        return ""
    return f"is {found.trust}, and the rollout asks for evidence: {least}"


def _faults(found: Observation, subject: Subject, merged: datetime | None) -> Iterator[str]:
    record, observe = subject.record, subject.target.observe
    if observe is None or found.observer != observe.by:
        yield f"was read by {found.observer}, and the target is observed by {observe.by if observe else 'nobody'}"
    if (found.release, found.wave) != (record.release, record.wave):
        yield f"is about {found.release} in {found.wave}, and the record about {record.release} in {record.wave}"
    if merged is not None and found.moment < merged.replace(microsecond=0):
        yield f"is of {found.end}, before the wave was merged"
    if merged is not None and found.start not in (None, f"{merged:%Y-%m-%dT%H:%M:%SZ}"):
        yield f"says that the wave was merged at {found.start}"
    yield from _count_faults(found, subject)
    yield from _trust_faults(found, subject)


def _count_faults(found: Observation, subject: Subject) -> Iterator[str]:
    """What its counts cannot be: the roster of the opening is what they are out of."""
    total, target = found.counts.total, subject.target
    if target.roster is not None and total != (devices := fleet_size(subject)):
        yield f"counts {total} devices, and the waves have reached {devices} of the roster"
    documents = {(file.path, tuple(sorted(file.select.items()))) for file in target.files}
    if target.roster is None and not 1 <= total <= len(documents):
        yield f"counts {total} units, and the target has {len(documents)} documents"
    if found.proof != (BYTES if found.observer == DEVICES else INTENT):
        yield f"says that it proves {found.proof}"
    asked = asked_traffic(subject)
    is_off = found.traffic is None or (asked is not None and abs(found.traffic - asked) > _SAME)
    if asked is not None and found.counts.serving == total and is_off:
        shown = "no share" if found.traffic is None else f"{found.traffic:g} %"
        yield f"counts it as serving with {shown} of the traffic, and the wave has {asked} %"


def _trust_faults(found: Observation, subject: Subject) -> Iterator[str]:
    if found.trust == SIGNED and not keeps_keys(subject):
        yield "says that devices signed it, and the roster has no keys"
    if found.trust == FORGE and not found.by.get("run"):
        yield "says that a job of the forge handed it in, and names none"
