"""Whether a branch's policy is proven: which commits changed it, what their receipts prove, and what restates it.

The policy is proven until a change has no receipt that shows its approvals. From then on nothing but a decision of type
`policy` proves it again: an approved later change is a change of a policy that nobody approved, and so is pushing the
old bytes again. What came before the first valid project judged nothing; that file, and all it came with, needs no
approvals.

A repository whose promotions have receipts while no change of its policy has one is older than these receipts. Its
first decision of type `policy` is its baseline: what came before is listed, and no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.promotion.policy_approvals import (
    approvals_by_file,
    approvals_to_state,
    bytes_differ,
    cards_taken_back,
    highest_counts,
)
from mlops_gitops.records import card, desired_state, project, promotion, receipt
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import POLICY_TAG, Receipt
from mlops_gitops.records.release import Release
from mlops_gitops.repository.approvals import Demand, required, required_of_release, unmet_by_names
from mlops_gitops.repository.ledger import Commit, Entry, Ledger, Record
from mlops_gitops.repository.policy_files import digest_of, is_stated
from mlops_gitops.repository.rollout_plans import changed_plans, plan_files
from mlops_gitops.repository.running_rollout import running_rollout
from mlops_gitops.repository.snapshot import Snapshot

Fault: TypeAlias = tuple[str, bool]  # a sentence, and whether the fact is unknown rather than wrong


@frozen
class PolicyChange:
    """A first-parent commit that changes files of the policy."""

    commit: Commit
    files: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The name of its receipt."""
        return POLICY_TAG + self.commit.sha

    @property
    def path(self) -> str:
        """The file that messages name: the project where it is among them, else the first."""
        return next((path for path in project.PATHS if path in self.files), self.files[0])


@frozen
class PolicyState:
    """How far the policy of a tree is proven.

    `since` is the commit that left it unproven, None where it is proven, and `proven` the last one whose policy was
    proven, "" for none.
    """

    unproven_since: Commit | None = None
    last_proven_commit: str = ""


@frozen
class PolicyHistory:
    """The changes of the policy along a branch, by its ledger; `at` gives the tree of a commit of it."""

    ledger: Ledger
    at: Callable[[str], Snapshot]

    # ── what changed ──

    @cached_property
    def changes(self) -> tuple[PolicyChange, ...]:
        """Every commit that changes the policy, oldest first, from the one that brings a valid project on."""
        return tuple(self._changes())

    def _changes(self) -> Iterator[PolicyChange]:
        folders: Mapping[str, str] = project.default_folders()
        begun = governed = False
        for commit in self.ledger.commits:
            before = folders
            lowered = self._cards_taken_back(commit, before) if governed else ()
            if any(change.path in project.PATHS for change in commit.changes):
                begun = begun or self.at(commit.sha).project is not None
                folders = self.at(commit.sha).folders  # KPIs lie where the project says, before and after
                after = self.at(commit.sha).project
                governed = after is not None and bool(after.packs)
            paths = sorted(change.path for change in commit.changes)
            ruling = (folders,) if folders is before else (before, folders)
            stated = (path for path in paths if any(is_stated(each, path) for each in ruling))
            files = tuple(sorted({*stated, *lowered, *self._plans_changed(commit)}))
            if begun and files:
                yield PolicyChange(commit, files)

    def _cards_taken_back(self, commit: Commit, folders: Mapping[str, str]) -> Iterable[str]:
        """The cards whose risk class or flags a commit takes back: changes of the policy where packs judge by them."""
        touched = any(card.KIND.match(folders, change.path) is not None for change in commit.changes)
        if not touched or commit.parent is None:
            return ()
        return cards_taken_back(self.at(commit.parent), self.at(commit.sha))

    def _plans_changed(self, commit: Commit) -> Iterable[str]:
        """The desired states and rosters of a rollout that a commit changes."""
        paths = [change.path for change in commit.changes]
        if commit.parent is None or self.plan_files.isdisjoint(paths):
            return ()
        return changed_plans(self.at(commit.parent), self.at(commit.sha), paths)

    @cached_property
    def plan_files(self) -> frozenset[str]:
        """Every file that plans a rollout: at the tip, where a record opened one, and where one ended."""
        commits = self.ledger.commits
        if not commits:
            return frozenset()
        tip = self.at(commits[-1].sha)
        opened = [e.commit.sha for e in self.ledger.entries if isinstance(e.record, Promotion) and e.record.rollout]
        ended = [commit.parent for commit in commits if commit.parent and _edits_state(commit, tip.folders)]
        trees = [tip, *map(self.at, (*opened, *ended))]
        return frozenset(path for tree in trees for path in plan_files(tree))

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {commit.sha: n for n, commit in enumerate(self.ledger.commits)}

    @cached_property
    def _order(self) -> Mapping[str, int]:
        return {change.commit.sha: n for n, change in enumerate(self.changes)}

    def receipt(self, change: PolicyChange) -> Receipt | None:
        """The receipt of a change; None where the tag is of another commit or of other files."""
        found = self.ledger.receipts.get(change.tag)
        if found is None or {found.target, found.commit} != {change.commit.sha}:
            return None
        return found if found.facts.get("files") == list(change.files) else None

    # ── where it begins ──

    @cached_property
    def baseline(self) -> Entry | None:
        """The first decision that proves the policy, where no receipt of the policy precedes it."""
        first = next(filter(self._proves, self.ledger.entries), None)
        if first is None or any(self.receipt(change) for change in self.changes if self._is_by(change.commit, first)):
            return None
        return first

    @cached_property
    def predates_receipts(self) -> bool:
        """Whether this repository has receipts, none of them of the policy, and no baseline yet."""
        if not self.changes or self.baseline or any(map(self.receipt, self.changes)):
            return False
        return any(map(self.ledger.receipt, self.ledger.entries))

    def precedes_baseline(self, commit: Commit) -> bool:
        """Whether a commit is the baseline's, or comes before it."""
        return self.baseline is not None and self._is_by(commit, self.baseline)

    def changes_without_receipt(self) -> list[PolicyChange]:
        """The changes that a receipt is owed: none before there is a baseline, where one is wanted."""
        changes = () if self.predates_receipts else self.changes
        return [
            change for change in changes if self.receipt(change) is None and not self.precedes_baseline(change.commit)
        ]

    def _is_by(self, commit: Commit, entry: Entry) -> bool:
        return self._places[commit.sha] <= self._places[entry.commit.sha]

    def _proves(self, entry: Entry) -> bool:
        """Whether an entry is an approved decision that states the policy of the very tree it came with."""
        if not isinstance(entry.record, Decision) or entry.record.type != "policy" or not self.ledger.proven(entry):
            return False
        return entry.record.policy == digest_of(self.at(entry.commit.sha))

    # ── what is proven ──

    def state(self, commit: str | None) -> PolicyState:
        """Whether the policy of a commit's tree is proven. No commit has no policy, which counts as proven."""
        return self._states.get(commit or "", PolicyState())

    def tip_state(self) -> PolicyState:
        """The same of the newest commit."""
        return self.state(self.ledger.commits[-1].sha if self.ledger.commits else None)

    @cached_property
    def _states(self) -> dict[str, PolicyState]:
        changes = {change.commit.sha: change for change in self.changes}
        proving = {entry.commit.sha for entry in self.ledger.entries if self._proves(entry)}
        found: dict[str, PolicyState] = {}
        state = PolicyState()
        for commit in self.ledger.commits:
            if commit.sha in changes:
                state = self._after(changes[commit.sha], state, found)
            if commit.sha in proving:
                state = PolicyState(None, commit.sha)
            found[commit.sha] = state
        return found

    def _after(self, change: PolicyChange, before: PolicyState, found: Mapping[str, PolicyState]) -> PolicyState:
        if self.predates_receipts or self.precedes_baseline(change.commit) or self.approval_fault(change) is not None:
            return PolicyState(before.unproven_since or change.commit, before.last_proven_commit)
        start = found.get(self._base(change) or "", PolicyState())
        return PolicyState(
            start.unproven_since, start.last_proven_commit if start.unproven_since else change.commit.sha
        )

    def approval_fault(self, change: PolicyChange) -> Fault | None:
        """Why the receipt of a change does not prove its approvals; None where it does."""
        if change.tag not in self._faults:
            self._faults[change.tag] = self._fault(change)
        return self._faults[change.tag]

    @cached_property
    def _faults(self) -> dict[str, Fault | None]:
        return {}

    def _fault(self, change: PolicyChange) -> Fault | None:
        where = f"this change of {', '.join(change.files)}"
        found = self.ledger.receipts.get(change.tag)
        if found is None:
            return f"{where} has no receipt {change.tag}: its approvals are unproven", True
        if self.receipt(change) is None or found.digest != digest_of(self.at(change.commit.sha)):
            return f"the receipt {change.tag} is not of {where}, or not of the policy after it", False
        if found.approved == receipt.UNMET:
            return f"{where} was merged without the approvals it needed", False
        if found.approved != receipt.MET:
            return f"{where} came with approvals that are unproven", True
        if found.forge != self.ledger.forge:
            return f"the receipt {change.tag} is of the {found.forge} forge, and counts only there", True
        return self._claim(change, found)

    def _claim(self, change: PolicyChange, found: Receipt) -> Fault | None:
        """Whether people of the roles could have given the approvals that a receipt says were given."""
        wanted = self.change_demands(self._base(change), change)
        if wanted is None:
            return f"nothing on the base says which approvals {change.tag} needs", False
        writers = self.ledger.writers(change.commit)
        unmet = unmet_by_names(wanted, found.facts.get("approvals", []), writers)
        return (f"the receipt {change.tag} says approvals were met, but {unmet}", False) if unmet else None

    def _base(self, change: PolicyChange) -> str | None:
        """The commit before a change's pull request: a rebase brings several changes one after the other."""
        place = self._order[change.commit.sha]
        while place and self._one_pull(self.changes[place - 1], change):
            place -= 1
        return self.changes[place].commit.parent

    def _one_pull(self, first: PolicyChange, second: PolicyChange) -> bool:
        numbers = [found.facts.get("pull_request") if found else None for found in map(self.receipt, (first, second))]
        return numbers[0] is not None and numbers[0] == numbers[1] and not self.precedes_baseline(first.commit)

    # ── who approves ──

    def change_demands(self, base: str | None, change: PolicyChange) -> list[Demand] | None:
        """The approvals that all policy changes of a pull request need, up to a commit; None where they are unknown.

        `base` is the commit before the pull request, by whose policy it is judged.
        """
        place = -1 if base is None else self._places.get(base)
        if place is None or (base is None and change.commit.parent is not None):
            return None  # it is not of this line
        if base is None or place < self._places[self.changes[0].commit.sha]:
            return []
        before, after = self.at(base), self.at(change.commit.sha)
        if before.project is None:
            return None
        until = self.changes[: self._order[change.commit.sha] + 1]
        brought = [earlier for earlier in until if self._is_after(earlier, place)]
        differing = {path for earlier in brought for path in earlier.files if bytes_differ(before, after, path)}
        needed = approvals_by_file(before, after, before.project, differing)
        # A card is judged where packs judged by it; older receipts know nothing of cards.
        cards = set(cards_taken_back(before, after)) - differing
        wanted = (approvals for path, approvals in needed.items() if approvals and path not in cards)
        return [Demand(before.project, approvals) for approvals in wanted]

    def _is_after(self, change: PolicyChange, place: int) -> bool:
        return self._places[change.commit.sha] > place

    def record_demands(self, record: Record, base: str) -> list[Demand] | None:
        """The approvals of a record by the policy of a commit; None where it is unknown.

        A decision that states an unproven policy needs those of the last proven one too. Otherwise somebody who pushes
        a policy that needs no approvals could state it alone. A release of a retraining needs those who decide on it.
        """
        before = self.at(base)
        judge = before.project
        needs = self._needs(record, before)
        if judge is None or needs is None:
            return None
        if not isinstance(record, Decision) or record.type != "policy":
            return [Demand(judge, needs)]
        on_base = Demand(judge, highest_counts(needs, approvals_to_state(before, judge)))
        return [on_base, *self.last_proven_demands(base)]

    def _wave_approvals(self, record: Promotion) -> Mapping[str, int] | None:
        """The approvals of the step into a wave, by what its rollout's opening digested, and those that it says."""
        running = running_rollout(self.ledger, self.at, record.environment, record.model, record.sequence)
        wave = running.rollout.wave(record.wave) if running and running.rollout else None
        return highest_counts(wave.approvals, record.approvals) if wave else None

    def _needs(self, record: Record, before: Snapshot) -> Mapping[str, int] | None:
        """Role → how many of its members approve a record, by the tree before it; None where it is unknown."""
        if isinstance(record, Release):
            return required_of_release(record, before)
        if isinstance(record, Promotion) and record.action == "advance":
            return self._wave_approvals(record)
        return required(record, before.project)

    def last_proven_demands(self, base: str) -> Iterator[Demand]:
        """The approvals, by the last proven policy, of a decision that states an unproven one; none without one."""
        state = self.state(base)
        proven = state.last_proven_commit or self._judged_last()
        last = self.at(proven) if state.unproven_since and proven else None
        if last is not None and last.project is not None:
            yield Demand(last.project, approvals_to_state(last, last.project))

    def _judged_last(self) -> str:
        """The commit whose policy the newest approved promotion was judged by, "" for none.

        In a repository older than these receipts nothing else shows what people agreed to.
        """
        found = (e for e in reversed(self.ledger.entries) if isinstance(e.record, Promotion) and self.ledger.proven(e))
        return next((e.commit.parent for e in found if e.commit.parent and self.at(e.commit.parent).project), "")

    # ── what it judged ──

    @cached_property
    def judged_unproven(self) -> tuple[tuple[Entry, Commit], ...]:
        """Each record that needs approvals and that an unproven policy judged, and the commit that left it so."""
        return tuple(self._find_judged_unproven())

    def _find_judged_unproven(self) -> Iterator[tuple[Entry, Commit]]:
        for entry in () if self.predates_receipts else self.ledger.entries:
            since = self.state(entry.commit.parent).unproven_since
            if since is not None and not self.precedes_baseline(entry.commit) and _is_judged(entry.record):
                yield entry, since

    def is_resolved(self, change: PolicyChange) -> bool:
        """Whether a change left the policy unproven until it was proven again, and judged nothing in between."""
        since = self.state(change.commit.sha).unproven_since
        judged = {commit.sha for _, commit in self.judged_unproven}
        tip = self.tip_state().unproven_since
        return since is None or (since.sha not in judged and (tip is None or tip.sha != since.sha))


def _edits_state(commit: Commit, folders: Mapping[str, str]) -> bool:
    """Whether a commit changes a desired state without a record about it: with one it is not by hand."""
    paths = [change.path for change in commit.changes]
    within = desired_state.KIND.top(folders) + "/"
    found = [desired_state.KIND.match(folders, path) for path in paths if path.startswith(within)]
    states = {(parts["environment"], parts["model"]) for parts in found if parts}
    if not states:
        return False
    recorded = [promotion.KIND.match(folders, path) for path in paths]
    return not states <= {(parts["environment"], parts["model"]) for parts in recorded if parts}


def _is_judged(record: Record) -> bool:
    if isinstance(record, Release):
        return record.retraining_cause is not None
    return isinstance(record, Promotion) or (record.relaxes and record.type != "policy")


def how_to_state(policy: PolicyHistory) -> str:
    """What states the policy of a line's tip, in half a sentence."""
    tip = digest_of(policy.at(policy.ledger.commits[-1].sha))
    return f'state it in a decision of type policy with the subject {{policy: "{tip}"}}, and let its roles approve that'
