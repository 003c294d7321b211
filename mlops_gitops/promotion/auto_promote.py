"""The promotions that the base's `policies.auto_promote` asks for now. This module promotes nothing itself."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.semver import precedence
from mlops_gitops.promotion.freeze import freeze_reason
from mlops_gitops.promotion.order import upstream_records
from mlops_gitops.promotion.quarantine import block_reason
from mlops_gitops.promotion.soak import soak_waits
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot

# Not the person who started the job.
REQUESTER = {"login": "mlops-gitops", "via": "auto_promote"}
ROLLOUT_REQUESTER = {"login": "mlops-gitops", "via": "rollout"}  # of the steps of a rollout, which its opening planned


@frozen
class DuePromotion:
    """A promotion that is due."""

    model: str
    environment: str
    version: str


def due_promotions(context: Context) -> list[DuePromotion]:
    """For each environment of `auto_promote`, in its order, the newest release of each model that may enter now.

    `context` is the base judged as its own head, with its ledger and the time. A release may enter when it is newer
    than what runs there, has never run there, is neither quarantined nor held there or in an environment before it, has
    run with receipts and soaked in each environment it comes after, and no freeze is on. Overrides are for people
    and do not count here. Gates are not measured here.
    """
    base, project, ledger = context.base, context.project, context.ledger
    if base is None or project is None or ledger is None:
        return []
    return [
        DuePromotion(model, environment, max(able, key=precedence))
        for environment in project.auto_promote
        if environment in project.environments and freeze_reason(context, environment) is None
        for model, releases in sorted(_by_model(base).items())
        if (able := [r.version for r in releases if _may_enter(context, ledger, project, r, environment)])
    ]


def _by_model(base: Snapshot) -> dict[str, list[Release]]:
    found: dict[str, list[Release]] = {}
    for release in base.releases():
        found.setdefault(release.model, []).append(release)
    return found


def _may_enter(context: Context, ledger: Ledger, project: Project, release: Release, environment: str) -> bool:
    if ledger.manifest(release.model, release.version) is None or not _newer(context, ledger, release, environment):
        return False
    found = upstream_records(ledger, project, release.model, release.version, environment)
    return (
        len(found) == len(project.environments[environment].after)
        and not any(block_reason(context, release, name) for name in (environment, *_before(project, environment)))
        and not any(soak_waits(ledger, project, release.model, release.version, environment, context.moment))
    )


def _newer(context: Context, ledger: Ledger, release: Release, environment: str) -> bool:
    """Whether a release is newer than what runs in an environment, and never ran there."""
    if ledger.rolling(environment, release.model):
        return False  # it waits until the rollout has settled or is taken back
    records = [e.record for e in ledger.settled(environment, release.model) if isinstance(e.record, Promotion)]
    state = context.base.state(environment, release.model) if context.base else None
    running = [record.release for record in records[-1:]] + ([state.release] if state and state.release else [])
    ran = {record.release for record in records}
    return release.version not in ran and all(precedence(release.version) > precedence(version) for version in running)


def _before(project: Project, environment: str) -> Iterator[str]:
    """Every environment that comes before one, at any distance."""
    seen: set[str] = set()
    pending = [environment]
    while pending:
        earlier = project.environments.get(pending.pop())
        for name in earlier.after if earlier else ():
            if name not in seen:
                seen.add(name)
                pending.append(name)
                yield name
