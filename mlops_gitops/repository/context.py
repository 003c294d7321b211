"""What a rule judges: a tree, the base and its history, the day, the pull request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Kept

if TYPE_CHECKING:
    from datetime import date, datetime

    from mlops_gitops.core.diagnostics import Diagnostic
    from mlops_gitops.documents.kind import Kind
    from mlops_gitops.measurement.results import Measurement
    from mlops_gitops.records.decision import Decision
    from mlops_gitops.records.kpis import DataSet, Kpi
    from mlops_gitops.records.project import Project
    from mlops_gitops.records.promotion import Promotion
    from mlops_gitops.records.release import Release
    from mlops_gitops.repository.ledger import Ledger
    from mlops_gitops.repository.pull_facts import Pull
    from mlops_gitops.repository.snapshot import Snapshot


_T = TypeVar("_T")
_kept: Kept[tuple[Diagnostic, ...]] = Kept(20_000)  # of rules and manifests


@frozen
class Context:
    """What a rule judges: the head tree, the day, and, where its scope has them, the base and the pull request.

    `columns` gives the columns of a data file by path and format, name → type (empty where it is not known), and None
    where the file is not at hand; it raises Undecided where the file cannot be read. `measured` gives the measurements
    of KPIs on a data set at hand, by their ids; none where they take more than a moment. `now` is the time in UTC,
    where it is known; `teams` the logins of each team's members, as the forge lists them. `targeted` are the pairs of
    environment and model whose target files differ from the base, where that is known beforehand; None for any.
    `paths` are all files that differ from the base, ours or not; None where that is not known.
    """

    head: Snapshot
    today: date
    base: Snapshot | None = None
    ledger: Ledger | None = None
    changes: Mapping[str, str] = {}  # path → A, M or D, base to head
    pull: Pull | None = None
    at: Callable[[str], Snapshot] | None = None  # the tree of a commit of the base's history
    columns: Callable[[str, str], Mapping[str, str] | None] | None = None
    measured: Callable[[DataSet, Sequence[Kpi]], Mapping[str, Measurement]] | None = None
    now: datetime | None = None
    teams: Mapping[str, frozenset[str]] = {}
    targeted: Collection[tuple[str, str]] | None = None
    paths: frozenset[str] | None = None

    @property
    def moment(self) -> datetime:
        """The time that judges, in UTC: `now`, else the first moment of the day, by which the least has passed."""
        from datetime import UTC, datetime

        return self.now or datetime(self.today.year, self.today.month, self.today.day, tzinfo=UTC)

    @cached_property
    def _added(self) -> Mapping[str, Sequence[Any]]:
        """The records that `added` gives, by the name of their kind: nearly every rule asks for them."""
        found: dict[str, list[Any]] = {}
        for path in sorted(path for path, status in self.changes.items() if status == "A"):
            kind = self.head.kind_at(path)
            entry = self.head.entry(path, kind) if kind else None
            if kind and entry and not entry.disagreements and entry.record is not None:
                found.setdefault(kind.name, []).append(entry.record)
        return found

    def added(self, kind: Kind, record_type: type[_T]) -> list[_T]:
        """The valid records of a kind that are new since the base, where they belong: no history reads others."""
        return [record for record in self._added.get(kind.name, ()) if isinstance(record, record_type)]

    def promotions(self) -> Sequence[Promotion]:
        """The promotion records this change adds."""
        return self._added.get("Promotion", ())

    def manifests(self) -> Sequence[tuple[Release, Snapshot]]:
        """The manifests this change adds or promotes, each with the tree that introduced it."""
        return self._manifests

    @cached_property
    def _manifests(self) -> Sequence[tuple[Release, Snapshot]]:
        from mlops_gitops.records.release import KIND, Release

        named = dict.fromkeys((record.model, record.release) for record in self.promotions())
        promoted = [self.head.release(model, version) for model, version in named]
        releases = {release.path: release for release in (*self.added(KIND, Release), *promoted) if release}
        return tuple((release, tree) for release in releases.values() if (tree := self.introduced(release)))

    def manifest_findings(
        self, rule: str, manifest: Release, tree: Snapshot, other: Hashable, find: Callable[[], Iterable[Diagnostic]]
    ) -> tuple[Diagnostic, ...]:
        """What `find` finds of a manifest and the tree that introduced it.

        They are looked at once: each promotion of a release brings both again. `other` is what else it depends on.
        """
        identities = (self.head.tree.identity(manifest.path), tree.tree.identity(""))
        key = (rule, manifest.path, *identities, other)
        found = _kept.get(key) if all(identities) else None
        if found is None:
            found = tuple(find())
            return _kept.add(key, found) if all(identities) else found
        return found

    def released_files(self) -> frozenset[str]:
        """The cards and KPIs that the manifests of this change pin."""
        from mlops_gitops.records.release import KIND, Release

        return frozenset(pin.path for release in self.added(KIND, Release) for pin in (release.card, release.kpis))

    def introduced(self, release: Release) -> Snapshot | None:
        """The tree that introduced a manifest; None where it cannot be had."""
        if self.changes.get(release.path) == "A":
            return self.head
        entry = self.ledger.manifest(release.model, release.version) if self.ledger else None
        return self.at(entry.commit.sha) if entry and self.at else None

    @property
    def policy(self) -> Snapshot:
        """The tree whose mlops.yaml and KPIs judge this change: the base, where it has a project."""
        return self.base if self.base is not None and self.base.project is not None else self.head

    @property
    def project(self) -> Project | None:
        """The project that judges, with the members of its teams as far as they are known."""
        project = self.policy.project
        return project.with_teams(self.teams) if project and self.teams else project

    def decisions(self) -> list[tuple[float, Decision]]:
        """The decisions in force with their place in history: proven ones of the base, then new ones of the head.

        A new one counts here because the approvals of this very change are asked of its role; and where there is no
        base, because the check with one asks.
        """
        from mlops_gitops.records.decision import KIND, Decision

        if self.base is None:
            return [(float("inf"), d) for d in self.head.whole.decisions() if not d.expired(self.today)]
        standing = self.ledger.decisions(self.today) if self.ledger else []
        old = [(float(e.position), e.record) for e in standing if isinstance(e.record, Decision)]
        new = [d for d in self.added(KIND, Decision) if not d.expired(self.today)]
        return old + [(float("inf"), d) for d in new]

    def overrides(self, skip: str, record: Promotion) -> list[Decision]:
        """The overrides in force that let the release of a record skip this one thing in its environment."""
        subject = (record.model, record.release, record.environment)
        return [d for _, d in self.decisions() if d.type == "override" and d.skip == skip and d.covers(*subject)]

    def override(self, skip: str, record: Promotion, wave: str = "") -> Decision | None:
        """The override in force that lets a promotion skip this one thing: order, soak, freeze, or the hold of a wave.

        One that the record depends on comes before others.
        """
        named = {decision["path"] for decision in record.predicate["decisions"]}
        found = [d for d in self.overrides(skip, record) if d.wave == wave]
        return next((d for d in found if d.path in named), found[0] if found else None)
