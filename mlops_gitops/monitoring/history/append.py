"""From observations to the records that a branch lacks: complete before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import MAX_BYTES
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.record import BRANCH, README, MonitoringRecord, statement
from mlops_gitops.monitoring.outcome import Observation

_README = f"""# Monitoring records

mlops-gitops writes this branch, `{BRANCH}`: each file says how a window of live data was judged, and on what numbers;
below `retraining/`, why a model was retrained or held up; below `observations/`, what the targets of a rollout ran.
Each names the one before it by its digest, and none is ever changed or removed. `mlops-gitops audit` proves that.
"""


@frozen
class Recorded:
    """The record of an observation; `is_new` where no record held all of its looks before."""

    record: MonitoringRecord
    is_new: bool


def append(
    chain_of: Callable[[str, str], Chain], observations: Iterable[Observation], tool: str, created: str
) -> list[Recorded]:
    """The record of each observation: a new one for the looks that its chain lacks, or the one that holds them.

    `chain_of` gives the chain of an environment and a model. Raises Error for a record that is too large.
    """
    chains: dict[tuple[str, str], Chain] = {}
    found = []
    for observation in observations:
        pair = (observation.environment, observation.model)
        chain = chains.setdefault(pair, chain_of(*pair))
        recorded = _append(chain, observation, tool, created)
        if recorded.is_new:
            chains[pair] = replace(chain, records=(*chain.records, recorded.record))
        found.append(recorded)
    return found


def _append(chain: Chain, observation: Observation, tool: str, created: str) -> Recorded:
    new = chain.news(observation)
    if new is None:
        holders = (chain.holder(observation, finding) for finding in observation.findings)
        known = max((one for one in holders if one), key=lambda one: one.sequence, default=chain.newest)
        if known is None:
            raise ValueError("an observation has at least one finding")
        return Recorded(known, False)
    record = statement(new, chain.newest, tool, created)
    if len(record.render()) > MAX_BYTES:
        reason = f"{record.path} would have more than {MAX_BYTES // 2**20} MiB, and could not be read again"
        raise Error(reason, help="watch fewer columns or groups")
    return Recorded(record, True)


def files_of(records: Sequence[MonitoringRecord], *, first: bool) -> dict[str, bytes]:
    """The files that add records to the branch; the first commit explains it as well."""
    return {record.path: record.render() for record in records} | (readme_file() if first else {})


def readme_file() -> dict[str, bytes]:
    """The file that explains the branch to people."""
    return {README: _README.encode()}


def commit_message(records: Sequence[MonitoringRecord]) -> str:
    """What a commit of these records says."""
    rows = [f"{one.path}: {one.observation.outcome.value.replace('_', ' ')}" for one in records]
    head = rows if len(rows) == 1 else [f"{len(rows)} monitoring records", "", *(f"- {row}" for row in rows)]
    trailers = [f"Monitoring-Digest: {one.digest}" for one in records]
    return "\n".join([*head, "", *trailers, ""])
