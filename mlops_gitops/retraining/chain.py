"""The records of the retrainings of one model, and what of a decision they do not hold yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Tree
from mlops_gitops.monitoring.history.faults import Fault
from mlops_gitops.retraining import record
from mlops_gitops.retraining.outcome import Decision, Outcome
from mlops_gitops.retraining.record import RetrainingRecord, Run


@frozen
class RetrainingChain:
    """The records of one model, in the order of their sequence."""

    model: str
    records: tuple[RetrainingRecord, ...] = ()

    @property
    def newest(self) -> RetrainingRecord | None:
        """The last record."""
        return self.records[-1] if self.records else None

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that count for budget and cooldown, oldest first; one that was proposed again counts once."""
        return _counted(self.records)

    def runs_before(self, record: RetrainingRecord) -> tuple[Run, ...]:
        """Those that counted when the run of a record started: of the records before it, less that very run."""
        earlier = _counted(found for found in self.records if found.sequence < record.sequence)
        return tuple(run for run in earlier if record.run is None or run.identity != record.run.identity)

    def of_cause(self, digest: str) -> tuple[RetrainingRecord, ...]:
        """The records of one cause, oldest first."""
        return tuple(found for found in self.records if found.decision.cause and found.decision.cause.digest == digest)

    def holder(self, decision: Decision, run: Run | None) -> RetrainingRecord | None:
        """The record that says the same already: of a run the same run, of one that was held up any of its cause.

        So a schedule that meets the same cause each day writes one record of it, and not one a day.
        """
        if decision.cause is None:
            return None
        known = self.of_cause(decision.cause.digest)
        return next((found for found in known if run is None or _is_same(found.run, run)), None)


def _counted(records: Iterable[RetrainingRecord]) -> tuple[Run, ...]:
    runs = (found.run for found in records if found.run and found.run.counts)
    return tuple({run.identity: run for run in runs}.values())


def _is_same(known: Run | None, run: Run) -> bool:
    """Whether two are one run: it started at one moment, or opened one pull request, of one manifest."""
    if known is None or known.outcome is not run.outcome:
        return False
    if known.manifest and run.manifest and known.manifest != run.manifest:
        return False  # it was proposed again, on another base
    return known.started == run.started or (run.pull_request is not None and known.pull_request == run.pull_request)


def is_recorded(decision: Decision) -> bool:
    """Whether a decision is one to record: a retraining, or one that was held up though a trigger is met."""
    return decision.cause is not None and decision.outcome in (Outcome.RETRAIN, Outcome.BLOCKED)


@frozen
class RetrainingChains:
    """Every chain of a branch, and the faults of its files."""

    by_model: Mapping[str, RetrainingChain]
    faults: tuple[Fault, ...]

    def chain(self, model: str) -> RetrainingChain:
        """The chain of a model, which may be empty."""
        return self.by_model.get(model) or RetrainingChain(model)

    @property
    def records(self) -> Iterator[RetrainingRecord]:
        """Every record, by model and sequence."""
        return (found for chain in self.by_model.values() for found in chain.records)

    @property
    def digests(self) -> frozenset[str]:
        """The digest of every record."""
        return frozenset(found.digest for found in self.records)


def read_chains(tree: Tree, folder: str = record.FOLDER) -> RetrainingChains:
    """The chains of the tree of a branch, or of one model's folder; what is no record at its path is a fault."""
    found: dict[str, list[RetrainingRecord]] = {}
    faults = []
    for path in tree.paths(folder):
        if record.KIND.match({}, path) is None:
            faults.append(Fault(path, "is not the path of a record of a retraining"))
            continue
        try:
            read = record.from_tree(tree, path)
        except ValueError as error:
            faults.append(Fault(path, str(error)))
            continue
        found.setdefault(read.decision.model, []).append(read)
    chains = {
        model: RetrainingChain(model, tuple(sorted(records, key=_sequence))) for model, records in sorted(found.items())
    }
    unreadable = {fault.path for fault in faults}
    faults += [fault for chain in chains.values() for fault in _chain_faults(chain, unreadable)]
    return RetrainingChains(chains, tuple(faults))


def read_chain(tree: Tree, model: str) -> RetrainingChain:
    """The chain of a model. Raises Undecided where it is not whole."""
    chains = read_chains(tree, f"{record.FOLDER}/{model}")
    for fault in chains.faults:
        reason = f"the records of the retrainings of {model} do not hold: {fault.path} {fault.message}"
        raise Undecided(reason, help="mlops-gitops audit names every fault; nothing is decided by such a chain")
    return chains.chain(model)


def _chain_faults(chain: RetrainingChain, unreadable: Iterable[str]) -> Iterator[Fault]:
    """Every record that is missing, or does not name the one before it."""
    known, unread = {found.sequence for found in chain.records}, frozenset(unreadable)
    for sequence in range(1, max(known) + 1):
        path = record.KIND.path({}, model=chain.model, sequence=f"{sequence:04d}")
        if sequence not in known and path not in unread:
            yield Fault(path, "is missing, and a later record is there: it was removed")
    for before, after in pairwise(chain.records):
        if before.sequence + 1 == after.sequence and after.previous != before.digest:
            name = before.path.rpartition("/")[2]
            message = f"names {str(after.previous)[:17]}… as the record before it, and {name} has another digest"
            yield Fault(after.path, f"{message}: it was edited, moved or replaced")


def _sequence(found: RetrainingRecord) -> int:
    return found.sequence
