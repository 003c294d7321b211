"""What the records, as last fetched, have against the manifests that a change adds."""

from __future__ import annotations

from collections.abc import Iterable

from mlops_gitops.core.errors import Undecided
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.orchestration.monitoring.records_branch import recorded_chain
from mlops_gitops.orchestration.retraining.records import retraining_chain
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.release import Release
from mlops_gitops.retraining.release_records import Fault, record_faults


def release_record_faults(workspace: Workspace, releases: Iterable[Release]) -> dict[str, tuple[Fault, ...]]:
    """The faults of each manifest that a retraining made or that live windows judge, by its path."""
    return {
        release.path: tuple(_faults(workspace, release))
        for release in releases
        if release.retraining_cause is not None or release.live is not None
    }


def _faults(workspace: Workspace, release: Release) -> list[Fault]:
    try:
        retrainings = retraining_chain(workspace, release.model)
        environment = release.live.environment if release.live else ""
        windows = recorded_chain(workspace, environment, release.model) if environment else Chain("", release.model)
    except Undecided as error:  # a chain that is not whole
        return [(error.message, True)]
    return list(record_faults(release, retrainings, windows))
