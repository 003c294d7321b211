"""How records and changes of the policy were merged, and the receipts that follow. From state, never from an event."""

from __future__ import annotations

from typing import Any

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.forges.pull_request import PullRequest, Review
from mlops_gitops.promotion.policy_approvals import highest_counts
from mlops_gitops.promotion.policy_history import PolicyChange
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, UNMET, UNPROVEN, Receipt
from mlops_gitops.repository.approvals import Demand, assigned, lacking
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.pull_facts import Pull


@frozen
class Merge:
    """How an entry or a change of the policy came to the branch: its pull request, and the approvals it needed.

    `pull` is None for a direct push, and `demands` is None where it is unknown. The people of `excluded` may not
    approve it. `unchanged` says whether the reviewed head held the very same files, and `unknown` why it is not known
    who else may not approve it.
    """

    pull: PullRequest | None
    excluded: frozenset[str]
    demands: tuple[Demand, ...] | None
    unchanged: bool
    unknown: str = ""


def entries_without_receipt(ledger: Ledger) -> list[Entry]:
    """The entries without a receipt, oldest first. A tag of that name that is not a receipt does not count."""
    return [entry for entry in ledger.entries if ledger.receipt(entry) is None]


def receipt_times(ledger: Ledger) -> dict[int, int]:
    """The tagger date of each entry's receipt, by position, in seconds since 1970.

    It is the date of the commit, and later than that of the model's receipt before it.

    GTO orders by tag date and cannot tell two tags of one second apart.
    """
    last: dict[str, int] = {}
    found = {}
    for entry in ledger.entries:
        time = max(entry.commit.time, last.get(entry.record.model, 0) + 1)
        last[entry.record.model] = found[entry.position] = time
    return found


def receipt_for_entry(ledger: Ledger, entry: Entry, merge: Merge, forge: str, time: int, *, declared: bool) -> Receipt:
    """The receipt of an entry. `time` is its tagger date; `declared` says that people name themselves on this forge."""
    facts = _facts(merge, declared)
    if isinstance(entry.record, Promotion):
        facts["requested_by"] = dict(entry.record.predicate["requested_by"])
    return Receipt(
        entry.tag, ledger.target(entry), entry.record.path, entry.digest, entry.commit.sha, _approved(merge), forge,
        facts, time,
    )  # fmt: skip


def with_monitoring(receipt: Receipt, digest: str | None) -> Receipt:
    """The receipt of a promotion, with the digest of the newest monitoring record where there is one."""
    return replace(receipt, facts={**receipt.facts, "monitoring": digest}) if digest else receipt


def receipt_for_change(change: PolicyChange, digest: str, merge: Merge, forge: str, *, declared: bool) -> Receipt:
    """The receipt of a change of the policy. `digest` is of the whole policy after it."""
    facts = {"files": list(change.files)} | _facts(merge, declared)
    sha = change.commit.sha
    return Receipt(
        change.tag, sha, change.path, digest, sha, _approved(merge), forge, facts, max(change.commit.time, 0)
    )


def _facts(merge: Merge, declared: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {"pull_request": merge.pull.number if merge.pull else None}
    if merge.pull:
        facts |= {"head": merge.pull.head, "merged_by": merge.pull.merged_by, "merged_at": merge.pull.merged_at}
    facts |= {
        "required": highest_counts(*(demand.wanted for demand in merge.demands or ())),
        "approvals": _approvals(merge),
    }
    return facts | ({"self_declared": True} if declared else {})


def pull_facts(merge: Merge) -> Pull | None:
    """The reviews of the pull request of a merge, as rules read them; None for a direct push."""
    pull = merge.pull
    if pull is None:
        return None
    return Pull(pull.head, pull.reviews, merge.excluded, unknown_reason=merge.unknown, uncounted=pull.uncounted)


def _approved(merge: Merge) -> str:
    if merge.demands is None:
        return UNPROVEN
    if not any(demand.wanted for demand in merge.demands):
        return MET
    pull = pull_facts(merge)
    if pull is None or not merge.unchanged:
        return UNPROVEN
    undecided_lacks = [undecided for _, undecided in lacking(merge.demands, pull)]
    return MET if not undecided_lacks else UNPROVEN if all(undecided_lacks) else UNMET


def _approvals(merge: Merge) -> list[dict[str, Any]]:
    """Who approved for which role, and when. Where two demands ask for one role, a person is listed once.

    The number of an account is there where the policy numbers it.
    """
    pull = pull_facts(merge)
    if pull is None:
        return []
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for demand in merge.demands or ():
        reviews = [review for review in pull.reviews if review.commit == pull.head]
        by_person = {demand.project.person(review.by): review for review in reviews}
        for role, people in sorted(assigned(demand.project, pull, demand.wanted).items()):
            found |= {(role, person): _approval(demand.project, role, by_person[person]) for person in people}
    return list(found.values())


def _approval(project: Project, role: str, review: Review) -> dict[str, Any]:
    person = project.person(review.by)
    numbered = review.account is not None and project.is_numbered(person)
    return {"role": role, "by": person, "at": review.at} | ({"id": review.account} if numbered else {})
