"""Before the first merge: what judges is not on the branch yet, and which pull request or branch brings it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import cached_property

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.git.local_forge import forge as local_forge
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot

TO_PROPOSE = "git switch -c NAME, git add and commit it, then: mlops-gitops pr open"


@frozen
class Merged:
    """The branch where merging promotes, as this clone knows it: its newest commit, `base`, and the tree there."""

    workspace: Workspace
    base: str
    tree: Snapshot

    @cached_property
    def ledger(self) -> Ledger:
        """What its history has added, with the receipts."""
        return self.workspace.lazy_ledger(self.base)

    @cached_property
    def ledger_of_tip(self) -> Ledger:
        """The same, where no more is asked of it than what is in force and on its way now."""
        return self.workspace.lazy_ledger(self.base, of_tip=True)


def open_merged(repo: str, *, model: str | None = None, environment: str | None = None) -> Merged:
    """Opens the branch where merging promotes. Raises Error where nothing is merged yet.

    Nor does it know a `model` or an `environment` that the branch does not.
    """
    workspace = open_workspace(repo)
    require_merged(workspace)
    base = workspace.base()
    tree = workspace.at(base)
    require_known(tree, model=model, environment=environment)
    return Merged(workspace, base, tree)


def judging(workspace: Workspace, base: str) -> Snapshot:
    """The tree of a base commit, with the project that judges. Raises Error where none is merged yet."""
    trusted = workspace.trusted(base)
    if trusted.project is None:
        raise _not_merged(workspace, workspace.base_name(), base)
    return trusted


def unmerged(workspace: Workspace) -> Error | None:
    """The error that says what brings the project file; None where the remote's default branch has it.

    Where there is no remote, this clone's own branch is all there is, and None is the answer too.
    """
    default = workspace.default_branch()
    if default is None:
        return _unfetched(workspace)
    if _has_project(workspace, default[1]):
        return None
    return _not_merged(workspace, f"{workspace.git.remote}/{default[0]}", default[1])


def require_merged(workspace: Workspace) -> None:
    """Raises that error."""
    if (error := unmerged(workspace)) is not None:
        raise error


def require_fetched(workspace: Workspace) -> None:
    """Raises Error where the remote has no branch yet, and Undecided where this clone has fetched none of them."""
    if workspace.default_branch() is None and (error := _unfetched(workspace)) is not None:
        raise error


def no_remote_notes(workspace: Workspace) -> tuple[str, ...]:
    """A note that no other copy confirms an answer, where there is no remote; no note where there is one."""
    if workspace.git.has_remote():
        return ()
    return (f"there is no remote: this is {workspace.base_name()} of this clone, and no other copy confirms it",)


def _unfetched(workspace: Workspace) -> Error | None:
    """Why this clone has no branch of the remote; None without a remote. Raises Undecided where it cannot be read."""
    git = workspace.git
    if not git.has_remote():
        return None
    if branch := git.default_branch():
        reason = f"this clone has not fetched {branch} from {git.remote}, and only what is there counts"
        return Undecided(reason, help=f"git fetch {shlex.quote(git.remote)}")
    reason = f"{git.remote} has no default branch yet, and only what is there counts"
    return Error(reason, help=git.first_push(workspace.project.branch))


def _not_merged(workspace: Workspace, branch: str, base: str) -> Error:
    brings, help = next(_bringing(workspace, base))
    return Error(
        f"{workspace.work.project_path} is not on {branch} yet, and only what is there counts: {brings}", help=help
    )


def _bringing(workspace: Workspace, base: str) -> Iterator[tuple[str, str]]:
    """What brings the project file, the nearest to its merge first, and the next step."""
    git = workspace.git
    for pull in _open_pulls(workspace):
        if _has_project(workspace, pull.head):
            merge = f"mlops-gitops pr merge {pull.number}"
            yield f"pull request #{pull.number} brings it ({pull.title})", pull.url or merge
    for branch, head in git.refs_below(git.remote_ref("")).items():
        if head != base and _has_project(workspace, head):
            yield f"the branch {branch} brings it", f"git switch {shlex.quote(branch)}, then: mlops-gitops pr open"
    for branch, head in git.refs_below("refs/heads").items():
        if _has_project(workspace, head):
            help = f"git switch {shlex.quote(branch)}, then: mlops-gitops pr open"
            yield f"the branch {branch} of this clone brings it", help
    if workspace.work.project_paths:
        yield "it is in this work tree alone", TO_PROPOSE
    yield "no branch brings it", "mlops-gitops init"


def _open_pulls(workspace: Workspace) -> list[PullRequest]:
    """The open pull requests, the newest first, as far as they are known without asking a forge again."""
    if "forge" in workspace.__dict__:
        return workspace.forge.find()[::-1]
    local = workspace.git.has_remote() and workspace.forge_name == local_forge.NAME
    known = local_forge.open_forge(workspace.git).known() if local else []
    return [pull for pull in reversed(known) if pull.state == "open"]


def _has_project(workspace: Workspace, commit: str) -> bool:
    found = workspace.git.resolve(commit)
    return found is not None and bool(workspace.at(found).project_paths)
