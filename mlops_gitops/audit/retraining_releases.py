"""What an audit finds about releases of retrainings: a record that lacks, other windows, who started it and approved.

Whether those who decide approved is proven as for every record, by the receipt of the manifest: see record_findings.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlops_gitops.audit.retraining_findings import RULE
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.monitoring.history.branch_tree import Chains
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.promotion.policy_history import Fault, PolicyHistory
from mlops_gitops.records.release import Release
from mlops_gitops.repository.approvals import unmet_by_names
from mlops_gitops.repository.ledger import Entry
from mlops_gitops.retraining.chain import RetrainingChains
from mlops_gitops.retraining.release_records import proposing_record, record_faults


def retraining_release_findings(
    policy: PolicyHistory, retrainings: RetrainingChains, monitoring: Chains | None, entries: Iterable[Entry]
) -> Iterator[Diagnostic]:
    """Every fault of a release among `entries` that names the cause of a retraining.

    `monitoring` is None without such records.
    """
    for entry in entries:
        release = entry.record
        if isinstance(release, Release) and release.retraining_cause is not None:
            for message, undecided in _faults(policy, entry, release, retrainings, monitoring):
                where = f"commit {entry.commit.sha[:10]}: {message}"
                yield Diagnostic(RULE, Severity.ERROR, where, Span(release.path), undecided=undecided)


def _faults(
    policy: PolicyHistory, entry: Entry, release: Release, retrainings: RetrainingChains, monitoring: Chains | None
) -> Iterator[Fault]:
    environment = release.live.environment if release.live else ""
    windows = monitoring.chain(environment, release.model) if monitoring else Chain(environment, release.model)
    yield from record_faults(release, retrainings.chain(release.model), windows)
    record = proposing_record(release, retrainings.chain(release.model))
    if record is not None and record.decision.by:
        yield from _approved_by_starter(policy, entry, record.decision.by)


def _approved_by_starter(policy: PolicyHistory, entry: Entry, starter: str) -> Iterator[Fault]:
    """A receipt whose approvals are not enough without those of the person who started the retraining by hand."""
    receipt = policy.ledger.receipt(entry)
    demands = policy.record_demands(entry.record, entry.commit.parent) if entry.commit.parent else None
    if receipt is None or not policy.ledger.proven(entry) or demands is None:
        return  # which is a finding about the receipt
    named, writers = receipt.facts.get("approvals", []), policy.ledger.writers(entry.commit)
    unmet = unmet_by_names(demands, named, writers | {starter})
    if unmet and not unmet_by_names(demands, named, writers):
        yield f"{starter} started the retraining, and by the receipt {entry.tag} approved it: {unmet}", False
