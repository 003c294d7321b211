"""init --upgrade: what an older version wrote, as this version writes it, with the edits that people made since.

A three-way merge: between what the older version wrote and what this one writes lies what is new, and between that and
the file lies what people changed. Whatever that merge is based on, a line of theirs that is in no text of ours stays.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import TypeAlias

from mlops_gitops import HOMEPAGE, __version__
from mlops_gitops.core.frozen import frozen
from mlops_gitops.doctor import stamp
from mlops_gitops.doctor.stamp import Stamp
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.splice import splice
from mlops_gitops.onboarding import file_drafts

Merge: TypeAlias = Callable[[str, str, str], str | None]  # the file, what it began as, what is new; None: a conflict
_ACTION = "uses: mlops-gitops/mlops-gitops"
_PIN = re.compile(r"(?P<action>uses: *[\w./-]+)@(?P<ref>[^\r\n]*)")


@frozen
class Bases:
    """What a file may have begun as, without stamps.

    `earlier` are texts of ours: what earlier versions write, and what Git has below a stamp that fits. `history` is all
    that Git had in its place.
    """

    earlier: tuple[str, ...] = ()
    history: tuple[str, ...] = ()

    def nearest(self, mark: Stamp | None, body: str) -> str | None:
        """The text that an older version wrote, by its digest; else the most like it of those we know to be ours."""
        written = (text for text in (*self.earlier, *self.history) if mark and stamp.digest(text) == mark.digest)
        return next(written, None) or stamp.nearest(body, self.earlier)


class State(StrEnum):
    """What becomes of a file."""

    CURRENT = "current"
    RENEWED = "renewed"
    MERGED = "merged"
    LEFT = "left"


@frozen
class Upgrade:
    """What becomes of one file: its new text, None where it stays; who wrote it; and of one that is left, why.

    `diff` are the lines between a file that is left and what this version writes, `remedy` says what to do about it.
    """

    path: str
    state: State
    written_by: str = ""
    text: str | None = None
    reason: str = ""
    diff: tuple[str, ...] = ()
    remedy: tuple[str, ...] = ()


def upgrade_workflow(path: str, current: str, draft: str, bases: Bases, merge: Merge) -> Upgrade:
    """A workflow renewed; `draft` is what this version writes, without its stamp."""
    mark, body = stamp.read_stamp(current)
    writer, ours = mark.version if mark else "", Stamp(__version__, stamp.digest(draft))
    if mark and stamp.is_older(__version__, mark.version):
        reason = f"mlops-gitops {writer} wrote it, which is newer than {__version__}"
        return Upgrade(path, State.LEFT, writer, reason=reason)
    if mark == ours:
        return Upgrade(path, State.CURRENT, writer)
    plain = body.replace("\r\n", "\n")
    unedited = _unedited(mark, plain, draft, bases)
    if unedited is not None:
        writer = writer or _version(_pins(plain).get(_ACTION, "")).removeprefix("v")
        return Upgrade(path, State.RENEWED, writer, ours.line() + unedited)
    base = bases.nearest(mark, plain)
    merged = merge(plain, *_pinned(plain, base, draft)) if base is not None else None
    if merged is not None:
        return Upgrade(path, State.RENEWED if merged == draft else State.MERGED, writer, ours.line() + merged)
    reason = "what is new touches lines that were edited" if base else "nothing tells its edits from what was written"
    remedy = ("take over what you want by hand, then make this its first line:", ours.line().rstrip())
    return Upgrade(path, State.LEFT, writer, None, reason, tuple(_diff(path, plain, draft)), remedy)


def _unedited(mark: Stamp | None, body: str, draft: str, bases: Bases) -> str | None:
    """The new text of a file that nobody edited; None for any other. Without a stamp, actions may be of any version."""
    if mark is not None:
        return draft if stamp.digest(body) == mark.digest else None
    known = (draft, *bases.earlier)
    if body in known:
        return draft
    same = any(_repinned(text, _pins(body)) == body for text in known)
    return _pinned(body, draft, draft)[1] if same else None


def _pinned(body: str, base: str, draft: str) -> tuple[str, str]:
    """The base and the draft with each action's version that the file was given since, unless the draft's is newer."""
    now, before, new = map(_pins, (body, base, draft))
    moved = {action: ref for action, ref in now.items() if ref != before.get(action)}
    kept = {
        action: ref for action, ref in moved.items() if not stamp.is_older(_version(ref), _version(new.get(action, "")))
    }
    return _repinned(base, moved), _repinned(draft, kept)


def _pins(text: str) -> Mapping[str, str]:
    return {found["action"]: found["ref"] for found in _PIN.finditer(text)}


def _repinned(text: str, refs: Mapping[str, str]) -> str:
    return _PIN.sub(lambda found: f"{found['action']}@{refs.get(found['action'], found['ref'])}", text)


def _version(ref: str) -> str:
    """The version that a reference is, or that the comment behind it names; empty where neither does."""
    versions = re.findall(r"v?[0-9]+\.[0-9]+\.[0-9]+", ref)
    return versions[-1] if versions else ""


def upgrade_hooks(current: str) -> Upgrade:
    """.pre-commit-config.yaml with the version of our hooks renewed, and nothing else touched."""
    path = file_drafts.HOOKS
    document = parse(path, current.encode())
    repos = document.data.get("repos") if isinstance(document.data, dict) else None
    if not isinstance(repos, list):
        return Upgrade(path, State.LEFT, reason="it is not what pre-commit reads: it has no list `repos:`")
    text, writer = current, ""
    for n, repo in enumerate(repos):
        rev = repo.get("rev") if isinstance(repo, dict) and _is_ours(repo) else None
        if isinstance(rev, str) and stamp.is_older(rev):
            writer = rev.removeprefix("v")
            try:
                text = splice(parse(path, text.encode()), ("repos", n, "rev"), f"v{__version__}")
            except ValueError:
                return Upgrade(path, State.LEFT, writer, reason=f"write rev: v{__version__} at our hooks by hand")
    return Upgrade(path, State.RENEWED if text != current else State.CURRENT, writer, text if text != current else None)


def _is_ours(repo: Mapping[str, object]) -> bool:
    return str(repo.get("repo")).removesuffix("/").removesuffix(".git") == HOMEPAGE


def upgrade_schema(path: str, current: str, draft: str, committed: bool) -> Upgrade:
    """A schema that an editor reads, renewed. `committed` says that Git has this very text, so that nothing is lost."""
    if current.replace("\r\n", "\n") == draft:
        return Upgrade(path, State.CURRENT)
    if committed:
        return Upgrade(path, State.RENEWED, text=draft)
    reason = "it differs, and Git does not have it: commit it, or remove it"
    return Upgrade(path, State.LEFT, reason=reason, diff=tuple(_diff(path, current, draft)))


def _diff(path: str, current: str, draft: str) -> Iterator[str]:
    lines = difflib.unified_diff(current.splitlines(), draft.splitlines(), path, f"mlops-gitops {__version__}", "", "")
    return (line.rstrip("\n") for line in lines)
