"""The tree of the branch of monitoring records, read: every chain with what is wrong, or one, or a newest record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeAlias

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Tree
from mlops_gitops.monitoring.history import record
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.faults import Fault, chain_faults
from mlops_gitops.monitoring.history.record import MonitoringRecord
from mlops_gitops.records.evidence import observation

_OF_OTHERS = (f"{record.RETRAINING}/", f"{observation.FOLDER}/")
ReadRecord: TypeAlias = Callable[[Tree, str], MonitoringRecord]  # raises ValueError where there is none


@frozen
class Chains:
    """Every chain of a branch, and the faults of its files."""

    by_pair: Mapping[tuple[str, str], Chain]
    faults: tuple[Fault, ...]

    def chain(self, environment: str, model: str) -> Chain:
        """The chain of one model in one environment, which may be empty."""
        return self.by_pair.get((environment, model)) or Chain(environment, model)

    @property
    def number(self) -> int:
        """How many records there are."""
        return sum(len(chain.records) for chain in self.by_pair.values())


def read_chains(tree: Tree, folder: str = "", read_record: ReadRecord = record.from_tree) -> Chains:
    """The chains of the tree of a branch, or of one of its folders; what is no record at its path is a fault.

    The records of retrainings and the observations of rollouts are other rooms' to read.
    """
    found: dict[tuple[str, str], list[MonitoringRecord]] = defaultdict(list)
    faults = []
    for path in tree.paths(folder) if folder else tree.every():
        try:
            read = read_record(tree, path) if record.KIND.match({}, path) else None
        except ValueError as error:
            faults.append(Fault(path, str(error)))
            continue
        if read is not None:
            found[read.observation.environment, read.observation.model].append(read)
        elif path != record.README and not path.startswith(_OF_OTHERS):
            faults.append(Fault(path, "is not the path of a monitoring record"))
    chains = {pair: Chain(*pair, tuple(sorted(records, key=_sequence))) for pair, records in sorted(found.items())}
    unreadable = {fault.path for fault in faults}
    faults += [fault for chain in chains.values() for fault in chain_faults(chain, unreadable)]
    return Chains(chains, tuple(faults))


def read_chain(tree: Tree, environment: str, model: str, read_record: ReadRecord = record.from_tree) -> Chain:
    """One chain of the tree of a branch, and no other. Raises Undecided where it is not whole."""
    chains = read_chains(tree, folder_of(environment, model), read_record)
    for fault in chains.faults:
        reason = f"the monitoring records of {model} in {environment} do not hold: {fault.path} {fault.message}"
        raise Undecided(reason, help="mlops-gitops audit names every fault; nothing is added to such a chain")
    return chains.chain(environment, model)


def newest_records(tree: Tree, environment: str, model: str, count: int) -> list[MonitoringRecord]:
    """The last records that can be read, at most `count`, oldest first, read without the others."""
    folder = folder_of(environment, model)
    numbered = [(int(parts["sequence"]), path) for path in tree.paths(folder) if (parts := record.KIND.match({}, path))]
    found: list[MonitoringRecord] = []
    for _, path in sorted(numbered, reverse=True):
        if len(found) < count:
            with suppress(ValueError):
                found.insert(0, record.from_tree(tree, path))
    return found


def recorded_pairs(tree: Tree) -> list[tuple[str, str]]:
    """Every (environment, model) with a record, sorted."""
    found = (record.KIND.match({}, path) for path in tree.paths(record.FOLDER))
    return sorted({(parts["environment"], parts["model"]) for parts in found if parts})


def folder_of(environment: str, model: str) -> str:
    """The folder of one chain."""
    return f"{record.FOLDER}/{environment}/{model}"


def _sequence(found: MonitoringRecord) -> int:
    return found.sequence
