"""What a command opens first: the repository, its base, its history, its data and its forge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from mlops_gitops import ledger as ledgers
from mlops_gitops.edges.data import DataStore
from mlops_gitops.edges.git import Git, GitFailed, GitTree, open_repository
from mlops_gitops.errors import Error, Undecided
from mlops_gitops.forges.local import LocalForge, open_forge
from mlops_gitops.ledger import Commit, Ledger
from mlops_gitops.records import project, receipt
from mlops_gitops.records.project import Project
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.snapshot import Snapshot
from mlops_gitops.tree import WorkTree

FORGE = "local"


@dataclass(frozen=True)
class Workspace:
    """One repository, opened."""

    git: Git

    @cached_property
    def work(self) -> Snapshot:
        """The files as they lie on disk."""
        return Snapshot(WorkTree(self.git.root))

    @cached_property
    def project(self) -> Project:
        """The project of the work tree. Raises Error."""
        if self.work.project is None:
            there = self.work.tree.exists(project.PATH)
            help = "mlops-gitops validate mlops.yaml" if there else "mlops-gitops init"
            raise Error(f"mlops.yaml is {'not valid' if there else 'missing'}", help=help)
        return self.work.project

    @cached_property
    def forge(self) -> LocalForge:
        """Where pull requests live. Raises Error."""
        return open_forge(self.git, self.project.branch)

    def base_name(self) -> str:
        """The branch where merging promotes, as the remote has it, or as it is here when there is no remote.

        Raises Error when there is no commit on it.
        """
        branch = self.project.branch
        for name in (f"{self.git.remote}/{branch}", branch):
            if self.git.resolve(name):
                return name
        raise Error(f"there is no commit on {branch}", help=f"commit, then: git push -u {self.git.remote} {branch}")

    def base(self) -> str:
        """The commit of `base_name`. Raises Error."""
        return self.git.commit_of(self.base_name())

    def has_base(self) -> bool:
        """Whether the branch where merging promotes has a commit."""
        return any(self.git.resolve(f"{where}{self.project.branch}") for where in (f"{self.git.remote}/", ""))

    def sync(self) -> str:
        """Fetches the branch and the receipts, and returns the base commit. Raises Error, Undecided."""
        _ = self.forge
        self.git.require_whole_history()
        self.git.fetch(f"+refs/heads/*:refs/remotes/{self.git.remote}/*")
        try:
            self.git.run("fetch", "--quiet", self.git.remote, "refs/tags/*:refs/tags/*")
        except GitFailed as error:
            help = "git fetch --tags --force takes the remote's; mlops-gitops audit then judges them"
            raise Undecided(f"a tag here differs from the remote's: {error}", help=help) from error
        name = f"{self.git.remote}/{self.project.branch}"
        if self.git.resolve(name) is None:
            help = f"git push -u {self.git.remote} {self.project.branch}"
            raise Error(f"the remote has no branch {self.project.branch}", help=help)
        return self.git.commit_of(name)

    def at(self, rev: str) -> Snapshot:
        """The files of a revision."""
        return self._snapshot(self.git.commit_of(rev))

    @cached_property
    def _snapshot(self) -> Callable[[str], Snapshot]:
        # A replayed commit is soon asked for again, as the next one's base; all of them would not fit.
        return lru_cache(maxsize=8)(lambda commit: Snapshot(GitTree(self.git, commit)))

    def trusted(self, rev: str) -> Snapshot:
        """The base that judges. Raises Undecided when its mlops.yaml is there and cannot be read."""
        snapshot = self.at(rev)
        if snapshot.project is None and snapshot.tree.exists(project.PATH):
            raise Undecided(
                "the base's mlops.yaml is not valid, so nothing can be judged by it", help="mend it there first"
            )
        return snapshot

    def history(self, rev: str) -> list[Commit]:
        """The first-parent commits up to a revision, oldest first. Raises Undecided in a shallow clone."""
        return self.git.history(self.git.commit_of(rev))

    def ledger(self, rev: str) -> Ledger:
        """What the history up to a revision has added, with its receipts."""
        return self.ledger_of(self.history(rev), self.at(rev))

    def ledger_of(self, commits: list[Commit], tip: Snapshot) -> Ledger:
        """The ledger of commits already read."""
        return ledgers.build(commits, self.git.blob, tip.folders, self.receipts(), FORGE)

    def receipts(self) -> dict[str, Receipt]:
        """Every annotated tag that has a receipt's name; one that holds no receipt is an empty one."""
        found = {}
        for tag in self.git.tags():
            if receipt.is_receipt(tag.name):
                parsed = receipt.parse(tag.name, tag.target, tag.message, tag.time)
                found[tag.name] = parsed or Receipt(
                    tag.name, tag.target, "", "", "", receipt.UNPROVEN, "", {}, tag.time
                )
        return found

    def store(self, rev: str | None) -> DataStore:
        """The data, by the DVC settings of a trusted revision; of the work tree when None."""
        path = ".dvc/config"
        config = (self.work.tree if rev is None else self.git.tree(rev)).read(path)
        return DataStore(self.git.root, config.decode("utf-8", "replace") if config else None, self.git.blob)


def open_workspace(folder: str) -> Workspace:
    """The repository that holds a folder. Raises Error."""
    return Workspace(open_repository(folder))
