"""init --upgrade: the files that an older version wrote, gathered, renewed and reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial

from mlops_gitops import __version__
from mlops_gitops.core.errors import Error
from mlops_gitops.doctor import stamp
from mlops_gitops.documents.tree import Unreadable, WorkTree
from mlops_gitops.git.merge import merged_text
from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.repository import Git
from mlops_gitops.onboarding import editor_files, file_drafts, upgrade, workflow_drafts
from mlops_gitops.onboarding.upgrade import Bases, State, Upgrade
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.snapshot import KINDS
from mlops_gitops.runtime import write_files

MOST_COMMITS = 100  # of a file, in which what an older version wrote is looked for
_WORDS = {State.CURRENT: "current", State.RENEWED: "renewed", State.MERGED: "renewed", State.LEFT: "left"}


def upgrade_files(git: Git, branch: str, remotes: tuple[str, ...], live: tuple[str, ...], *, dry_run: bool) -> Report:
    """Renews workflows, hooks and schemas that are there.

    `remotes` are the addresses of the DVC remotes, `live` those of the ones where live data arrives.
    """
    tree = WorkTree(git.root)
    simple = workflow_drafts.is_simple(tree)
    drafted = partial(workflow_drafts.draft_workflows, branch, remotes, live=live, simple=simple)
    found = [*_workflows(git, tree, drafted), *_hooks(tree), *_schemas(git, tree)]
    texts = _write(git, found, dry_run=dry_run)
    left = [one.path for one in found if one.state is State.LEFT]
    data = {
        "version": 1,
        "written": [] if dry_run else list(texts),
        "left": left,
        "files": [
            {
                "path": one.path,
                "state": one.state.value,
                "written_by": one.written_by,
                "reason": one.reason,
                "remedy": " ".join(one.remedy),
            }
            for one in found
        ],
    }
    return Report(data, lines=tuple(_lines(found, dry_run=dry_run)), exit_code=1 if left else 0)


def _write(git: Git, found: list[Upgrade], *, dry_run: bool) -> dict[str, str]:
    texts = {one.path: one.text for one in found if one.text is not None}
    for path in texts:
        write_files.check_place(git.root, path)
    if not dry_run:
        write_files.write(git.root, {path: text.encode() for path, text in texts.items()})
    return texts


def change_to_app(
    git: Git, branch: str, remotes: tuple[str, ...], live: tuple[str, ...], *, dry_run: bool
) -> list[Upgrade]:
    """Makes workflows that act without an App act as one, with the edits that people made since.

    Returns what became of each; one is left where its edits are in the way.
    """
    drafted = partial(workflow_drafts.draft_workflows, branch, remotes, live=live)
    found = [*_workflows(git, WorkTree(git.root), drafted, drafted(simple=True))]
    _write(git, found, dry_run=dry_run)
    return [one for one in found if one.state is not State.CURRENT]


def _workflows(
    git: Git, tree: WorkTree, drafted: Callable[..., dict[str, str]], others: Mapping[str, str] = {}
) -> Iterator[Upgrade]:
    """What becomes of each workflow; `others` are texts that this version writes too, which it may have begun as."""
    earlier = [drafted(version=version) for version in workflow_drafts.earlier_versions()] + [dict(others)]
    for path, draft in drafted().items():
        text = _text(tree, path)
        if isinstance(text, Upgrade):
            yield text
        elif text is not None:
            marked = [stamp.read_stamp(old) for old in _versions(git, path, MOST_COMMITS)]
            history = [(mark, body.replace("\r\n", "\n")) for mark, body in marked]
            ours = [drafts[path] for drafts in earlier if path in drafts]
            ours += [body for mark, body in history if mark and mark.digest == stamp.digest(body)]
            bases = Bases(tuple(ours), tuple(body for _, body in history))
            yield upgrade.upgrade_workflow(path, text, draft, bases, merged_text)


def _hooks(tree: WorkTree) -> Iterator[Upgrade]:
    text = _text(tree, file_drafts.HOOKS)
    if isinstance(text, Upgrade):
        yield text
    elif text is not None:
        yield upgrade.upgrade_hooks(text)


def _schemas(git: Git, tree: WorkTree) -> Iterator[Upgrade]:
    for kind in KINDS:
        path = editor_files.schema_path(kind)
        text = _text(tree, path)
        if isinstance(text, Upgrade):
            yield text
        elif text is not None:
            committed = text in _versions(git, path, 1)
            yield upgrade.upgrade_schema(path, text, editor_files.schema_text(kind), committed=committed)


def _text(tree: WorkTree, path: str) -> str | Upgrade | None:
    """The text of a file, None where there is none; where it cannot be read, what becomes of it."""
    try:
        data = tree.read(path)
        return None if data is None else data.decode()
    except Unreadable as error:
        return Upgrade(path, State.LEFT, reason=error.message)
    except UnicodeDecodeError:
        return Upgrade(path, State.LEFT, reason="it is not UTF-8")


def _versions(git: Git, path: str, most: int) -> Iterator[str]:
    """What was committed at a path, newest first."""
    try:
        commits = git.text("log", f"-{most}", "--format=%H", "HEAD", "--", path).split()
    except GitFailed:  # there is no commit yet
        return
    for commit in commits:
        with suppress(Error, ValueError):  # it was removed there, or was no text
            yield git.file_at(commit, path).decode()


def file_lines(found: list[Upgrade], *, dry_run: bool) -> Iterator[str]:
    """What becomes of each file, with what is to be done by hand."""
    for one in found:
        word = _WORDS[one.state]
        word = f"would be {word}" if dry_run and one.text is not None else word
        by = f" (mlops-gitops {one.written_by} wrote it)" if one.written_by and one.state is not State.CURRENT else ""
        edits = ", with your edits" if one.state is State.MERGED else ""
        yield f"{word} {one.path}{by}{edits}" + (f": {one.reason}" if one.reason else "")
        yield from (f"  {line}" for line in (*one.diff, *one.remedy))


def _lines(found: list[Upgrade], *, dry_run: bool) -> Iterator[str]:
    yield from file_lines(found, dry_run=dry_run)
    if not found:
        yield "nothing that init or mlops-gitops schema writes is here"
    elif any(one.text for one in found) and not dry_run:
        yield f"look at git diff, commit on a branch and open a pull request: this is mlops-gitops {__version__}"


def arguments_beside(options: Mapping[str, object]) -> None:
    """Raises Error for an option that is about first files only."""
    named = [name for name, value in options.items() if value]
    if named:
        raise Error(f"--upgrade renews files, and {named[0]} is about new ones", help="leave one of them out")
