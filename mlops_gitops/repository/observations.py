"""The observations of the targets of one model in one environment, as the branch of monitoring records has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import Tree
from mlops_gitops.records.evidence import observation
from mlops_gitops.records.evidence.observation import ObservationRecord


@frozen
class ObservationFault:
    """What is wrong at a path of the branch, as a sentence."""

    path: str
    message: str


@frozen
class Observations:
    """The records of each target, in the order of their sequence, and the faults of the chains."""

    by_target: Mapping[str, tuple[ObservationRecord, ...]] = {}
    faults: tuple[ObservationFault, ...] = ()

    def newest(self, target: str) -> ObservationRecord | None:
        """The last record of a target."""
        chain = self.by_target.get(target, ())
        return chain[-1] if chain else None

    def of_record(self, target: str, digest: str, moment: datetime) -> tuple[ObservationRecord, ...]:
        """The records of a target that are about a promotion record, up to a moment in UTC: later ones do not count."""
        chain = self.by_target.get(target, ())
        return tuple(
            found for found in chain if found.observation.record == digest and found.observation.moment <= moment
        )

    @property
    def records(self) -> Iterator[ObservationRecord]:
        """Every record, by target and sequence."""
        return (found for chain in self.by_target.values() for found in chain)

    def with_digest(self, digest: str) -> ObservationRecord | None:
        """The record of this digest."""
        return next((found for found in self.records if found.digest == digest), None)

    def with_faults(self, faults: Iterable[ObservationFault]) -> Observations:
        """The same, with more that is wrong."""
        return replace(self, faults=(*self.faults, *faults))


def read_observations(tree: Tree, environment: str, model: str) -> Observations:
    """Those of one model in one environment; what is no record at its path is a fault."""
    return _read(tree, observed_folder(environment, model)).get((environment, model), Observations())


def observed_folder(environment: str, model: str) -> str:
    """The folder of the records about a model in an environment."""
    return f"{observation.FOLDER}/{environment}/{model}"


def observed_pairs(tree: Tree) -> list[tuple[str, str]]:
    """Every environment and model with an observation, sorted."""
    return sorted({_pair(path) for path in tree.paths(observation.FOLDER) if observation.KIND.match({}, path)})


def stray_files(tree: Tree) -> Iterator[str]:
    """The files below the folder of observations that are not at the path of one."""
    return (path for path in tree.paths(observation.FOLDER) if observation.KIND.match({}, path) is None)


def _read(tree: Tree, folder: str) -> dict[tuple[str, str], Observations]:
    found: dict[tuple[str, str], dict[str, list[ObservationRecord]]] = {}
    faults: dict[tuple[str, str], list[ObservationFault]] = {}
    for path in tree.paths(folder):
        pair = _pair(path)
        try:
            if observation.KIND.match({}, path) is None:
                raise ValueError("is not the path of an observation")
            read = observation.from_tree(tree, path)
        except ValueError as error:
            faults.setdefault(pair, []).append(ObservationFault(path, str(error)))
            continue
        found.setdefault(pair, {}).setdefault(read.observation.target, []).append(read)
    pairs = {*found, *faults}
    return {pair: _chains(found.get(pair, {}), faults.get(pair, [])) for pair in pairs}


def _pair(path: str) -> tuple[str, str]:
    parts = [*path.split("/"), "", ""]
    return parts[1], parts[2]


def _chains(found: Mapping[str, list[ObservationRecord]], faults: list[ObservationFault]) -> Observations:
    ordered = {
        target: tuple(sorted(records, key=lambda each: each.sequence)) for target, records in sorted(found.items())
    }
    unreadable = {fault.path for fault in faults}
    more = [fault for chain in ordered.values() for fault in _chain_faults(chain, unreadable)]
    return Observations(ordered, (*faults, *more))


def _chain_faults(chain: tuple[ObservationRecord, ...], unreadable: set[str]) -> Iterator[ObservationFault]:
    """Every record that is missing, that does not name the one before it, or that was seen before that one."""
    known, folder = {found.sequence for found in chain}, chain[0].path.rpartition("/")[0]
    for sequence in range(1, max(known) + 1):
        path = f"{folder}/{sequence:04d}.json"
        if sequence not in known and path not in unreadable:
            yield ObservationFault(path, "is missing, and a later record is there: it was removed")
    for before, after in pairwise(chain):
        name = before.path.rpartition("/")[2]
        if before.sequence + 1 == after.sequence and after.previous != before.digest:
            message = f"names {str(after.previous)[:17]}… as the record before it, and {name} has another digest"
            yield ObservationFault(after.path, f"{message}: it was edited, moved or replaced")
        if after.observation.end < before.observation.end:
            moment = f"{after.observation.end}, before {name} at {before.observation.end}"
            yield ObservationFault(after.path, f"says that it was seen at {moment}: it was dated back")
