"""What git prints with -z and --raw, parsed: it holds no text of a commit that could pass for structure."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.pipelines.dvc_places import GITLINK
from mlops_gitops.repository.ledger import Commit, FileChange

_TIME = re.compile("[0-9]{1,15}")
_NO_FILE = ("000000", GITLINK)


@frozen
class BranchCommit:
    """A commit of a branch that its base lacks."""

    sha: str
    parents: tuple[str, ...]
    author: str
    committer: str


@frozen
class Tag:
    """An annotated tag."""

    name: str
    target: str
    message: str
    time: int

    @property
    def parts(self) -> tuple[str, str, str, int]:
        """What a receipt is read from."""
        return self.name, self.target, self.message, self.time


@frozen
class Advertised:
    """What a remote has: each reference with its id, and the branch that its HEAD names."""

    refs: Mapping[str, str]
    default: str | None

    def brought(self, refspecs: Sequence[str]) -> dict[str, str]:
        """The references that a fetch by these refspecs leaves here, each with its id."""
        left_out = [spec.removeprefix("^") for spec in refspecs if spec.startswith("^")]
        wanted = [spec.removeprefix("+").split(":") for spec in refspecs if not spec.startswith("^")]
        starts = tuple(source.partition("*")[0] for source, _ in wanted)  # a remote may have 100,000 pull requests
        return {
            target.replace("*", part): id
            for ref, id in self.refs.items()
            if ref.startswith(starts) and not any(matched_part(pattern, ref) is not None for pattern in left_out)
            for source, target in wanted
            if (part := matched_part(source, ref)) is not None
        }


def matched_part(pattern: str, ref: str) -> str | None:
    """What the `*` of a refspec's side stands for in a reference, "" without one; None where they do not match."""
    before, star, after = pattern.partition("*")
    if not star:
        return "" if ref == pattern else None
    fits = ref.startswith(before) and ref.endswith(after) and len(ref) >= len(before) + len(after)
    return ref[len(before) : len(ref) - len(after)] if fits else None


def advertised(printed: str) -> Advertised:
    """What `ls-remote --symref` printed."""
    rows = [row.split("\t", 1) for row in printed.split("\n") if "\t" in row]
    # A reference such as refs/heads/HEAD is listed too, and each annotated tag again as what it leads to.
    head = next((value for value, ref in rows if ref == "HEAD"), "")
    default = head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else None
    refs = {ref: value for value, ref in rows if ref != "HEAD" and not ref.endswith("^{}") and " " not in value}
    return Advertised(refs, default)


def commits(fields: Iterable[str]) -> Iterator[Commit]:
    """Commits from `log -z --raw`: a header without free text, then pairs of a change and its path."""
    header, pairs = "", list[str]()
    for kind, text in _kinds(fields):
        if kind == "header":
            yield from _commit(header, pairs)
            header, pairs = text, []
        else:
            pairs.append(text)
    yield from _commit(header, pairs)


def _kinds(fields: Iterable[str]) -> Iterator[tuple[str, str]]:
    rest = iter(fields)
    for text in rest:
        if text.lstrip("\n").startswith(":"):
            yield "change", text
            yield "path", next(rest)
        elif text:
            yield "header", text


def _commit(header: str, pairs: Sequence[str]) -> Iterator[Commit]:
    """A commit by `id:parents:time`; a committer may leave the time out, or write any number."""
    if header:
        sha, parents, time = header.strip().split(":")
        found = tuple(changes("\0".join(pairs)))
        yield Commit(sha, parents.split()[0] if parents else None, _seconds(time), found)


def _seconds(written: str) -> int:
    return int(written) if _TIME.fullmatch(written) else 0


def changes(printed: str) -> Iterator[FileChange]:
    """File changes from `diff-tree -z --raw`; a change of mode alone is none, and a submodule is not a file.

    A file in the place of a submodule is new, whatever git calls that.
    """
    fields = iter(printed.split("\0"))
    for meta in fields:
        if not meta.lstrip("\n").startswith(":"):
            continue
        modes, (old, new, status) = meta.lstrip("\n").lstrip(":").split(" ")[:2], meta.split(" ")[2:]
        path = next(fields)
        if status[0] == "M" and old == new:
            continue  # only its mode: the bytes are what they were
        before, after = (None if mode in _NO_FILE else id for mode, id in zip(modes, (old, new), strict=True))
        letter = "M" if status[0] == "T" else status[0]
        if letter == "M" and (before is None) != (after is None):
            letter = "A" if before is None else "D"
        yield FileChange(letter, path, before, after, sys.intern(modes[1]))


def branch_commits(printed: str) -> list[BranchCommit]:
    """Commits from `log -z` with a line each for id, parents, author's and committer's address. Raises Undecided."""
    rows = [record.split("\n") for record in printed.split("\0") if record]
    if any(len(row) != 4 for row in rows):
        raise Undecided("a commit of this branch is written in a form git does not make")
    return [BranchCommit(sha, tuple(parents.split()), author, committer) for sha, parents, author, committer in rows]


def settings(printed: bytes) -> tuple[dict[str, str], list[str]]:
    """The settings of `config --list --show-origin -z`, the last of each name; and the files they come from."""
    fields = printed.decode("utf-8", "surrogateescape").split("\0")[:-1]
    values, files = dict[str, str](), dict[str, None]()
    for origin, setting in zip(fields[::2], fields[1::2], strict=True):
        name, _, value = setting.partition("\n")
        values[name] = value
        kind, _, file = origin.partition(":")
        if kind == "file":
            files[file] = None
    return values, list(files)


def tag(name: str, text: str) -> Tag:
    """A tag object by its reference; one that names itself otherwise has no message."""
    head, _, message = text.partition("\n\n")
    fields = dict(line.split(" ", 1) for line in reversed(head.split("\n")) if " " in line)
    stamp = fields.get("tagger", "").rsplit(" ", 2)
    time = _seconds(stamp[1]) if len(stamp) == 3 else 0
    return Tag(name, fields.get("object", ""), message if fields.get("tag") == name else "", time)
