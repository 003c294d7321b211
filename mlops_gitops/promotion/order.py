"""Which environments a release has been in, as records prove it, and what a record is about."""

from __future__ import annotations

from mlops_gitops.core.canonical import sha256
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import BACK, Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.ledger import Ledger


def record_subject(release: Release, manifest: bytes) -> list[dict[str, object]]:
    """The subject of a record about a release: its artifacts, then its manifest."""
    digests = [(pin.path, {"sha256": pin.sha256, "md5": pin.md5}) for pin in release.artifacts]
    digests.append((release.path, {"sha256": sha256(manifest), "md5": None}))
    return [{"name": name, "digest": {k: v for k, v in hashes.items() if v is not None}} for name, hashes in digests]


def upstream_records(
    ledger: Ledger, project: Project, model: str, release: str, environment: str
) -> list[dict[str, str]]:
    """The newest proven record of a release in each environment that comes before this one, where there is one."""
    target = project.environments[environment]
    found = [(name, ledger.standing(name, model, release, target.order)) for name in target.after]
    return [{"environment": name, "record": entry.digest} for name, entry in found if entry]


def replaced_by(newest: Promotion, action: str) -> str | None:
    """What a record of an action says it replaces after the newest one: the release in force, None for none; of a
    rollback or a stop all that runs, which may be on its way."""
    return newest.release if action in BACK else newest.in_force


def promotes_release(record: object, release: str) -> bool:
    """Whether a record is a promotion of a release."""
    return isinstance(record, Promotion) and record.release == release


def earlier_releases(ledger: Ledger, environment: str, model: str) -> list[str]:
    """Every release that was in force in an environment before the current one, newest first, without repeats."""
    records = [e.record for e in ledger.settled(environment, model) if isinstance(e.record, Promotion)]
    current = records[-1].release if records else None
    return list(dict.fromkeys(r.release for r in reversed(records) if r.release != current))
