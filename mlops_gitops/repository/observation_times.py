"""What the commits of the branch of records say against observations: changed later, or of another time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from mlops_gitops.repository.ledger import Commit
from mlops_gitops.repository.observations import ObservationFault, Observations

_APART = timedelta(hours=1)  # clocks of jobs, of forges and of people's machines differ
_DONE = {"M": "changes", "D": "removes"}


def commit_faults(found: Observations, commits: Iterable[Commit]) -> Iterator[ObservationFault]:
    """A fault for each record that a later commit touched, or whose time is not that of the commit which brought it.

    So nobody makes a hold begin earlier by a record that is dated back.
    """
    records = {record.path: record for record in found.records}
    for commit in commits:
        for change in commit.changes:
            record = records.get(change.path)
            if record is None:
                continue
            if change.status != "A":
                done = f"commit {commit.sha[:10]} {_DONE.get(change.status, 'changes')} it, and records are only added"
                yield ObservationFault(record.path, done)
            elif abs(record.observation.moment.timestamp() - commit.time) > _APART.total_seconds():
                message = f"says that it was seen at {record.observation.end}"
                yield ObservationFault(record.path, f"{message}, and commit {commit.sha[:10]} is of another time")
