"""A branch's first-parent history, replayed: every guarded change is explained by a record that re-derives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from mlops_gitops.audit.findings import NOTHING_KNOWN, Findings, Known, first_project
from mlops_gitops.audit.policy_findings import policy_findings
from mlops_gitops.audit.record_findings import entry_findings, stray_receipts
from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pipelines import dvc_places
from mlops_gitops.policy.guarded_paths import paths_of_targets
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.policy.suppressions import apply_waivers
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records import decision, desired_state
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.entry import name_faults
from mlops_gitops.repository.ledger import Commit, Entry, Ledger
from mlops_gitops.repository.snapshot import KINDS, Snapshot


def audit(
    commits: Sequence[Commit],
    policy: PolicyHistory,
    folders: Mapping[str, str],
    other_tags: Iterable[str] = (),
    *,
    follow: Callable[[Iterable[Commit]], Iterable[Commit]] = iter,
    known: Known = NOTHING_KNOWN,
) -> Findings:
    """Every fault of the history, each naming its commit, of the tip, and of the receipts.

    `other_tags` are tags that are not annotated. `follow` gives the commits, and has the tree of each at hand for
    `policy.at` by then. What is `known` by a checkpoint is not judged again.
    """
    ledger, at, lightweight = policy.ledger, policy.at, frozenset(other_tags)
    rules = history_rules()
    found: dict[str, tuple[Diagnostic, ...]] = {}
    listed: dict[str, tuple[Diagnostic, ...]] = {}
    records: dict[str, dict[str, Diagnostic]] = {}
    line = frozenset(commit.sha for commit in commits)
    added = Counter(entry.commit.sha for entry in ledger.entries)
    position, begun = 0, first_project(commits, at)
    targets: dict[tuple[str, str], frozenset[str]] = {}  # the files of targets, by environment and model
    for number, commit in enumerate(follow(commits)):
        first, position = position, position + added[commit.sha]
        entries = ledger.entries[first:position]
        if known.checkpoint and number >= begun and known.covers(number, entries):
            found[commit.sha] = known.checkpoint.commits.get(commit.sha, ())
            listed[commit.sha] = known.checkpoint.listed.get(commit.sha, ())
            records[commit.sha] = dict(known.checkpoint.records.get(commit.sha, {}))
            continue
        if 0 < number <= known.count:  # what was not replayed is read from the tree before this one
            targets = _all_targets(at(commits[number - 1].sha))
        changed = {change.path for change in commit.changes}
        targeted = {pair for pair, paths in targets.items() if not paths.isdisjoint(changed)}
        if not targeted and not any(_is_ours(folders, path) for path in changed):
            continue
        replayed = commit_findings(commit, ledger.until(first), at, rules, targeted)
        targets |= _targets(at(commit.sha), changed)
        if number < begun:
            replayed = _without_adopted(replayed, ledger, first, at(commit.sha))
        errors = _errors(commit, list(replayed), policy, entries)
        allowed = {"adoption"} if policy.precedes_baseline(commit) else set()
        found[commit.sha] = tuple(error for error in errors if error.rule not in allowed)
        listed[commit.sha] = tuple(error for error in errors if error.rule in allowed)
        records[commit.sha] = _claims(policy, entries, line, lightweight)
    tip = tip_findings(at(commits[-1].sha), commits[-1]) if commits else ()
    return Findings(found, listed, tip, records, (*stray_receipts(ledger), *policy_findings(policy, lightweight)))


def audit_later(
    later: Sequence[Commit],
    policy: PolicyHistory,
    added: Callable[[Commit], tuple[int, Sequence[Entry]]],
    targets: Mapping[tuple[str, str], frozenset[str]],
    line: frozenset[str],
    lightweight: frozenset[str],
) -> Findings:
    """The faults of the last commits of a line that change no policy, by a ledger that is read by model.

    `added` gives the position of a commit in the ledger, and the entries that it added; `targets` the files of the
    targets before them, by environment and model.
    """
    ledger, at, rules, now = policy.ledger, policy.at, history_rules(), dict(targets)
    found: dict[str, tuple[Diagnostic, ...]] = {}
    records: dict[str, dict[str, Diagnostic]] = {}
    for commit in later:
        changed = {change.path for change in commit.changes}
        targeted = {pair for pair, paths in now.items() if not paths.isdisjoint(changed)}
        folders = at(commit.sha).folders
        if not targeted and not any(_is_ours(folders, path) for path in changed):
            continue
        first, entries = added(commit)
        replayed = list(commit_findings(commit, ledger.until(first), at, rules, targeted))
        now |= _targets(at(commit.sha), changed)
        found[commit.sha] = tuple(_errors(commit, replayed, policy, entries))
        records[commit.sha] = _claims(policy, entries, line, lightweight)
    return Findings(found, {}, (), records, ())


def _errors(
    commit: Commit, replayed: Sequence[Diagnostic], policy: PolicyHistory, entries: Iterable[Entry]
) -> list[Diagnostic]:
    """The errors of a commit, those of the time of its merge too, each naming it."""
    return [_at_commit(commit, each) for each in _with_untimely(replayed, policy.ledger, entries, policy.at)]


def _claims(
    policy: PolicyHistory, entries: Iterable[Entry], line: frozenset[str], lightweight: frozenset[str]
) -> dict[str, Diagnostic]:
    """What is wrong with the receipts of the entries of a commit, by path."""
    claims = (fault for entry in entries for fault in entry_findings(policy, entry, line, lightweight))
    return {claim.span.path: claim for claim in claims}


def history_rules() -> list[Rule]:
    """The rules that judge a change against its base, with nothing but the history, and that find errors."""
    found = (rule for rule in plugins.all_of("policy.rules", "RULE") if rule.scope is Scope.BASE)
    return [rule for rule in found if Severity.ERROR in rule.severities]


def _is_ours(folders: Mapping[str, str], path: str) -> bool:
    return any(kind.match(folders, path) is not None for kind in KINDS)


def _targets(head: Snapshot, changed: Iterable[str]) -> dict[tuple[str, str], frozenset[str]]:
    """The files of the targets that changed desired states name now, by environment and model."""
    found = {}
    for path in changed:
        parts = desired_state.KIND.match(head.folders, path)
        if parts is not None:
            state = head.state(parts["environment"], parts["model"])
            found[parts["environment"], parts["model"]] = paths_of_targets(state) if state else frozenset[str]()
    return found


def _all_targets(tree: Snapshot) -> dict[tuple[str, str], frozenset[str]]:
    """The files of the targets of every desired state of a tree."""
    return {(state.environment, state.model): paths_of_targets(state) for state in tree.states()}


def commit_findings(
    commit: Commit,
    before: Ledger,
    at: Callable[[str], Snapshot],
    rules: Sequence[Rule],
    targeted: Collection[tuple[str, str]] | None,
) -> Iterator[Diagnostic]:
    """The errors of one commit, by the ledger `before` it. `targeted` are as in `Context`."""
    head = at(commit.sha)
    base = at(commit.parent) if commit.parent else Snapshot(Overlay({}))
    changes = {change.path: change.status for change in commit.changes}
    context = Context(head, commit.day, base, before, changes, at=at, targeted=targeted)
    if base.project is not None and head.project is None:
        fault = head.project_fault or f"{base.project.path} was removed"
        yield head.project_document.problem("project-file", f"{fault}: nothing says any more what judges")
    findings = (found for rule in rules for found in rule.check(context))
    yield from (found for found in apply_waivers(context, findings, rules) if found.severity is Severity.ERROR)
    for path in sorted(changes):
        kind = head.kind_at(path)
        entry = head.entry(path, kind) if kind and kind.folder in _RECORDED else None
        yield from (*entry.problems, *name_faults(entry)) if entry else ()


TIMED = ("freeze", "soak", "adoption", "wave-hold", "wave-evidence")  # the rules that depend on the time


def _with_untimely(
    replayed: Sequence[Diagnostic], ledger: Ledger, entries: Iterable[Entry], at: Callable[[str], Snapshot]
) -> Iterator[Diagnostic]:
    """The findings of a commit, then those of the time at which its records were merged."""
    yield from replayed
    for entry in entries:
        yield from untimely_findings(ledger, entry, at, replayed)


def untimely_findings(
    ledger: Ledger, entry: Entry, at: Callable[[str], Snapshot], known: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """What a promotion was merged into: a freeze or a soak without an override, a day on which nothing is adopted.

    By the policy before its merge, at the time its receipt says the forge merged it; less what is `known` anyway.
    """
    receipt = ledger.receipt(entry)
    if not isinstance(entry.record, Promotion) or receipt is None:
        return
    if receipt.merged_at is None or entry.commit.parent is None:
        return
    brought = {change.path for change in entry.commit.changes if change.status == "A"}
    head, base, before = at(entry.commit.sha), at(entry.commit.parent), ledger.until(entry.position)
    decisions = {path for path in brought if decision.KIND.match(head.folders, path) is not None}
    changes = dict.fromkeys((entry.record.path, *decisions), "A")
    context = Context(head, receipt.merged_at.date(), base, before, changes, at=at, now=receipt.merged_at)
    for rule in (rule for rule in plugins.all_of("policy.rules", "RULE") if rule.id in TIMED):
        for finding in (finding for finding in rule.check(context) if finding not in known):
            merged = f"{entry.record.path} was merged on {receipt.merged_at:%Y-%m-%d %H:%M} UTC"
            yield replace(finding, message=f"{merged}, when {finding.message}")


def _without_adopted(
    findings: Iterable[Diagnostic], ledger: Ledger, position: int, head: Snapshot
) -> Iterator[Diagnostic]:
    """The findings of a commit before the first project, without states that were adopted later."""
    return (finding for finding in findings if not _adopted_later(finding, ledger, position, head))


def _adopted_later(found: Diagnostic, ledger: Ledger, position: int, head: Snapshot) -> bool:
    """Whether a state is what its first record later adopted. For commits before the first project alone."""
    parts = desired_state.KIND.match(head.folders, found.span.path)
    if found.rule != "explained-change" or parts is None:
        return False
    chain = ledger.chain(parts["environment"], parts["model"])
    first = chain[0] if chain and chain[0].position >= position else None
    state = head.state(parts["environment"], parts["model"])
    if first is None or state is None or not isinstance(first.record, Promotion):
        return False
    return first.record.action == "adopt" and first.record.release == state.release


_RECORDED = ("releases", "environments", "promotions", "decisions")


_AT_THE_TIP = (
    "state-record", "names-agree", "unexpected-file", "path-spelling", "target-rendered", "target-schema"
)  # fmt: skip


def tip_findings(head: Snapshot, commit: Commit) -> tuple[Diagnostic, ...]:
    """What the last tree alone shows: a state no record explains, a file nothing reads."""
    rules = (rule for rule in plugins.all_of("policy.rules", "RULE") if rule.id in _AT_THE_TIP)
    return tuple(_at_commit(commit, found) for rule in rules for found in rule.check(Context(head, commit.day)))


def _at_commit(commit: Commit, found: Diagnostic) -> Diagnostic:
    return replace(found, message=f"commit {commit.sha[:10]}: {found.message}", help="")


def tracked_settings_notes(commits: Iterable[Commit]) -> Iterator[str]:
    """A sentence for each commit that makes git track DVC's settings for one machine. Those settings never count."""
    for commit in commits:
        for path, reason in dvc_places.faults(("", change.path) for change in commit.changes if change.status != "D"):
            yield f"commit {commit.sha[:10]}: {path}: {reason}"


def promotion_entries(ledger: Ledger) -> list[tuple[Entry, Promotion]]:
    """Every promotion record with its entry."""
    return [(entry, entry.record) for entry in ledger.entries if isinstance(entry.record, Promotion)]
