"""What an audit finds about the branch of monitoring records: a history that does more than grow, a chain that breaks.

It proves that nothing on record was changed or left out, and that outcomes follow from recorded numbers. It does not
prove that these were measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlops_gitops.audit.monitoring_grounds import Grounds
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.history.branch_tree import Chains
from mlops_gitops.monitoring.history.record import BRANCH, MonitoringRecord
from mlops_gitops.monitoring.history.rederive import wrong_numbers
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Commit, Entry, Ledger

RULE = "monitoring-record"
_DONE = {"M": "changes", "D": "removes"}


@frozen
class MonitoringBranch:
    """The branch as this clone has it: its first-parent commits, oldest first, and the chains of its newest tree."""

    commits: tuple[Commit, ...]
    chains: Chains

    @property
    def digests(self) -> frozenset[str]:
        """The digest of every record."""
        return frozenset(found.digest for found in _records(self.chains))


def monitoring_findings(
    branch: MonitoringBranch | None, ledger: Ledger, grounds: Grounds | None, entries: Iterable[Entry]
) -> Iterator[Diagnostic]:
    """Every fault of the branch, and every promotion or receipt among `entries` that names a record which it lacks.

    `grounds` are None where the ledger is older than the records, and so lacks what they depend on.
    """
    if branch is not None:
        yield from _history_findings(branch.commits)
        for fault in branch.chains.faults:
            yield _error(fault.path, fault.message)
        for found in _records(branch.chains):
            for message in (*wrong_numbers(found.observation), *(grounds.faults(found) if grounds else ())):
                yield _error(found.path, message)
    for entry in entries:
        if isinstance(entry.record, Promotion):
            yield from _named_findings(branch, ledger, entry, entry.record)


def _history_findings(commits: Sequence[Commit]) -> Iterator[Diagnostic]:
    """Records are added, and nothing else is ever done to a file of the branch."""
    for commit in commits:
        for change in commit.changes:
            if change.status != "A":
                done = _DONE.get(change.status, "changes")
                yield _error(change.path, f"commit {commit.sha[:10]} {done} it, and records are only added")


def _records(chains: Chains) -> Iterator[MonitoringRecord]:
    return (found for chain in chains.by_pair.values() for found in chain.records)


def _named_findings(
    branch: MonitoringBranch | None, ledger: Ledger, entry: Entry, record: Promotion
) -> Iterator[Diagnostic]:
    """The monitoring records that a promotion record and its receipt name are on the branch."""
    receipt = ledger.receipt(entry)
    named = {record.path: record.predicate.get("monitoring"), entry.tag: receipt and receipt.facts.get("monitoring")}
    for name, digest in named.items():
        if digest is None:
            continue
        if branch is None:
            message = f"{name} names a monitoring record, and {BRANCH} is not in this clone: it is unproven"
            yield Diagnostic(RULE, Severity.ERROR, message, Span(record.path), undecided=True)
        elif branch.chains.chain(record.environment, record.model).with_digest(str(digest)) is None:
            place = f"{record.model} in {record.environment}"
            message = f"{name} names the monitoring record {str(digest)[:17]}… of {place}, and {BRANCH} lacks it"
            yield Diagnostic(RULE, Severity.ERROR, message, Span(record.path))


def _error(path: str, message: str) -> Diagnostic:
    return Diagnostic(RULE, Severity.ERROR, f"{BRANCH}: {message}", Span(path))
