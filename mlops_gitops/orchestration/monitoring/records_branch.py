"""The branch of monitoring records as this clone knows it, and observations appended to it in the remote.

The branch has a history of its own, which holds nothing but records. It grows by commits on the commit that was read:
of two that write at once one wins, and the other reads again what is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from mlops_gitops import __version__
from mlops_gitops.audit.monitoring_findings import MonitoringBranch
from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents.tree import Overlay, Tree
from mlops_gitops.git.tree import GitTree
from mlops_gitops.monitoring.history.append import Recorded, append, commit_message, files_of
from mlops_gitops.monitoring.history.branch_tree import (
    ReadRecord,
    newest_records,
    read_chain,
    read_chains,
    recorded_pairs,
)
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.last_window import LOOKED_BACK, LastWindow, last_window
from mlops_gitops.monitoring.history.record import BRANCH, MonitoringRecord, from_tree
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.runtime import clock

ATTEMPTS = 20  # each of them is one that another run has won
_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds before the next attempt, longer each time


def records_tree(workspace: Workspace) -> Tree:
    """The files of the branch as last fetched; none where it is not here."""
    tip = workspace.git.remote_tip(BRANCH)
    return workspace.git.tree(tip) if tip else Overlay({})


def read_branch(workspace: Workspace) -> MonitoringBranch | None:
    """The branch with its whole history, as last fetched; None where it is not here.

    Raises Undecided in a shallow clone.
    """
    tip = workspace.git.remote_tip(BRANCH)
    if tip is None:
        return None
    return MonitoringBranch(tuple(workspace.git.history(tip)), read_chains(workspace.git.tree(tip)))


def recorded_chain(workspace: Workspace, environment: str, model: str) -> Chain:
    """The records of one model in one environment, as last fetched. Raises Undecided where the chain is not whole."""
    return read_chain(records_tree(workspace), environment, model, _reader(workspace))


def _reader(workspace: Workspace) -> ReadRecord:
    """Reads a record once, whichever commits of the branch hold it: each is read several times in a run."""
    known = workspace.monitoring_records

    def read(tree: Tree, path: str) -> MonitoringRecord:
        blob = tree.blob_id(path) if isinstance(tree, GitTree) else None
        if blob is None:
            return from_tree(tree, path)
        if (path, blob) not in known:
            known[path, blob] = from_tree(tree, path)
        return known[path, blob]

    return read


def newest_digest(workspace: Workspace, environment: str, model: str) -> str | None:
    """The digest of the newest record, as last fetched; None where there is none."""
    newest = newest_records(records_tree(workspace), environment, model, 1)
    return newest[0].digest if newest else None


def last_windows(workspace: Workspace) -> dict[tuple[str, str], LastWindow]:
    """The last window of each environment and model on record, as last fetched."""
    tree = records_tree(workspace)
    read = {pair: last_window(newest_records(tree, *pair, LOOKED_BACK)) for pair in recorded_pairs(tree)}
    return {pair: found for pair, found in read.items() if found}


def record_observations(
    workspace: Workspace, observations: Iterable[Observation], *, only_show: bool = False
) -> list[Recorded]:
    """Writes the records of observations, all in one commit, and returns the record of each.

    What is on record is not written again. Raises Undecided where the remote cannot be written, or a chain is not
    whole; then nothing is written.
    """
    forge, wanted = workspace.forge, list(observations)
    for attempt in range(ATTEMPTS):
        tip = workspace.git.remote_tip(BRANCH) or ""
        tree = records_tree(workspace)
        chain_of = partial(read_chain, tree, read_record=_reader(workspace))
        found = append(chain_of, wanted, f"mlops-gitops {__version__}", clock.now())
        new = [recorded.record for recorded in found if recorded.is_new]
        if not new or only_show:
            return found
        if forge.extend(BRANCH, files_of(new, first=not tip), commit_message(new), tip):
            return found
        pause_before(attempt)
    reason = f"others wrote to {BRANCH} {ATTEMPTS} times meanwhile, so nothing of this run is on record"
    raise Undecided(reason, help="run the same command again")


def pause_before(attempt: int) -> None:
    """Waits after an attempt, from 0, that another run has won; longer each time."""
    clock.pause(min(_PAUSE * (attempt + 1), _LONGEST_PAUSE))
