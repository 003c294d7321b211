"""What an audit finds about observations: a chain that breaks, a record that cannot be what it says, one that is gone.

It proves that none was changed or left out since it was written, that each is about a wave there was, and that its
counts agree with the roster and the plan of the rollout's opening. The reports themselves are kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.records.evidence.observation import ObservationRecord
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.observations import Observations
from mlops_gitops.repository.running_rollout import running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.evidence.soundness import observation_fault
from mlops_gitops.rollout.observing.expectation import Subject

RULE = "observation-record"


@frozen
class Seen:
    """Every observation on the branch, by environment and model, and the paths beside them that are none."""

    by_pair: Mapping[tuple[str, str], Observations]
    stray: tuple[str, ...] = ()

    @property
    def digests(self) -> frozenset[str]:
        """The digest of every record."""
        return frozenset(record.digest for found in self.by_pair.values() for record in found.records)


def observation_findings(
    seen: Seen, ledger: Ledger, at: Callable[[str], Snapshot], entries: Iterable[Entry], *, whole: bool
) -> Iterator[Diagnostic]:
    """Every fault of the records, and every promotion record among `entries` that names one which the branch lacks.

    Where the ledger is not the `whole` one, it lacks what records may depend on, and only the chains are proven.
    """
    yield from (_error(path, "is not the path of an observation") for path in seen.stray)
    for (environment, model), found in seen.by_pair.items():
        for fault in found.faults:
            yield _error(fault.path, fault.message)
        for record in found.records if whole else ():
            if reason := _fault(record, ledger, at, (environment, model)):
                yield _error(record.path, reason)
    for entry in entries:
        if isinstance(entry.record, Promotion) and entry.record.evidence:
            yield from _named(seen, entry.record)


def _fault(record: ObservationRecord, ledger: Ledger, at: Callable[[str], Snapshot], pair: tuple[str, str]) -> str:
    """Why a record cannot be what it says; "" where it can."""
    chain = ledger.chain(*pair)
    entry = next((entry for entry in chain if entry.digest == record.observation.record), None)
    if entry is None:
        named = record.observation.record[:17]
        return f"names {named}… as what is to run, which is no record of {pair[1]} in {pair[0]}"
    if not isinstance(entry.record, Promotion) or entry.record.release != record.observation.release:
        return f"is about {record.observation.release}, and {entry.record.path} about another release"
    if record.observation.wave is None and entry.record.wave is None:
        return ""  # what is in force is observed by the targets and the roster of that day, and nothing depends on it
    subject = _subject(record, ledger, at, entry)
    if subject is None:
        return f"is about the target {record.observation.target}, which the plan of its record does not have"
    receipt = ledger.receipt(entry)
    return observation_fault(record.observation, subject, receipt.merged_at if receipt else None)


def _subject(record: ObservationRecord, ledger: Ledger, at: Callable[[str], Snapshot], entry: Entry) -> Subject | None:
    """What the record is about, by the tree that judged it then."""
    environment, model = record.observation.pair
    running = running_rollout(ledger.until(entry.position + 1), at, environment, model)
    tree = running.tree if running else at(entry.commit.sha)
    plan = running.plan if running else at(entry.commit.sha).state(environment, model)
    targets = {target.name: target for target in plan.targets} if plan else {}
    target = targets.get(record.observation.target)
    return Subject(target, entry, plan, tree, running) if target and plan and tree else None


def _named(seen: Seen, record: Promotion) -> Iterator[Diagnostic]:
    """The observations that a promotion record depends on are on the branch."""
    found = seen.by_pair.get((record.environment, record.model), Observations())
    for digest in record.evidence:
        if found.with_digest(digest) is None:
            message = f"{record.path} depends on the observation {digest[:17]}…, and {BRANCH} lacks it"
            yield Diagnostic(RULE, Severity.ERROR, message, Span(record.path))


def _error(path: str, message: str) -> Diagnostic:
    return Diagnostic(RULE, Severity.ERROR, f"{BRANCH}: it {message}", Span(path))
