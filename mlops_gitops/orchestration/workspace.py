"""What a command opens first: the repository, its base, its history, its data and its forge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import Overlay, WorkTree, read_if_possible
from mlops_gitops.forges.forge import Forge
from mlops_gitops.git.history.branch_people import merged_people
from mlops_gitops.git.history.lines import first_parent_line
from mlops_gitops.git.local_forge.forge import no_remote
from mlops_gitops.git.refs import REMOTE_TAGS, WHOLE
from mlops_gitops.git.repository import Git, open_repository
from mlops_gitops.git.stored_bytes import as_stored
from mlops_gitops.git.tree import GitTree
from mlops_gitops.github import open_forge
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.pipelines import dvc_places
from mlops_gitops.records import receipt
from mlops_gitops.records.project import Project
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.repository.lazy.index import FEW, SHORT, LazyIndex
from mlops_gitops.repository.lazy.receipts import Receipts
from mlops_gitops.repository.lazy.tip import TipIndex
from mlops_gitops.repository.ledger import Commit, Ledger, build_ledger
from mlops_gitops.repository.observation_times import commit_faults
from mlops_gitops.repository.observations import ObservationFault, Observations, observed_folder, read_observations
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import ci_job
from mlops_gitops.runtime.measurement_cache import MeasurementCache, open_cache
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.dvc_project import NO_PROJECT, DvcProject, find_project

if TYPE_CHECKING:
    from mlops_gitops.monitoring.history.record import MonitoringRecord

_NO_BASE = "this clone lacks the base branch, whose .dvc/config counts in a job: actions/checkout with fetch-depth: 0"
CARRIED = "refs/mlops/carried"  # a tree of the files that promotions took along from the work tree
_TAGS = f"+refs/tags/*:{REMOTE_TAGS}/*"


@frozen
class Workspace:
    """One repository, opened."""

    git: Git

    @cached_property
    def work(self) -> Snapshot:
        """The files as they lie on disk."""
        return Snapshot(WorkTree(self.git.root, as_stored))

    @property
    def own(self) -> Snapshot:
        """The work tree, with the files that promotions took along from it."""
        files = {path: self.git.blob(blob) for path, blob in self._carried().items()}
        own = {path: data for path, data in files.items() if not self.work.tree.exists(path)}
        return Snapshot(Overlay(own, self.work.tree)) if own else self.work

    def _carried(self) -> Mapping[str, str]:
        """The files that promotions took along, each with the id of its bytes."""
        tree = self.git.object_of(CARRIED)
        return {path: entry.id for path, entry in self.git.objects.flatten(tree).items()} if tree else {}

    def take_along(self, base: str, files: Mapping[str, bytes]) -> list[str]:
        """Moves files that Git does not track from the work tree to a reference, and returns their paths.

        They are on the branch of a pull request then: left in the work tree, they would be in the way of the pull that
        brings them. Nothing is lost if that is never merged. What is reached through a link stays where it is.
        """
        moved = [
            path
            for path, data in files.items()
            if not self.git.tracked([path]) and read_if_possible(self.work.tree, path) == data
        ]
        if moved:
            merged = dict.fromkeys(path for path in self._carried() if self.at(base).tree.exists(path))
            kept = {**merged, **{path: files[path] for path in moved}}
            tree = self.git.objects.make_tree(self.git.object_of(CARRIED), kept, len(base))
            self.git.set_ref(CARRIED, tree)
            for path in moved:
                Path(self.git.root, path).unlink()
        return moved

    @cached_property
    def project(self) -> Project:
        """The project of the work tree. Raises Error."""
        return require_project(self.work)

    @cached_property
    def forge(self) -> Forge:
        """Where pull requests live, on the branch the remote says. Raises Error, Undecided."""
        forge = open_forge.open_forge(self.git)
        self.git.fetch_once(*forge.refspecs, _TAGS)
        default = self._tip_of(self._remote_default)
        if default is None:
            branch = self.project.branch
            help = (
                f"git push {self.git.remote} {branch}, and where HEAD there names another branch, set it there: "
                f"git symbolic-ref HEAD refs/heads/{branch}"
            )
            raise Error("the remote's HEAD names no branch that exists, so nothing says which one promotes", help=help)
        return replace(forge, branch=self._promoting_branch(*default))

    def at_forge(self, forge: Forge) -> Workspace:
        """The same repository, opened at another forge than its own."""
        other = replace(self)
        other.__dict__.update({"_lazy_ledger": self._lazy_ledger, **self.__dict__, "forge": forge})
        return other

    @cached_property
    def forge_name(self) -> str:
        """The name of the forge of this repository, by the address of its remote."""
        return open_forge.forge_name(self.git)

    def branch(self) -> str:
        """The branch where merging promotes, as this clone knows it. Raises Error."""
        if "forge" in self.__dict__:
            return self.forge.branch
        default = self.default_branch()
        if default is None:
            return self.project.branch
        if self.at(default[1]).project is None:
            self.project  # noqa: B018 - raises where the work tree has none either; the branch it names does not count
        return self._promoting_branch(*default)

    def _promoting_branch(self, default: str, tip: str) -> str:
        """The branch where merging promotes, as the remote's default branch has it at its tip.

        A work tree's own answer does not count: it can be a pull request's.
        """
        named = self.at(tip).project
        return named.branch if named else default

    def default_branch(self) -> tuple[str, str] | None:
        """The remote's default branch and its commit here; None without branches. Raises Undecided.

        The remote is asked where the clone does not know it.
        """
        if not self.git.has_remote():
            return None
        known = None if "_remote_default" in self.__dict__ else self.git.known_default
        if found := self._tip_of(known or self._queried_default):
            return found
        if not self.git.refs_below(self.git.remote_ref("")):
            return None
        remote = self.git.remote
        help = f"git fetch {remote}, then: git remote set-head {remote} --auto"
        raise Undecided(f"this clone does not know which branch is the default of {remote}", help=help)

    def _tip_of(self, branch: str | None) -> tuple[str, str] | None:
        tip = self.git.remote_tip(branch) if branch else None
        return (branch, tip) if branch and tip else None

    @cached_property
    def _remote_default(self) -> str | None:
        """The default branch as the remote says it. Raises Undecided."""
        return self.git.default_branch()

    @cached_property
    def _queried_default(self) -> str | None:
        """The same; where the remote cannot be asked, as the job's event has it."""
        try:
            return self._remote_default
        except Undecided:
            if (named := ci_job.default_branch()) is None:
                raise
            return named

    def _base(self) -> tuple[str, str] | None:
        """The newest commit on that branch, the remote's before this clone's own, after its name as people read it."""
        branch = self.branch()
        if tip := self.git.remote_tip(branch):
            return f"{self.git.remote}/{branch}", tip
        tip = self.git.local_tip(branch)
        return (branch, tip) if tip else None

    def _require_base(self) -> tuple[str, str]:
        found = self._base()
        if found is None:
            branch = self.branch()
            help = self.git.first_push(branch) if self.git.has_remote() else no_remote(self.git).help
            raise Error(f"there is no commit on {branch}", help=help)
        return found

    def base_name(self) -> str:
        """The name of the branch of `base`, for messages only. Raises Error."""
        return self._require_base()[0]

    def base(self) -> str:
        """The newest commit on the branch where merging promotes, as this clone knows it. Raises Error."""
        return self._require_base()[1]

    def has_base(self) -> bool:
        """Whether there is a base."""
        return self._base() is not None

    def sync(self) -> str:
        """Fetches the branches and the receipts, and returns the base commit. Raises Error, Undecided."""
        self.git.require_whole_history()
        return self.git.require_remote_tip(self.forge.branch)

    def update(self) -> None:
        """Fetches the branches and the receipts, and asks no forge. Raises Undecided."""
        self.git.require_whole_history()
        self.git.fetch(*self.git.branches, _TAGS)

    def teams(self, project: Project | None) -> dict[str, frozenset[str]]:
        """The members of a project's teams; one whose members the forge hides is left out, and so stays unknown."""
        found = {}
        for team in dict.fromkeys(team for teams in (project.teams if project else {}).values() for team in teams):
            with suppress(Error):
                found[team] = self.forge.team_members(team)
        return found

    def fetch_receipts(self, tags: Iterable[str]) -> None:
        """Fetches the remote's tags again where this clone lacks one of these. Raises Undecided."""
        if any(self.git.object_of(f"{REMOTE_TAGS}/{tag}") is None for tag in tags):
            self.git.fetch(_TAGS)

    @cached_property
    def monitoring_records(self) -> dict[tuple[str, str], MonitoringRecord]:
        """The monitoring records that this run has read, by their path and the id of their blob."""
        return {}

    def at(self, rev: str) -> Snapshot:
        """The files of a commit, named as for `Git.resolve`. Raises Error."""
        return self._snapshot(self._commit_of(rev) if WHOLE.fullmatch(rev) else self.git.commit_of(rev))

    @cached_property
    def _commit_of(self) -> Callable[[str], str]:
        return lru_cache(maxsize=4096)(self.git.commit_of)  # of whole ids, which never lead elsewhere

    @cached_property
    def _snapshot(self) -> Callable[[str], Snapshot]:
        # A replayed commit is used again soon, as the base of the next; all of them would not fit in memory.
        return lru_cache(maxsize=8)(lambda commit: Snapshot(self._tree(commit)))

    @cached_property
    def _tree(self) -> Callable[[str], GitTree]:
        return lru_cache(maxsize=8)(self.git.tree)

    def trusted(self, rev: str) -> Snapshot:
        """The base that judges. Raises Undecided when its project is there and cannot be read."""
        snapshot = self.at(rev)
        if fault := snapshot.project_fault:
            raise Undecided(f"on the base, {fault}, so nothing can be judged by it", help="fix it there first")
        return snapshot

    def history(self, rev: str) -> list[Commit]:
        """The first-parent commits up to one, oldest first. Raises Undecided in a shallow clone."""
        return self.git.history(self.git.commit_of(rev))

    def history_on(self, rev: str, day: date) -> list[Commit]:
        """Those of `history` that were there at the end of a UTC day. Raises Error where none was."""
        end = datetime.combine(day, time.max, UTC).timestamp()
        commits = [commit for commit in self.history(rev) if commit.time <= end]
        if not commits:
            raise Error(f"the branch had no commit by {day}", help="name a later day")
        return commits

    def ledger(self, rev: str) -> Ledger:
        """What the history up to a commit has added, with its receipts."""
        return self.ledger_of(self.history(rev), self.at(rev))

    def lazy_ledger(self, rev: str, *, of_tip: bool = False) -> Ledger:
        """The same, of which no more is read than is asked for; `of_tip` where what is in force now is all that is."""
        return self._lazy_ledger(self.git.commit_of(rev), of_tip, tuple(self._receipt_tags().items()))

    @cached_property
    def _lazy_ledger(self) -> Callable[[str, bool, tuple[tuple[str, str], ...]], Ledger]:
        return lru_cache(maxsize=2)(self._begin_ledger)  # many pull requests are judged against one base

    def _begin_ledger(self, commit: str, of_tip: bool, tags: tuple[tuple[str, str], ...]) -> Ledger:
        line, tip, forge = first_parent_line(self.git, commit), self.at(commit), self.forge_name
        receipts = Receipts(dict(tags), self._receipt)
        parts = line, tip.folders
        few = FEW if len(receipts) > SHORT else 0
        index = TipIndex(*parts, few, receipts, tip.tree) if of_tip and few else LazyIndex(*parts, few)
        return Ledger(index.entries, receipts, forge, index.commits, self._writers, self.observations, index)

    def ledger_of(self, commits: list[Commit], tip: Snapshot) -> Ledger:
        """The ledger of commits already read."""
        receipts, forge = self.receipts(), self.forge_name
        return build_ledger(
            commits, self.git.blob, tip.folders, receipts, forge, self._writers, self.observations,
            self.git.objects.read_ahead,
        )  # fmt: skip

    def observations(self, environment: str, model: str) -> Observations:
        """What targets were seen to run, by the branch of records as last fetched, with what its commits say of it.

        A record that its commit says is of another time, or that was changed later, is a fault.
        """
        tip = self.git.remote_tip(BRANCH)
        return self._observations(tip, environment, model) if tip else Observations()

    @cached_property
    def _observations(self) -> Callable[[str, str, str], Observations]:
        return lru_cache(maxsize=64)(self._read_observations)

    def _read_observations(self, tip: str, environment: str, model: str) -> Observations:
        found = read_observations(self.git.tree(tip), environment, model)
        try:
            commits = self._history(tip)
        except Undecided as error:
            return found.with_faults([ObservationFault(BRANCH, error.message)])
        return found.with_faults(commit_faults(found, observed_folder(environment, model), commits))

    @cached_property
    def _history(self) -> Callable[[str], list[Commit]]:
        return lru_cache(maxsize=2)(self.git.history)

    def _writers(self, commit: Commit) -> frozenset[str]:
        """The people who wrote what a commit brought: GitHub's squash keeps the author, the local forge's does not."""
        return merged_people(self.git, commit.sha, by_author=self.forge_name == "github")

    def receipts(self) -> dict[str, Receipt]:
        """The receipt of every annotated tag with a receipt's name; an empty one where the tag holds none.

        The remote's are what counts, as last fetched; a tag of this clone comes before them until then.
        """
        ids = self._receipt_tags()
        return {tag.name: receipt.of_tag(*tag.parts) for tag in self.git.tags_of(ids)}

    def _receipt(self, name: str, id: str) -> Receipt:
        return receipt.of_tag(*self.git.require_tag(name, id).parts)

    def _receipt_tags(self) -> dict[str, str]:
        return {n: id for n, id in self.tag_ids().items() if receipt.is_receipt_tag(n) and self.git.is_tag(id)}

    def tag_ids(self) -> dict[str, str]:
        """The object of each tag, those of the remote as last fetched; the ones that `receipts` reads."""
        return self.git.refs_below(REMOTE_TAGS) | ({} if "forge" in self.__dict__ else self.git.refs_below("refs/tags"))

    def lightweight_tags(self) -> set[str]:
        """The names of tags that are not annotated."""
        return self.git.lightweight_tags(REMOTE_TAGS) | self.git.lightweight_tags()

    def store(self, base: str) -> DataStore:
        """The data, by the DVC settings of a base commit."""
        tree = self._tree(base)
        wrong = next((f"{path} on the base: {reason}" for path, reason in dvc_places.faults(tree.entries())), "")
        return self._store(lambda path: find_project(tree, path), refused=wrong)

    def store_at(self, commit: str) -> DataStore:
        """The data, by the DVC settings of a commit of the base's history, even where they had faults."""
        tree = self._tree(commit)
        return self._store(lambda path: find_project(tree, path, tolerant=True))

    def store_here(self, base: str | None = None) -> DataStore:
        """The data, by the settings of the base where it has some; else, on a laptop, by those of the work tree.

        Each path by those of its own project: one that the base lacks is the work tree's to say.
        """
        if base is None and (self.default_branch() is not None or self.work.project is not None) and self.has_base():
            base = self.base()
        if ci_job.is_job():
            return self.store(base) if base else replace(self._store(lambda _: None), unset=_NO_BASE)
        if base is None:
            return self._store(lambda path: find_project(self.work.tree, path, base=False))
        store, tree = self.store(base), self._tree(base)

        def project(path: str) -> DvcProject | None:
            merged = store.project(path)
            return merged if tree.exists(merged.config) else find_project(self.work.tree, path, base=False)

        return self._store(project, refused=store.refused)

    def _store(self, project: Callable[[str], DvcProject | None], *, refused: str = "") -> DataStore:
        return DataStore(
            self.git.root, lambda path: project(path) or NO_PROJECT, self.git.blob, self.git.tracked, refused
        )

    def measurement_cache(self) -> MeasurementCache | None:
        """What was measured before in this repository; None where nothing is to be kept."""
        return open_cache(self.git.layout.common_folder)


def open_workspace(folder: str) -> Workspace:
    """The repository that holds a folder. Raises Error."""
    return Workspace(open_repository(folder))


def require_project(snapshot: Snapshot) -> Project:
    """The project of a tree. Raises Error, which says what to do first."""
    if snapshot.project is None:
        fault = snapshot.project_fault
        help = "mlops-gitops validate" if fault else "mlops-gitops init"
        raise Error(fault or f"{snapshot.project_path} is missing", help=help)
    return snapshot.project
