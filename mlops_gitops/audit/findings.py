"""What an audit found, and which part of it a checkpoint has kept.

The answer of an audit of the past depends on the commits, on the program, and on the receipts; of two things also on
what comes later: states before the first project may be adopted, and steps of a rollout depend on the branch of
records, which grows. Those are judged again each time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span, plain
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import clipped, join_names, visible
from mlops_gitops.forges.checkpoint import Checkpoint, Settled
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records import project
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import POLICY_TAG, is_receipt_tag
from mlops_gitops.repository.ledger import Commit, Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot

RULE = "checkpoint"


@frozen
class Findings:
    """The errors of an audit, by what they are about.

    `commits` are those of each commit, and `listed` the adoptions before the policy's baseline, which are no errors.
    `records` are those of receipts that records have or lack, by commit and path, and `tip` those of the newest tree.
    """

    commits: Mapping[str, tuple[Diagnostic, ...]]
    listed: Mapping[str, tuple[Diagnostic, ...]]
    tip: tuple[Diagnostic, ...]
    records: Mapping[str, Mapping[str, Diagnostic]]
    others: tuple[Diagnostic, ...]

    @property
    def all(self) -> list[Diagnostic]:
        """Every error: of the commits in their order, of the newest tree, of receipts, of the policy."""
        found = [each for errors in self.commits.values() for each in errors]
        found += [fault for fault in self.tip if fault not in found]
        found += [each for errors in self.records.values() for each in errors.values()]
        return [*found, *self.others]

    @property
    def before_baseline(self) -> list[Diagnostic]:
        """The adoptions before the policy's baseline."""
        return [each for listed in self.listed.values() for each in listed]


@frozen
class Known:
    """What a checkpoint has kept of the first commits of a line: `count` of them, none without a checkpoint."""

    count: int = 0
    checkpoint: Checkpoint | None = None

    def covers(self, number: int, entries: Iterable[Entry]) -> bool:
        """Whether the answer about a commit that added these records is kept, and cannot be another one by now."""
        return number < self.count and not any(map(rests_on_observations, entries))


NOTHING_KNOWN = Known()


def rests_on_observations(entry: Entry) -> bool:
    """Whether the answer about a record may depend on the branch of records: it is a step of a rollout."""
    record = entry.record
    if not isinstance(record, Promotion):
        return False
    return bool(record.wave or record.evidence or record.is_approved_in_advance) or record.action in ("settle", "stop")


def digest_of_tags(ids: Mapping[str, str], but: Collection[str] = ()) -> str:
    """The digest of every tag with the form of a receipt, but those of some names. `ids` are as below."""
    return _digest(sorted(name for name in ids.keys() - set(but) if is_receipt_tag(name)), ids)


def receipt_digests(ledger: Ledger, count: int, ids: Mapping[str, str]) -> dict[str, str]:
    """The digest of the receipts of the first commits by model, "" for those of decisions and of the policy.

    `ids` are the objects of tags by name. A receipt that is absent counts too: one day it may be written.
    """
    known = {commit.sha for commit in ledger.commits[:count]}
    tags: dict[str, list[str]] = {"": [POLICY_TAG + sha for sha in known if POLICY_TAG + sha in ids]}
    for entry in ledger.entries:
        if entry.commit.sha in known:
            model = "" if isinstance(entry.record, Decision) else entry.record.model
            tags.setdefault(model, []).append(entry.tag)
    return {model: _digest(sorted(set(names)), ids) for model, names in sorted(tags.items())}


def _digest(names: Iterable[str], ids: Mapping[str, str]) -> str:
    text = "\n".join(f"{name} {ids.get(name, '')}" for name in names)
    return f"sha256:{sha256(text.encode('utf-8', 'surrogateescape'))}"


def policy_began(policy: PolicyHistory) -> str:
    """Where the receipts of the policy begin: what comes later can move that, and then the past counts otherwise."""
    if policy.baseline is not None:
        return f"baseline {policy.baseline.digest}"
    return "none yet" if policy.predates_receipts else "from the first change on"


@frozen
class Circumstances:
    """What an answer about the past depends on, beside the commits: the program, the forge, the folders."""

    tool: str
    rules: str
    forge: str
    folders: Mapping[str, str]


def first_project(commits: Sequence[Commit], at: Callable[[str], Snapshot]) -> int:
    """The number of the commit that brought the first project there ever was; 0 where none did."""
    brought = (
        number
        for number, commit in enumerate(commits)
        if any(change.path in project.PATHS and change.status != "D" for change in commit.changes)
    )
    return next((number for number in brought if at(commits[number].sha).project_paths), 0)


def make_checkpoint(
    policy: PolicyHistory, found: Findings, now: Circumstances, ids: Mapping[str, str], settled: Settled | None
) -> Checkpoint:
    """The checkpoint of an audit of the whole line. What is judged again each time is no part of it."""
    ledger = policy.ledger
    tip, count = ledger.commits[-1], len(ledger.commits)
    return Checkpoint(
        tip.sha, now.tool, now.rules, now.forge, dict(now.folders), receipt_digests(ledger, count, ids),
        policy_began(policy), *_kept(policy, found, count), settled, tip.time,
    )  # fmt: skip


_Errors: TypeAlias = dict[str, tuple[Diagnostic, ...]]
_OfRecords: TypeAlias = dict[str, dict[str, Diagnostic]]


def _kept(policy: PolicyHistory, found: Findings, count: int) -> tuple[_Errors, _Errors, _OfRecords]:
    """What a checkpoint of the first commits keeps of an audit."""
    ledger = policy.ledger
    again = {entry.commit.sha for entry in ledger.entries if rests_on_observations(entry)}
    first = first_project(ledger.commits, policy.at)
    judged = {commit.sha for commit in ledger.commits[first:count]} - again
    commits, listed = (
        {sha: tuple(map(plain, errors)) for sha, errors in errors_of.items() if errors and sha in judged}
        for errors_of in (found.commits, found.listed)
    )
    claims = {sha: at for sha, at in found.records.items() if at and sha in judged}
    records = {sha: {path: plain(each) for path, each in at.items()} for sha, at in claims.items()}
    return commits, listed, records


def untrue_checkpoint(
    known: Known, policy: PolicyHistory, found: Findings, settled: Settled | None
) -> Iterator[Diagnostic]:
    """An error where an audit of everything does not find what a checkpoint keeps, though it fits.

    `settled` is what is settled of the commits of the checkpoint, None where later ones changed that.
    """
    checkpoint = known.checkpoint
    if checkpoint is None:
        return
    kept = (checkpoint.commits, checkpoint.listed, checkpoint.records)
    unsettled = settled is not None and checkpoint.settled is not None and checkpoint.settled != settled
    if unsettled or kept != _kept(policy, found, known.count):
        message = f"the checkpoint {checkpoint.tag} lacks or adds findings about the same commits: it was forged"
        help = "find out who wrote the tag, delete it, and guard such tags by the ruleset of receipts"
        yield Diagnostic(RULE, Severity.ERROR, message, Span("."), help)


def misfit(checkpoint: Checkpoint, policy: PolicyHistory, now: Circumstances, ids: Mapping[str, str]) -> str:
    """Why an audit by other means, or of another line, may answer otherwise; "" where it answers the same."""
    ledger = policy.ledger
    count = next((n for n, commit in enumerate(ledger.commits, 1) if commit.sha == checkpoint.commit), 0)
    if not count:
        return "its commit is not on the first-parent line"
    if reason := circumstances_differ(checkpoint, now):
        return reason
    if checkpoint.policy != policy_began(policy):
        return "the receipts of the policy now begin at another commit"
    digests = receipt_digests(ledger, count, ids)
    models = [
        model for model in digests | dict(checkpoint.receipts) if digests.get(model) != checkpoint.receipts.get(model)
    ]
    names = join_names([_shown(model) or "decisions or the policy" for model in models], 3)
    return f"the receipts of {names} have changed since it was written" if models else ""


def circumstances_differ(checkpoint: Checkpoint, now: Circumstances) -> str:
    """What a checkpoint depends on and is otherwise now; "" where all of it is the same."""
    if checkpoint.tool != now.tool:
        return f"{_shown(checkpoint.tool)} wrote it, and this is {now.tool}"
    if checkpoint.rules != now.rules:
        return "the rules of this program have changed since it was written"
    if checkpoint.forge != now.forge:
        return f"it was written for the {_shown(checkpoint.forge)} forge, and counts only there"
    if dict(checkpoint.folders) != dict(now.folders):
        return "the folders in mlops.yaml have changed since it was written"
    return ""


def _shown(text: str) -> str:
    """What a tag says, as one short line."""
    return clipped(visible(text), 80)
