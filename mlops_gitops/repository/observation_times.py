"""What the commits of the branch of records say against observations: changed later, or of another time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from mlops_gitops.records.evidence import observation
from mlops_gitops.repository.ledger import Commit
from mlops_gitops.repository.observations import ObservationFault, Observations

APART = timedelta(hours=1)  # clocks of jobs, of forges and of people's machines differ
_DONE = {"M": "changes", "D": "removes"}


def commit_faults(found: Observations, folder: str, commits: Iterable[Commit]) -> Iterator[ObservationFault]:
    """A fault for each record in a folder that a later commit touched, or whose time is not that of its own commit.

    So nobody makes a hold begin earlier by a record that is dated back, or removes the newest one, by which a wave
    failed.
    """
    records = {record.path: record for record in found.records}
    for commit in commits:
        for change in commit.changes:
            if not change.path.startswith(f"{folder}/") or observation.KIND.match({}, change.path) is None:
                continue
            record = records.get(change.path)
            if change.status != "A":
                done = f"commit {commit.sha[:10]} {_DONE.get(change.status, 'changes')} it, and records are only added"
                yield ObservationFault(change.path, done)
            elif (
                record is not None and abs(record.observation.moment.timestamp() - commit.time) > APART.total_seconds()
            ):
                message = f"says that it was seen at {record.observation.end}"
                yield ObservationFault(record.path, f"{message}, and commit {commit.sha[:10]} is of another time")
