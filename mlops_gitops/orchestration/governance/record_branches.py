"""What an audit finds on the branches of records: of monitoring, of retrainings, and of the releases those made."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.audit.monitoring_findings import MonitoringBranch, monitoring_findings
from mlops_gitops.audit.monitoring_grounds import Grounds
from mlops_gitops.audit.observation_findings import Seen, observation_findings
from mlops_gitops.audit.retraining_findings import Deciders, retraining_findings
from mlops_gitops.audit.retraining_releases import retraining_release_findings
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import frozen
from mlops_gitops.orchestration.monitoring.records_branch import read_branch, records_tree
from mlops_gitops.orchestration.retraining.records import retraining_chains
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.repository.ledger import Entry
from mlops_gitops.repository.observations import observed_pairs, stray_files
from mlops_gitops.retraining.chain import RetrainingChains


@frozen
class RecordBranches:
    """The records as this clone has them, and the findings about each kind; `monitoring` is None without a branch."""

    monitoring: MonitoringBranch | None
    retrainings: RetrainingChains
    monitoring_findings: tuple[Diagnostic, ...]
    retraining_findings: tuple[Diagnostic, ...]
    seen: Seen
    observation_findings: tuple[Diagnostic, ...]

    @property
    def digests(self) -> frozenset[str]:
        """The digest of every record."""
        return frozenset(
            (*(self.monitoring.digests if self.monitoring else ()), *self.retrainings.digests, *self.seen.digests)
        )

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All of them."""
        return (*self.monitoring_findings, *self.retraining_findings, *self.observation_findings)


def audit_record_branches(
    workspace: Workspace, policy: PolicyHistory, entries: Sequence[Entry], *, whole: bool
) -> RecordBranches:
    """Audits them by a history, which is the `whole` one unless it is older than the records and lacks what they need.

    `entries` are those of the history that may name such records. Raises Undecided.
    """
    ledger, monitoring, retrainings = policy.ledger, read_branch(workspace), retraining_chains(workspace)
    grounds, deciders = (Grounds(ledger, workspace.at), Deciders(ledger, workspace.at)) if whole else (None, None)
    known = monitoring.digests if monitoring else frozenset()
    releases = retraining_release_findings(policy, retrainings, monitoring.chains if monitoring else None, entries)
    tree = records_tree(workspace)
    seen = Seen({pair: workspace.observations(*pair) for pair in observed_pairs(tree)}, tuple(stray_files(tree)))
    return RecordBranches(
        monitoring,
        retrainings,
        tuple(monitoring_findings(monitoring, ledger, grounds, entries)),
        (*retraining_findings(retrainings, known, deciders), *releases),
        seen,
        tuple(observation_findings(seen, ledger, workspace.at, entries, whole=whole)),
    )
