"""What is settled of a line, so that an audit of a few later commits need not read it, and what unsettles it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from mlops_gitops.audit import replay
from mlops_gitops.audit.findings import Findings, Known, digest_of_tags, first_project, rests_on_observations
from mlops_gitops.audit.policy_findings import requires_nobody
from mlops_gitops.forges.checkpoint import Settled
from mlops_gitops.orchestration.governance.audited import policy_changes
from mlops_gitops.policy.guarded_paths import changes_cards
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records import desired_state
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.ledger import ADDED, Commit, Entry, Ledger
from mlops_gitops.repository.policy_files import digest_of, is_policy
from mlops_gitops.repository.snapshot import Snapshot

NEAR = 50  # commits after a checkpoint that are judged as fast as none: each checkpoint is a tag for ever


def settled(policy: PolicyHistory, found: Findings, ids: Mapping[str, str]) -> Settled | None:
    """What is settled of a line that was audited as a whole; None where what comes later can change it.

    It can where the newest tree, a receipt or the policy has a fault, the policy is unproven or has a baseline, a
    rollout is planned or ran, a record was changed or removed, or promotions were adopted from before the first
    project.
    """
    ledger = policy.ledger
    open_questions = (*found.tip, *found.others, *found.before_baseline)
    if open_questions or policy.predates_receipts or policy.baseline or policy.tip_state().unproven_since:
        return None
    folders = policy.at(ledger.commits[-1].sha).folders
    early = ledger.commits[: first_project(ledger.commits, policy.at)]
    if policy.plan_files or any(commit.sha in found.commits for commit in early):
        return None
    if any(map(_is_of_rollout, ledger.entries)) or any(_edits_records(each, folders) for each in ledger.commits):
        return None
    if any(replay.tracked_settings_notes(ledger.commits)):
        return None
    return settled_facts(policy, len(ledger.commits), digest_of_tags(ids))


def settled_at(policy: PolicyHistory, known: Known) -> Settled | None:
    """What is settled up to a checkpoint, by the whole line; None where later commits can change that."""
    checkpoint = known.checkpoint
    if checkpoint is None or checkpoint.settled is None:
        return None
    ledger, later = policy.ledger, policy.ledger.commits[known.count :]
    shas = {commit.sha for commit in later}
    entries = [entry for entry in ledger.entries if entry.commit.sha in shas]
    if unsettles(later, entries, policy.at, checkpoint.folders):
        return None
    return settled_facts(policy, known.count, checkpoint.settled.tags)


def is_near(known: Known, policy: PolicyHistory, found: Findings) -> bool:
    """Whether few commits, and no error, came since a checkpoint that settles what was before."""
    kept, later = known.checkpoint, len(policy.ledger.commits) - known.count
    errors = sum(map(len, (*found.commits.values(), *found.records.values())))
    return kept is not None and later < NEAR and errors == kept.faults and not found.tip and not found.others


def settled_facts(policy: PolicyHistory, count: int, tags: str) -> Settled:
    """The facts about the first commits of a line, of whose tags the digest is given."""
    ledger = policy.ledger
    tip = policy.at(ledger.commits[count - 1].sha)
    shas = {commit.sha for commit in ledger.commits[:count]}
    entries = [entry for entry in ledger.entries if entry.commit.sha in shas]
    receipts = [ledger.receipt(entry) for entry in entries if isinstance(entry.record, Promotion)]
    changes = tuple(change for change in policy_changes(policy) if change[0] in shas)
    return Settled(
        tags,
        len(receipts),
        sum(1 for receipt in receipts if receipt and requires_nobody(receipt)),
        is_self_declared(ledger, entries),
        tuple((entry.commit.sha, entry.record.path) for entry in entries if _is_read_again(ledger, entry)),
        changes,
        digest_of(tip) if changes else "",
        tuple((state.environment, state.model) for state in tip.targeted_states),
        tuple((name,) for name in sorted({e.record.environment for e in entries if isinstance(e.record, Promotion)})),
    )


def is_self_declared(ledger: Ledger, entries: Iterable[Entry]) -> bool:
    """Whether the receipt of one of these entries says that approvals were declared by those who gave them."""
    receipts = (ledger.receipts.get(entry.tag) for entry in entries)
    return any(bool(receipt.facts.get("self_declared")) for receipt in receipts if receipt)


def _edits_records(commit: Commit, folders: Mapping[str, str]) -> bool:
    """Whether a commit changes or removes a record, or puts anything but a file in the place of one."""
    edited = (change.path for change in commit.changes if change.status != "A" or not change.mode.startswith("100"))
    return any(kind.match(folders, path) is not None for path in edited for kind in ADDED)


def _is_of_rollout(entry: Entry) -> bool:
    return rests_on_observations(entry) or (isinstance(entry.record, Promotion) and bool(entry.record.rollout))


def _is_read_again(ledger: Ledger, entry: Entry) -> bool:
    """Whether a report names a record, or it depends on what is on another branch."""
    record = entry.record
    if isinstance(record, Promotion):
        receipt = ledger.receipt(entry)
        monitored = record.predicate.get("monitoring"), receipt and receipt.facts.get("monitoring")
        return record.action == "adopt" or any(monitored)
    return isinstance(record, Release) and record.retraining_cause is not None


def unsettles(
    later: Sequence[Commit], entries: Iterable[Entry], at: Callable[[str], Snapshot], folders: Mapping[str, str]
) -> bool:
    """Whether later commits can change what is settled: they change what judges, or begin a rollout."""
    for entry in entries:
        stated = isinstance(entry.record, Decision) and entry.record.type == "policy"
        caused = isinstance(entry.record, Release) and entry.record.retraining_cause is not None
        if stated or caused or _is_of_rollout(entry):
            return True
    return any(_judges(commit, at, folders) or _plans(commit, at, folders) for commit in later)


def _judges(commit: Commit, at: Callable[[str], Snapshot], folders: Mapping[str, str]) -> bool:
    """Whether a commit changes the policy, or a card that a pack judges by."""
    paths = [change.path for change in commit.changes]
    project = at(commit.sha).project
    if project is None or any(is_policy(folders, path) for path in paths):
        return True
    return bool(project.packs) and changes_cards(folders, paths)


def _plans(commit: Commit, at: Callable[[str], Snapshot], folders: Mapping[str, str]) -> bool:
    """Whether a commit changes a desired state that plans a rollout, or is in one."""
    for change in commit.changes:
        parts = desired_state.KIND.match(folders, change.path)
        state = at(commit.sha).state(parts["environment"], parts["model"]) if parts else None
        if state is not None and (state.rollout or state.rolling):
            return True
    return False
