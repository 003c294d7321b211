"""An anchor, gathered: what to keep elsewhere of the branch where merging promotes, and of the branch of records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_gitops.audit.anchors import anchor_data
from mlops_gitops.audit.replay import promotion_entries
from mlops_gitops.core.errors import Undecided
from mlops_gitops.orchestration.monitoring.records_branch import read_branch
from mlops_gitops.orchestration.retraining.records import retraining_chains
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.pack import Pack
from mlops_gitops.repository.packs_in_force import find_pack, packs_in_force
from mlops_gitops.repository.snapshot import Snapshot

RECEIPTS = "git fetch --tags brings those of the remote; mlops-gitops record writes those that are not there"


def make_anchor(workspace: Workspace) -> tuple[dict[str, Any], int]:
    """The anchor of the branch as this clone knows it, and how many promotions have no receipt here.

    Raises Error, Undecided; Undecided too where none has one: a clone without tags would anchor no approval.
    """
    base = workspace.base()
    tip = workspace.at(base)
    ledger = workspace.ledger_of(workspace.history(base), tip)
    receipts = [ledger.receipt(entry) for entry, _ in promotion_entries(ledger)]
    if receipts and not any(receipts):
        raise Undecided("no promotion has a receipt in this clone, so an anchor would hold none", help=RECEIPTS)
    data = anchor_data(workspace.branch(), ledger, _newest_on_record_branch(workspace), packs_in_force(tip))
    return data, receipts.count(None)


def _newest_on_record_branch(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Path and digest of the newest monitoring record of each pair, and of the newest retraining of each model."""
    branch = read_branch(workspace)
    for chain in branch.chains.by_pair.values() if branch else ():
        yield chain.records[-1].path, chain.records[-1].digest
    for retrainings in retraining_chains(workspace).by_model.values():
        if retrainings.newest:
            yield retrainings.newest.path, retrainings.newest.digest


def packs_at(tree: Snapshot) -> tuple[Pack, ...]:
    """The packs of a tree that can be read: one that is not valid is another finding's."""
    named = (find_pack(tree, id) for id in (tree.project.packs if tree.project else ()))
    return tuple(pack for pack in named if pack)
