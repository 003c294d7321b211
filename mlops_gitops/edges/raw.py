"""What git prints with -z and --raw, parsed: no text of a commit stands in it that could pass for structure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.ledger import Commit, FileChange


def commits(fields: Sequence[str]) -> Iterator[Commit]:
    """Commits from `log -z --raw`: a header without free text, then pairs of a change and its path."""
    header, pairs = "", list[str]()
    for kind, text in _kinds(fields):
        if kind == "header":
            yield from _commit(header, pairs)
            header, pairs = text, []
        else:
            pairs.append(text)
    yield from _commit(header, pairs)


def _kinds(fields: Sequence[str]) -> Iterator[tuple[str, str]]:
    rest = iter(fields)
    for text in rest:
        if text.lstrip("\n").startswith(":"):
            yield "change", text
            yield "path", next(rest)
        elif text:
            yield "header", text


def _commit(header: str, pairs: Sequence[str]) -> Iterator[Commit]:
    if header:
        sha, *parents, time = header.split()
        yield Commit(sha, parents[0] if parents else None, int(time), tuple(changes("\0".join(pairs))))


def changes(printed: str) -> Iterator[FileChange]:
    """File changes from `diff-tree -z --raw`; a change of mode alone is none."""
    fields = iter(printed.split("\0"))
    for meta in fields:
        if not meta.lstrip("\n").startswith(":"):
            continue
        _, _, old, new, status = meta.lstrip("\n").split(" ")
        path = next(fields)
        if status[0] == "M" and old == new:
            continue  # only its mode: the bytes are what they were
        letter = "M" if status[0] == "T" else status[0]
        yield FileChange(letter, path, None if set(old) == {"0"} else old, None if set(new) == {"0"} else new)
