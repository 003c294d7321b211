"""record: merged records without a receipt to the receipts they are owed. From state, never from an event."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.promotion.policy_approvals import highest_counts
from mlops_gitops.promotion.policy_history import PolicyChange, PolicyHistory
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, UNMET, UNPROVEN, Receipt
from mlops_gitops.repository.approvals import Demand, assigned, lacking
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.pull_facts import Pull


@frozen
class Merge:
    """How an entry or a change of the policy came to the branch: its pull request, and the approvals it needed.

    `pull` is None for a direct push, and `demands` where nobody can tell them; `excluded` may not approve it.
    `unchanged` tells whether the reviewed head held the very same files, and `untold` why it is not known who else may
    not approve it.
    """

    pull: PullRequest | None
    excluded: frozenset[str]
    demands: tuple[Demand, ...] | None
    unchanged: bool
    untold: str = ""


def entries_without_receipt(ledger: Ledger) -> list[Entry]:
    """The entries without a receipt, oldest first; a tag of its name that is none counts for nothing."""
    return [entry for entry in ledger.entries if ledger.receipt(entry) is None]


def receipt_times(ledger: Ledger) -> dict[int, int]:
    """The tagger date of each entry's receipt, by position: its commit's, later than its model's one before.

    GTO orders by tag date and cannot tell two tags of one second apart.
    """
    last: dict[str, int] = {}
    found = {}
    for entry in ledger.entries:
        time = max(entry.commit.time, last.get(entry.record.model, 0) + 1)
        last[entry.record.model] = found[entry.position] = time
    return found


def receipt_for_entry(ledger: Ledger, entry: Entry, merge: Merge, forge: str, time: int, *, declared: bool) -> Receipt:
    """The receipt of one entry."""
    facts = _facts(merge, declared)
    if isinstance(entry.record, Promotion):
        facts["requested_by"] = dict(entry.record.predicate["requested_by"])
    return Receipt(
        entry.tag, ledger.target(entry), entry.record.path, entry.digest, entry.commit.sha, _approved(merge), forge,
        facts, time,
    )  # fmt: skip


def receipt_for_change(change: PolicyChange, digest: str, merge: Merge, forge: str, *, declared: bool) -> Receipt:
    """The receipt of a change of the policy; `digest` is of the whole policy after it."""
    facts = {"files": list(change.files)} | _facts(merge, declared)
    sha = change.commit.sha
    return Receipt(
        change.tag, sha, change.path, digest, sha, _approved(merge), forge, facts, max(change.commit.time, 0)
    )


def _facts(merge: Merge, declared: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {"pull_request": merge.pull.number if merge.pull else None}
    if merge.pull:
        facts |= {"head": merge.pull.head, "merged_by": merge.pull.merged_by, "merged_at": merge.pull.merged_at}
    facts |= {"required": highest_counts(*(its.wanted for its in merge.demands or ())), "approvals": _given(merge)}
    return facts | ({"self_declared": True} if declared else {})


def pull_facts(merge: Merge) -> Pull | None:
    """What is known of who approved."""
    if merge.pull is None:
        return None
    its = merge.pull
    return Pull(its.head, its.reviews, merge.excluded, untold=merge.untold, uncounted=its.uncounted)


def _approved(merge: Merge) -> str:
    if merge.demands is None:
        return UNPROVEN
    if not any(its.wanted for its in merge.demands):
        return MET
    pull = pull_facts(merge)
    if pull is None or not merge.unchanged:
        return UNPROVEN
    short = [undecided for _, undecided in lacking(merge.demands, pull)]
    return MET if not short else UNPROVEN if all(short) else UNMET


def _given(merge: Merge) -> list[dict[str, str]]:
    """Who approved for which role; somebody whom two demands ask for the same is listed once."""
    pull = pull_facts(merge)
    if pull is None:
        return []
    found: dict[tuple[str, str], str] = {}
    for its in merge.demands or ():
        times_of = {its.project.person(review.by): review.at for review in pull.reviews if review.commit == pull.head}
        for role, people in sorted(assigned(its.project, pull, its.wanted).items()):
            found |= {(role, person): times_of[person] for person in people}
    return [{"role": role, "by": person, "at": at} for (role, person), at in found.items()]


def unapproved_entries(ledger: Ledger, written: Mapping[str, Receipt]) -> list[tuple[Entry, str]]:
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


def unapproved_changes(line: PolicyHistory) -> list[tuple[PolicyChange, str]]:
    """The changes that leave the policy unproven now, and whether they are unmet or unproven; none once it is restated.

    Cheap where every receipt says that its approvals were met, as most do.
    """
    receipts = [(change, line.receipt(change)) for change in line.changes if not line.precedes_baseline(change.commit)]
    short = [(change, its.approved if its else UNPROVEN) for change, its in receipts if not its or its.approved != MET]
    if line.predates_receipts or not short or (since := line.tip_state().unproven_since) is None:
        return []
    return [(change, its) for change, its in short if line.state(change.commit.sha).unproven_since == since]


def receipts_to_report(ledger: Ledger, written: Mapping[str, Receipt]) -> list[Receipt]:
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
