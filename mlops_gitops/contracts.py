"""The doors of the house: what a rule, a reporter, a forge, a command and a checkup are; `instruments` has the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from mlops_gitops.diagnostics import Severity
from mlops_gitops.values import frozen

if TYPE_CHECKING:  # Every command and rule imports this module: what only its signatures name, no start pays for.
    import argparse
    from datetime import date, datetime

    from mlops_gitops.changeset import ChangeSet
    from mlops_gitops.diagnostics import Diagnostic
    from mlops_gitops.errors import Error
    from mlops_gitops.kinds import Kind
    from mlops_gitops.ledger import Ledger
    from mlops_gitops.premises import Answer, Premises
    from mlops_gitops.pulls import Account, Pull, PullRequest, Status
    from mlops_gitops.records.decision import Decision
    from mlops_gitops.records.project import Project
    from mlops_gitops.records.promotion import Promotion
    from mlops_gitops.records.receipt import Receipt
    from mlops_gitops.records.release import Release
    from mlops_gitops.report import Report
    from mlops_gitops.snapshot import Snapshot

_T = TypeVar("_T")


class Scope(IntEnum):
    """What a rule must know to answer: a file and what it names, the tree, the base, the data, or the pull request."""

    FILE = 0
    TREE = 1
    BASE = 2
    DATA = 3
    PULL = 4


@frozen
class Context:
    """What a rule judges: the head tree, the day, and, where its scope has them, the base and the pull request.

    `columns` gives the columns of a data file by path and format, name → type (empty where it is not known), and None
    where the file is not at hand; it raises Undecided where the file cannot be read. `now` is the time in UTC, where it
    is known; `teams` the logins of each team's members, as the forge told them.
    """

    head: Snapshot
    today: date
    base: Snapshot | None = None
    ledger: Ledger | None = None
    changes: Mapping[str, str] = {}  # path → A, M or D, base to head
    pull: Pull | None = None
    at: Callable[[str], Snapshot] | None = None  # the tree of a commit of the base's history
    columns: Callable[[str, str], Mapping[str, str] | None] | None = None
    now: datetime | None = None
    teams: Mapping[str, frozenset[str]] = {}

    @property
    def moment(self) -> datetime:
        """The time that judges, in UTC: `now`, else the first moment of the day, by which the least has passed."""
        from datetime import UTC, datetime

        return self.now or datetime(self.today.year, self.today.month, self.today.day, tzinfo=UTC)

    def added(self, kind: Kind, of: type[_T]) -> list[_T]:
        """The valid records of a kind that are new since the base."""
        paths = sorted(path for path, status in self.changes.items() if status == "A")
        entries = [self.head.entry(path, kind) for path in paths if self.head.index.get(path) is kind]
        return [entry.record for entry in entries if entry and isinstance(entry.record, of)]

    def promotions(self) -> list[Promotion]:
        """The promotion records this change adds."""
        from mlops_gitops.records.promotion import KIND, Promotion

        return self.added(KIND, Promotion)

    def manifests(self) -> list[tuple[Release, Snapshot]]:
        """The manifests this change adds or promotes, each with the tree that introduced it."""
        from mlops_gitops.records.release import KIND, Release

        named = dict.fromkeys((record.model, record.release) for record in self.promotions())
        promoted = [self.head.release(model, version) for model, version in named]
        found = {its.path: its for its in (*self.added(KIND, Release), *promoted) if its}
        return [(its, tree) for its in found.values() if (tree := self.introduced(its))]

    def introduced(self, its: Release) -> Snapshot | None:
        """The tree that introduced a manifest; None where it cannot be had."""
        if self.changes.get(its.path) == "A":
            return self.head
        entry = self.ledger.manifest(its.model, its.version) if self.ledger else None
        return self.at(entry.commit.sha) if entry and self.at else None

    @property
    def policy(self) -> Snapshot:
        """The tree whose mlops.yaml and KPIs judge this change: the base, where it has a project."""
        return self.base if self.base is not None and self.base.project is not None else self.head

    @property
    def project(self) -> Project | None:
        """The project that judges, with the members of its teams as far as they are known."""
        its = self.policy.project
        return its.with_teams(self.teams) if its and self.teams else its

    def decisions(self) -> list[tuple[float, Decision]]:
        """The decisions in force with their place in history: proven ones of the base, then new ones of the head.

        A new one counts here because the approvals of this very change are asked of its role; and where there is no
        base, because whoever judges with one will ask.
        """
        from mlops_gitops.records.decision import KIND, Decision

        if self.base is None:
            return [(float("inf"), its) for its in self.head.whole.decisions() if not its.expired(self.today)]
        standing = self.ledger.decisions(self.today) if self.ledger else []
        old = [(float(e.position), e.record) for e in standing if isinstance(e.record, Decision)]
        new = [d for d in self.added(KIND, Decision) if not d.expired(self.today)]
        return old + [(float("inf"), d) for d in new]

    def override(self, skip: str, record: Promotion) -> Decision | None:
        """The override in force that lets a promotion skip this one thing: order, soak or freeze.

        One that the record rests on comes before others.
        """
        named = {its["path"] for its in record.predicate["decisions"]}
        here = (record.model, record.release, record.environment)
        found = [d for _, d in self.decisions() if d.type == "override" and d.skip == skip and d.covers(*here)]
        return next((d for d in found if d.path in named), found[0] if found else None)


@frozen
class Edit:
    """One edit of the sample repository: `old` replaced by `new` in a file, or in a copy of another file.

    Without `old` the file is made to hold `new`, or removed when that is None too.
    """

    path: str
    old: str | None
    new: str | None
    copy: str | None = None


def _summary(its: Rule | Checkup) -> str:
    """What it asks, in one sentence."""
    return (its.doc or "").strip().partition("\n")[0]


def _explanation(its: Rule | Checkup) -> str:
    """Why it asks, and what to do: paragraphs."""
    return (its.doc or "").strip().partition("\n")[2].strip()


@frozen
class Rule:
    """One policy. Each of `ok` and `bad` is a set of edits of the sample repository: accepted, or found fault with.

    The first line of `doc` says what it asks, the rest why and what to do. The errors of a `waivable` rule can be let
    through by a decision of type waiver; those that keep promotions honest cannot. `severities` are those its findings
    can have, the gravest first. `about` is the part of the catalogue it stands in; by default that of the file its
    first bad example edits. `kinds` names the kinds of file it finds fault in, by default any: a plain tuple of
    strings on a line of its own, since for the rules on one file it is read from the source. The answer of a `standing`
    rule can change without a push: on GitHub it is told by the commit status alone, not by the check run.
    """

    id: str
    doc: str | None
    check: Callable[[Context], Iterator[Diagnostic]]
    scope: Scope = Scope.TREE
    waivable: bool = False
    standing: bool = False
    ok: tuple[tuple[Edit, ...], ...] = ()
    bad: tuple[tuple[Edit, ...], ...] = ()
    severities: tuple[Severity, ...] = (Severity.ERROR,)
    about: str = ""
    kinds: tuple[str, ...] = ()

    summary = property(_summary)
    explanation = property(_explanation)


@frozen
class Reporter:
    """One output format."""

    id: str
    summary: str
    render: Callable[[Report, bool], str]  # (report, colour) → text


class Forge(Protocol):
    """Where pull requests live: a narrow door. Whatever is asked of it may raise Undecided, or Error for its token."""

    @property
    def name(self) -> str:
        """What receipts call it."""

    @property
    def branch(self) -> str:
        """The branch where merging promotes."""

    @property
    def self_declared(self) -> bool:
        """Whether an approval is only what the approver's git configuration says."""

    @property
    def shared(self) -> bool:
        """Whether a status is a commit's, and so that of every pull request of the same head."""

    # ── what is there ──

    def find(self, prefix: str = "", *, ended: bool = False) -> list[PullRequest]:
        """The open pull requests whose branch starts with `prefix`, oldest first; with `ended` the others too.

        Their heads are fetched. Reviews, writers and pushes are only what `read` gives.
        """

    def unreadable(self) -> Mapping[str, Error]:
        """What lies where pull requests are kept and cannot be read as one: its name, and why. `find` leaves it out."""

    def of(self, branch: str) -> list[PullRequest]:
        """Every pull request of exactly this branch, oldest first."""

    def read(self, number: int) -> PullRequest | None:
        """One pull request with its reviews, writers and pushes, its head fetched; None where there is none.

        Raises Undecided where what lies there cannot be read as one.
        """

    def with_statuses(self, pull: PullRequest) -> PullRequest:
        """The same with what checks said of it, as far as the forge keeps that, the newest last."""

    def brought(self, commits: Sequence[str]) -> dict[str, PullRequest]:
        """For each commit of the branch's first-parent line that a merge put there: its pull request, as `read`."""

    def branches_at(self, commit: str) -> list[str]:
        """The branches of the repository itself whose head is this commit."""

    def members(self, team: str) -> frozenset[str]:
        """The logins of a team."""

    def me(self) -> str:
        """The login of the account that asks the forge, an App's with `[bot]` at its end; "" where none is needed."""

    def authors(self, commits: Sequence[str]) -> Mapping[str, str]:
        """The logins of those who wrote commits, co-authors too, by address in small letters, as the forge knows."""

    def runners(self, run: str) -> frozenset[Account]:
        """Who started a job, and who started it again."""

    # ── what is written ──

    def write(self, change: ChangeSet, base: str, old: str) -> str:
        """One commit on `base` as the change's branch, in place of `old` ("" for a new branch); returns the head."""

    def open(self, change: ChangeSet, head: str) -> PullRequest:
        """A pull request of a branch that is there."""

    def describe(self, pull: PullRequest, change: ChangeSet) -> PullRequest:
        """The pull request with the change's title, body, labels and reviewers, of the head it names."""

    def status(self, pull: PullRequest, status: Status) -> None:
        """Records what a check said of a head."""

    def comment(self, pull: PullRequest, text: str) -> None:
        """Explains it in one comment that is edited in place."""

    def close(self, pull: PullRequest, comment: str) -> None:
        """Closes without merging."""

    def merge(self, pull: PullRequest, how: str, by: str) -> PullRequest:
        """Merges exactly the head it names: merge, squash or rebase. Raises Refused on a conflict."""

    def tag(self, receipts: Sequence[Receipt]) -> dict[str, str]:
        """Writes receipts, and returns why each that could not be written was not."""

    def announce(self, promoted: Sequence[Receipt], fault: str) -> list[str]:
        """Tells of receipts of promotions, once each, and of what stands unapproved ("" for nothing).

        Returns what could not be told, in sentences.
        """


@frozen
class Command:
    """One command of the command line."""

    name: str
    summary: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Report]


@frozen
class Case:
    """A set of edits of a sound repository and of its settings, by the route of their fields (`repository.private`)."""

    edits: tuple[Edit, ...] = ()
    settings: Mapping[str, Any] = {}
    local: bool = False  # its remote is a folder


@frozen
class Checkup:
    """One question of `doctor`: answers of which at least one is there, whatever it finds.

    It finds fault with each case of `bad` and none with those of `ok`; those of `unsure` it cannot tell.
    """

    id: str
    doc: str | None
    ask: Callable[[Premises], Iterator[Answer]]
    ok: tuple[Case, ...] = ()
    bad: tuple[Case, ...] = ()
    unsure: tuple[Case, ...] = ()

    summary = property(_summary)
    explanation = property(_explanation)
