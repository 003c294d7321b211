"""Write the first files of a repository: what its pipelines tell is filled in, the rest is plainly blank."""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress

from mlops_gitops import init
from mlops_gitops.contracts import Command
from mlops_gitops.discovery.drafts import Person
from mlops_gitops.discovery.found import discover
from mlops_gitops.edges.git import Git, GitFailed, open_repository
from mlops_gitops.errors import Error
from mlops_gitops.init import ELSEWHERE, Facts, Start
from mlops_gitops.report import Report
from mlops_gitops.shell.sampling import measured, samples
from mlops_gitops.snapshot import KINDS, Snapshot
from mlops_gitops.tree import WorkTree, find_root

NO_GIT = "this is no Git repository yet: `git init`, since pull requests are how releases are decided here"
_NOREPLY = re.compile(r"(?:[0-9]+\+)?(?P<login>[A-Za-z0-9-]+)@users\.noreply\.github\.com")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="print the files and write nothing")


def run(args: argparse.Namespace) -> Report:
    """Reads the work tree, committed or not; changes no file that is there."""
    if not os.path.isdir(args.repo):
        raise Error(f"there is no folder {args.repo}")
    root = find_root(args.repo)
    git, tree, name = _git(root), WorkTree(root), os.path.basename(root)
    name = _remote_name(git) or name
    found = discover(tree, name)
    columns, unread = samples(root, found)
    ignored = _ignored(git, Snapshot(tree)) if git else frozenset()
    facts = Facts(name, _branch(git), _person(git), ignored, columns, measured(root, columns))
    start = init.start(tree, found, facts)
    for path in start.files:
        _check_place(root, path)
    if not args.dry_run:
        _write(root, start.files)
    notes = [*start.notes, *unread, *([] if git else [NO_GIT])]
    return _report(start, notes, dry_run=args.dry_run)


# ── what Git knows ──


def _git(root: str) -> Git | None:
    with suppress(Error):
        return open_repository(root)
    return None


def _remote_name(git: Git | None) -> str:
    """The repository's name at its remote: a clone's folder may be called anything."""
    url = (git.setting(f"remote.{git.remote}.url") or "") if git else ""
    if "://" not in url and "@" not in url:
        return ""  # a folder beside it is called after nothing in particular
    return re.split(r"[/:\\]", url.rstrip("/"))[-1].removesuffix(".git")


def _branch(git: Git | None) -> str:
    """The branch where merging promotes: the remote's default, else the usual ones, else the current one."""
    if git is None:
        return "main"
    remote = f"refs/remotes/{git.remote}/"
    with suppress(GitFailed):
        return git.text("symbolic-ref", f"{remote}HEAD").removeprefix(remote)
    for name in ("main", "master"):
        if git.resolve(f"refs/heads/{name}") or git.resolve(f"{remote}{name}"):
            return name
    with suppress(GitFailed):
        return git.text("symbolic-ref", "--short", "HEAD")
    return "main"


def _person(git: Git | None) -> Person | None:
    """The Git user. The login is a guess: what follows the e-mail address, where nothing tells it."""
    email = (git.setting("user.email") or "") if git else ""
    if git is None or not _EMAIL.fullmatch(email) or not email.isprintable():
        return None
    noreply = _NOREPLY.fullmatch(email)
    login = git.setting("github.user") or (noreply["login"] if noreply else email.partition("@")[0])
    return Person(git.setting("user.name") or login, login, email)


def _ignored(git: Git, snapshot: Snapshot) -> frozenset[str]:
    """Those of our folders, where they are and where they could go, whose files Git ignores."""
    probes = {}
    for kind in KINDS:
        for folder in {snapshot.folders[kind.folder], f"{ELSEWHERE}{kind.folder}"} if kind.folder else ():
            probes[re.sub(r"\{\w+\}", "x", kind.location.replace("{folder}", folder))] = folder
    with suppress(GitFailed):  # as it is when none is ignored
        hidden = git.text("check-ignore", "--no-index", "--", *probes)
        return frozenset(probes[path] for path in hidden.splitlines() if path in probes)
    return frozenset()


# ── writing ──


def _check_place(root: str, path: str) -> None:
    """Raises Error where a file cannot go: through a link, which may lead anywhere, or under a file."""
    parts = path.split("/")
    for depth in range(1, len(parts)):
        folder = os.path.join(root, *parts[:depth])
        if os.path.islink(folder) or (os.path.lexists(folder) and not os.path.isdir(folder)):
            name = "/".join(parts[:depth])
            help = "make it a folder, or write an mlops.yaml whose `paths:` lead elsewhere"
            raise Error(f"{name} is no folder, and {path} belongs in it", help=help)


def _write(root: str, files: Mapping[str, str]) -> None:
    """Writes every file beside its place first, so that a full disk leaves none of them half there."""
    staged: list[tuple[str, str]] = []
    try:
        for path, text in files.items():
            target = os.path.join(root, *path.split("/"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            handle, draft = tempfile.mkstemp(prefix=".mlops-gitops-", dir=os.path.dirname(target))
            staged.append((draft, target))
            with open(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.chmod(draft, 0o644)
        for draft, target in staged:
            os.replace(draft, target)
    except OSError as error:
        raise Error(f"the files cannot be written: {error.strerror}: {error.filename}") from error
    finally:
        for draft, _ in staged:
            with suppress(FileNotFoundError):
                os.unlink(draft)


def _report(start: Start, notes: Sequence[str], *, dry_run: bool) -> Report:
    word = "would write" if dry_run else "wrote"
    lines = [*start.found, "", *(f"{word} {path}" for path in start.files), *(f"kept {path}" for path in start.kept)]
    if not start.files:
        lines.append("nothing to write: every file is there")
    if dry_run:
        lines += [line for path, text in start.files.items() for line in ("", f"── {path}", text.rstrip())]
    lines += ["", *(f"note: {note}" for note in notes), *(f"warning: {warning}" for warning in start.warnings)]
    lines += ["", "next:", *(f"  {number}. {step}" for number, step in enumerate(start.steps, 1))]
    data = {
        "version": 1,
        "written": [] if dry_run else list(start.files),
        "kept": list(start.kept),
        "models": list(start.models),
        "notes": list(notes),
        "warnings": list(start.warnings),
        "next": list(start.steps),
    }
    return Report(data | ({"files": dict(start.files)} if dry_run else {}), lines=tuple(lines))


COMMAND = Command("init", __doc__.strip(), arguments, run)
