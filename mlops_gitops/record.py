"""record: merged records without a receipt to the receipts they are owed. From state, never from an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from mlops_gitops.approving import assigned, required, shortfalls
from mlops_gitops.ledger import Entry, Ledger
from mlops_gitops.pulls import Pull, PullRequest
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, UNMET, UNPROVEN, Receipt


@dataclass(frozen=True, slots=True)
class Merge:
    """How an entry came to the branch: its pull request, who may not approve it, and the project that judged it.

    `pull` is None for a direct push; `unchanged` tells whether the reviewed head held the very same record, and
    `untold` why it is not known who else may not approve it.
    """

    pull: PullRequest | None
    excluded: frozenset[str]
    project: Project | None
    unchanged: bool
    untold: str = ""


def pending(ledger: Ledger) -> list[Entry]:
    """The entries without a receipt, oldest first; a tag of its name that is none counts for nothing."""
    return [entry for entry in ledger.entries if ledger.receipt(entry) is None]


def times(ledger: Ledger) -> dict[int, int]:
    """The tagger date of each entry's receipt, by position: its commit's, later than its model's one before.

    GTO orders by tag date and cannot tell two tags of one second apart.
    """
    last: dict[str, int] = {}
    found = {}
    for entry in ledger.entries:
        time = max(entry.commit.time, last.get(entry.record.model, 0) + 1)
        last[entry.record.model] = found[entry.position] = time
    return found


def receipt(ledger: Ledger, entry: Entry, merge: Merge, forge: str, self_declared: bool, time: int) -> Receipt:
    """The receipt of one entry."""
    needs = required(entry.record, merge.project)
    wanted = needs or {}
    facts: dict[str, Any] = {"pull_request": merge.pull.number if merge.pull else None}
    if merge.pull:
        facts |= {"head": merge.pull.head, "merged_by": merge.pull.merged_by, "merged_at": merge.pull.merged_at}
    facts |= {"required": dict(wanted), "approvals": _given(merge, wanted)} | (
        {"self_declared": True} if self_declared else {}
    )
    if isinstance(entry.record, Promotion):
        facts["requested_by"] = dict(entry.record.predicate["requested_by"])
    approved = UNPROVEN if needs is None else _approved(merge, wanted)
    return Receipt(
        entry.tag, ledger.target(entry), entry.record.path, entry.digest, entry.commit.sha, approved, forge, facts, time
    )


def _pull(merge: Merge) -> Pull | None:
    if merge.pull is None:
        return None
    its = merge.pull
    return Pull(its.head, its.reviews, merge.excluded, untold=merge.untold, uncounted=its.uncounted)


def _approved(merge: Merge, wanted: Mapping[str, int]) -> str:
    pull = _pull(merge)
    if not wanted and merge.project is not None:
        return MET
    if pull is None or merge.project is None or not merge.unchanged:
        return UNPROVEN
    short = [undecided for _, undecided in shortfalls(merge.project, pull, wanted)]
    return MET if not short else UNPROVEN if all(short) else UNMET


def _given(merge: Merge, wanted: Mapping[str, int]) -> list[dict[str, str]]:
    pull = _pull(merge)
    if pull is None or merge.project is None:
        return []
    times_of = {merge.project.person(review.by): review.at for review in pull.reviews if review.commit == pull.head}
    return [
        {"role": role, "by": person, "at": times_of[person]}
        for role, people in sorted(assigned(merge.project, pull, wanted).items())
        for person in people
    ]


def unapproved(ledger: Ledger, written: Mapping[str, Receipt]) -> list[tuple[Entry, str]]:
    """What stands on the branch without the approvals it needed, and whether they are unmet or unproven.

    A promotion that a later one replaced stands no more. `written` are new receipts by tag.
    """
    found = []
    for entry in ledger.entries:
        its = written.get(entry.tag) or ledger.receipt(entry)
        approved = its.approved if its else UNPROVEN
        if approved != MET and (not isinstance(entry.record, Promotion) or _stands(ledger, entry, entry.record)):
            found.append((entry, approved))
    return found


def tellable(ledger: Ledger, written: Mapping[str, Receipt]) -> list[Receipt]:
    """The receipts of promotions that the forge is told of, oldest first: what runs now, and new ones just before it.

    What runs now is told again each time, so that what one run could not tell the next one does. An older receipt that
    is filled in late is not told: it would look like the newest deployment. `written` are new receipts by tag.
    """
    found: dict[int, Receipt] = {}
    for pair in ledger.pairs():
        newest, *before = reversed(ledger.chain(*pair))
        its = written.get(newest.tag) or ledger.receipt(newest)
        if its is not None:
            found[newest.position] = its
        if newest.tag in written:
            found |= {e.position: written[e.tag] for e in takewhile(lambda e: e.tag in written, before)}
    return [its for _, its in sorted(found.items())]


def _stands(ledger: Ledger, entry: Entry, record: Promotion) -> bool:
    current = ledger.current(record.environment, record.model)
    return current is not None and current.position == entry.position
