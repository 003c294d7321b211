"""Comments that let a warning pass: `# mlops-gitops: ignore[rule-id] because …`, in Markdown text `<!-- … -->`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Span, lines_of
from mlops_gitops.core.frozen import frozen

MARK = "mlops-gitops: ignore"
FORM = f"# {MARK}[rule-id] because …"
_COMMENT = re.compile(r"(?:(?:^|(?<=[ \t]))#|<!--)[ \t]*mlops-gitops: ignore(?P<rest>[^\r\n]*)")
_REST = re.compile(r"\[(?P<rules>[a-z0-9, -]+)\][ \t]+because[ \t]+(?P<reason>[^ \t].*)")


@frozen
class Ignore:
    """One comment: which rules' warnings it lets pass on which line, and why. Without a reason it lets nothing pass."""

    span: Span
    rules: tuple[str, ...]
    reason: str
    line: int  # the line it is about: its own, or the next one after a comment alone


def parse_ignores(path: str, text: str) -> tuple[Ignore, ...]:
    """Every such comment of a text."""
    return tuple(_found(path, text)) if MARK in text else ()


def _found(path: str, text: str) -> Iterator[Ignore]:
    for number, line in enumerate(lines_of(text), 1):
        comment = _COMMENT.search(line) if MARK in line else None
        if comment is None:
            continue
        span = Span(path, number, comment.start() + 1, number, len(line.rstrip()) + 1)
        about = number if line[: comment.start()].strip() else number + 1
        match = _REST.match(comment["rest"].replace("-->", "").strip())
        names = tuple(name.strip() for name in match["rules"].split(",") if name.strip()) if match else ()
        yield Ignore(span, names, match["reason"].strip() if match else "", about)
