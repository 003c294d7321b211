"""Everything the tool reads in one tree: documents and records, parsed when first used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from functools import cached_property
from posixpath import basename, dirname
from typing import TYPE_CHECKING, Any, TypeVar

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Kept, Tree, stored_if_possible
from mlops_gitops.records import project
from mlops_gitops.repository.entry import Entry, Reread, read_entry
from mlops_gitops.repository.lazy.kinds import KINDS, LIGHT_FIRST

if TYPE_CHECKING:
    from mlops_gitops.pipelines.tracked_outputs import Tracking
    from mlops_gitops.records.card import Card
    from mlops_gitops.records.decision import Decision
    from mlops_gitops.records.desired_state import DesiredState
    from mlops_gitops.records.kpis import Kpis
    from mlops_gitops.records.monitoring import Monitoring
    from mlops_gitops.records.pack import Pack
    from mlops_gitops.records.project import Project
    from mlops_gitops.records.promotion import Promotion
    from mlops_gitops.records.release import Release
    from mlops_gitops.records.retraining import Retraining

__all__ = ("KINDS", "Snapshot")

_T = TypeVar("_T")


def _unread(path: str) -> Document:
    return Document(path, "")


_policies: Kept[str] = Kept(10_000)  # digests of a project and KPIs
_stated: Kept[tuple[str, str]] = Kept(200_000)  # of manifests: what two of the same bytes say is the same
_kept: Kept[Entry] = Kept(5_000)  # valid files of commits; each snapshot that has one reads its document anew


class Snapshot:
    """One tree, read; with `only`, as if it held no other file of ours, though every file can still be looked up.

    `known` gives records that were read already, as `ledger.known_records` has them.
    """

    def __init__(
        self, tree: Tree, only: Mapping[str, Kind] | None = None,
        known: Callable[[Mapping[str, str], str, str], Any] | None = None,
    ) -> None:  # fmt: skip
        self.tree, self.only, self._known = tree, only, known
        self._entries: dict[str, Entry | None] = {}
        self._placed: dict[str, Kind | None] = {}

    @cached_property
    def whole(self) -> Snapshot:
        """The tree with every file of ours, whatever part of it is judged."""
        return self if self.only is None else Snapshot(self.tree)

    def judging(self, index: Mapping[str, Kind]) -> Snapshot:
        """The tree of which only these files are judged; every other is still there, and can be looked up."""
        part = Snapshot(self.tree, self.only)
        part.__dict__.update({**self.__dict__, "index": index, "whole": self.whole})
        return part

    @property
    def not_judged(self) -> Set[str]:
        """The files of ours that are not judged here."""
        return frozenset() if self.index is self.whole_index else self.whole_index.keys() - self.index.keys()

    @cached_property
    def tracking(self) -> Tracking:
        """What DVC tracks here, read once for all."""
        from mlops_gitops.pipelines.tracked_outputs import Tracking  # most files are judged without it

        return Tracking(self.tree)

    @cached_property
    def visible_paths(self) -> tuple[str, ...]:
        """Every file of the tree outside of hidden folders, ours or not, listed once for all rules."""
        return tuple(self.tree.paths())

    @cached_property
    def project_paths(self) -> tuple[str, ...]:
        """The files that say they are the project, valid or not: none, one, or two, of which none counts."""
        named = self.entry(project.PATH, project.KIND)
        ours = named is not None and (named.record is not None or not _is_foreign(named))
        other = self.tree.exists(project.OTHER_PATH)
        return (*([project.PATH] if ours else []), *([project.OTHER_PATH] if other else []))

    @property
    def project_path(self) -> str:
        """The file of the project; where there is none, the one to write."""
        taken = self.tree.exists(project.PATH)
        return self.project_paths[0] if self.project_paths else project.OTHER_PATH if taken else project.PATH

    @property
    def project_document(self) -> Document:
        """The document of the project, an empty one where there is none: for the place of a diagnostic."""
        return self.document(self.project_path)

    @cached_property
    def project(self) -> Project | None:
        """The project; None when its file is missing or wrong, or there are two."""
        entry = self.entry(self.project_path, project.KIND) if len(self.project_paths) == 1 else None
        return entry.record if entry else None

    @property
    def project_fault(self) -> str:
        """Why there is no project though a file says that it is one; empty where none does."""
        if self.project is not None or not self.project_paths:
            return ""
        two = len(self.project_paths) > 1
        return f"{' and '.join(self.project_paths)} {'are both projects' if two else 'is not valid'}"

    @cached_property
    def folders(self) -> Mapping[str, str]:
        """Where the folders are."""
        return self.project.folders if self.project else project.default_folders()

    @cached_property
    def index(self) -> Mapping[str, Kind]:
        """Every file the tool owns in this tree, by its path's form; in a part of it, those that are judged."""
        return self.whole_index

    @cached_property
    def whole_index(self) -> Mapping[str, Kind]:
        """The same of the whole tree."""
        if self.only is not None:
            return self.only
        found = dict.fromkeys(self.project_paths, project.KIND)
        for kind in KINDS:
            top = kind.top(self.folders)
            for path in self.tree.paths(top) if top else ():
                if kind.match(self.folders, path) is not None:
                    found[path] = kind
        return found

    def kind_at(self, path: str) -> Kind | None:
        """The kind that `index` has for `path`, without a list of the whole tree."""
        if self.only is not None or "whole_index" in self.__dict__:
            return self.whole_index.get(path)
        if path not in self._placed:
            self._placed[path] = self._kind_at(path)
        return self._placed[path]

    def _kind_at(self, path: str) -> Kind | None:
        found = project.KIND if path in self.project_paths else None
        for kind in KINDS:
            top = kind.top(self.folders)
            if top and path.startswith(f"{top}/") and kind.match(self.folders, path) is not None:
                found = kind
        return found if found and self.tree.exists(path) else None

    def kind_of(self, path: str) -> Kind | None:
        """The kind of file that belongs at `path`."""
        return next((kind for kind in LIGHT_FIRST if kind.match(self.folders, path) is not None), None)

    def entry(self, path: str, kind: Kind) -> Entry | None:
        """The file at `path` read as `kind`; None where there is none, or a draft."""
        if path not in self._entries:
            self._entries[path] = self._read(path, kind)
        return self._entries[path]

    def _read(self, path: str, kind: Kind) -> Entry | None:
        key = (path, self.tree.identity(path), kind.name, kind.top(self.folders) if "{" in kind.location else "")
        if self._known and key[1] and "{" in kind.location:
            record = self._known(self.folders, path, key[1])
            if type(record).__name__ == kind.name:
                return Entry(kind, path, record, (), (), {}, may_differ=False, reread=self._again)
        if key[1] and (kept := _kept.get(key)):
            return kept.read_by(self._again)
        document = load(self.tree, path)
        if document is None or kind.is_draft(document):
            return None
        found = read_entry(kind, document, self.folders if "{" in kind.location else {}, self._again)
        if key[1] and found.record is not None:
            _kept.add(key, replace(found, reread=_unread))
        return found

    @cached_property
    def _again(self) -> Reread:
        return Reread(self.tree)

    def entries(self) -> Iterator[Entry]:
        """Every file the tool owns, in order of path."""
        for path in sorted(self.index):
            entry = self.entry(path, self.index[path])
            if entry:
                yield entry

    def document(self, path: str) -> Document:
        """The document at `path`, an empty one where there is none: for the place of a diagnostic."""
        kind = self.kind_at(path) or self.kind_of(path)
        entry = self.entry(path, kind) if kind else None
        return entry.document if entry else Document(path, "")

    def has(self, kind: Kind) -> bool:
        """Whether there is a file of a kind, valid or not; a draft is none."""
        return any(self.entry(path, kind) for path, found in self.index.items() if found is kind)

    def documents(self, kind: Kind) -> Iterator[Document]:
        """Every file of a kind that parses as a mapping, valid or not, in order of path."""
        for path in sorted(path for path, found in self.index.items() if found is kind):
            entry = self.entry(path, kind)
            if entry and isinstance(entry.document.data, dict):
                yield entry.document

    def records(self, kind: Kind, record_type: type[_T]) -> Iterator[_T]:
        """Every valid record of a kind, in order of path."""
        for path in sorted(path for path, found in self.index.items() if found is kind):
            entry = self.entry(path, kind)
            if entry and isinstance(entry.record, record_type):
                yield entry.record

    def _records_below(self, folder: str, kind: Kind, record_type: type[_T]) -> Iterator[_T]:
        """Every valid record of a kind in a folder, in order of path."""
        listed = self.tree.paths(folder) if self.only is None else sorted(self.only)
        paths = (path for path in listed if path.startswith(f"{folder}/"))
        for path in (path for path in paths if kind.match(self.folders, path) is not None):
            entry = self.entry(path, kind)
            if entry and isinstance(entry.record, record_type):
                yield entry.record

    def require_records(self, kind: Kind, record_type: type[_T], model: str | None) -> Iterator[_T]:
        """The file of a kind that each model has, or this one. Raises Error for none, and for one that is not valid."""
        paths = [path for path, found in self.index.items() if found is kind]
        paths = [path for path in paths if model is None or path == self.path_of(kind, model=model)]
        entries = [entry for path in sorted(paths) if (entry := self.entry(path, kind))]
        if not entries:
            name, whose = basename(self.path_of(kind, model=model or "model")), f" of {model}" if model else ""
            help = "mlops-gitops init drafts one; fill it in, and merge it"
            help = did_you_mean(model, self.models(), help) if model and model not in self.models() else help
            raise Error(f"there is no {name}{whose}", help=help)
        for entry in entries:
            if not isinstance(entry.record, record_type):
                raise Error(f"{entry.path} is not valid: {entry.problems[0].message}", help="mlops-gitops validate")
            yield entry.record

    def _record(self, kind: Kind, record_type: type[_T], **parts: str) -> _T | None:
        entry = self.entry(kind.path(self.folders, **parts), kind)
        return entry.record if entry and isinstance(entry.record, record_type) else None

    def card(self, model: str) -> Card | None:
        """A model's card."""
        from mlops_gitops.records.card import KIND, Card

        return self._record(KIND, Card, model=model)

    def kpis(self, model: str) -> Kpis | None:
        """A model's KPIs."""
        from mlops_gitops.records.kpis import KIND, Kpis

        return self._record(KIND, Kpis, model=model)

    def monitoring(self, model: str) -> Monitoring | None:
        """What is watched of a model."""
        from mlops_gitops.records.monitoring import KIND, Monitoring

        return self._record(KIND, Monitoring, model=model)

    def retraining(self, model: str) -> Retraining | None:
        """When a model is retrained."""
        from mlops_gitops.records.retraining import KIND, Retraining

        return self._record(KIND, Retraining, model=model)

    def release(self, model: str, version: str) -> Release | None:
        """A release manifest."""
        from mlops_gitops.records.release import KIND, Release

        return self._record(KIND, Release, model=model, version=version)

    def state(self, environment: str, model: str) -> DesiredState | None:
        """What an environment runs of a model."""
        from mlops_gitops.records.desired_state import KIND, DesiredState

        return self._record(KIND, DesiredState, environment=environment, model=model)

    def pack(self, id: str) -> Pack | None:
        """A pack of this repository's own."""
        from mlops_gitops.records.pack import KIND, Pack

        return self._record(KIND, Pack, id=id)

    def releases(self, model: str | None = None) -> Iterator[Release]:
        """Every valid release manifest; of one model, those in its folder that name it."""
        from mlops_gitops.records.release import KIND, Release

        if model is None:
            return self.records(KIND, Release)
        place = dirname(self.path_of(KIND, model=model, version="0"))
        return (release for release in self._records_below(place, KIND, Release) if release.model == model)

    def versions(self, model: str) -> list[tuple[str, str]]:
        """The path and the version of each manifest that `releases` gives of a model."""
        from mlops_gitops.records.release import KIND

        place = dirname(self.path_of(KIND, model=model, version="0"))
        listed = self.tree.paths(place) if self.only is None else sorted(self.only)
        paths = (path for path in listed if path.startswith(f"{place}/"))
        stated = ((path, self._stated(path)) for path in paths if KIND.match(self.folders, path) is not None)
        return [(path, version) for path, (named, version) in stated if version and named == model]

    def _stated(self, path: str) -> tuple[str, str]:
        """The model and the version of a valid manifest; "" for both of any other file."""
        from mlops_gitops.records.release import KIND, Release

        identity = self.tree.identity(path)
        kept = _stated.get(identity) if identity else None
        if kept is None:
            entry = self.entry(path, KIND)
            record = entry.record if entry else None
            kept = (record.model, record.version) if isinstance(record, Release) else ("", "")
            kept = _stated.add(identity, kept) if identity else kept
        return kept

    def states(self) -> Iterator[DesiredState]:
        """Every valid desired state."""
        from mlops_gitops.records.desired_state import KIND, DesiredState

        return self.records(KIND, DesiredState)

    @cached_property
    def planned_states(self) -> tuple[DesiredState, ...]:
        """The valid desired states that have a rollout; of the others no more than the bytes are read."""
        return tuple(state for state in self._states_with(b"rollout") if state.rollout)

    @cached_property
    def targeted_states(self) -> tuple[DesiredState, ...]:
        """The valid desired states that have targets, read in the same way."""
        return tuple(state for state in self._states_with(b"targets") if state.targets)

    def _states_with(self, key: bytes) -> Iterator[DesiredState]:
        from mlops_gitops.records.desired_state import KIND, DesiredState

        paths = [path for path in self.tree.paths(KIND.top(self.folders)) if self.kind_at(path) is KIND]
        texts = ((path, stored_if_possible(self.tree, path) or b"") for path in paths)
        named = (path for path, text in texts if key in text or b"\\" in text)  # in quotes it can be escaped
        found = (entry.record for path in named if (entry := self.entry(path, KIND)))
        return (state for state in found if isinstance(state, DesiredState))

    def promotions(self) -> Iterator[Promotion]:
        """Every valid promotion record."""
        from mlops_gitops.records.promotion import KIND, Promotion

        return self.records(KIND, Promotion)

    def newest_promotions(self) -> dict[tuple[str, str], Promotion]:
        """The newest valid promotion record by environment and model."""
        newest: dict[tuple[str, str], Promotion] = {}
        for record in self.promotions():
            key = (record.environment, record.model)
            if key not in newest or record.sequence > newest[key].sequence:
                newest[key] = record
        return newest

    def decisions(self) -> Iterator[Decision]:
        """Every valid decision."""
        from mlops_gitops.records.decision import KIND, Decision

        return self.records(KIND, Decision)

    def models(self) -> tuple[str, ...]:
        """Every model with a card or KPIs here."""
        from mlops_gitops.records import card, kpis

        kinds, folder = (card.KIND, kpis.KIND), self.folders["models"]
        listed = self.tree.paths(folder) if self.only is None else self.only
        paths = (path for path in listed if self.kind_of(path) in kinds)
        found = (kind.match(self.folders, path) for path in paths for kind in kinds if self.kind_at(path) is kind)
        return tuple(sorted({parts["model"] for parts in found if parts}))

    def path_of(self, kind: Kind, **parts: str) -> str:
        """Where the file of a kind with these parts lies here."""
        return kind.path(self.folders, **parts)

    def policy_digest(self, model: str) -> str | None:
        """Digest of what judges this model: the project and its KPIs together; None when one is missing."""
        kpis = self.kpis(model)
        if self.project is None or kpis is None:
            return None
        key = (self.project_path, *map(self.tree.identity, (self.project_path, kpis.path)))
        kept = _policies.get(key) if all(key) else None
        if kept is None:
            kept = digest({"project": self.project.data, "kpis": kpis.source})
            return _policies.add(key, kept) if all(key) else kept
        return kept


def _is_foreign(entry: Entry) -> bool:
    return [problem.rule for problem in entry.problems] == [project.FOREIGN]
