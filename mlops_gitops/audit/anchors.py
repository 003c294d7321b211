"""Digests of records that are kept elsewhere: without them a rewritten history looks whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span


def missing_anchors(known: Set[str], anchors: Mapping[str, str]) -> Iterator[Diagnostic]:
    """One error for each digest kept elsewhere that is not among the `known` ones of this history."""
    for digest, path in anchors.items():
        if digest not in known:
            message = f"{digest} was on record elsewhere, and this history lacks it: it was rewritten"
            yield Diagnostic("anchor", Severity.ERROR, message, Span(path or "."))


def parse_anchors(text: str) -> dict[str, str]:
    """Digests with their paths, one a line: `sha256:… promotions/…`; empty lines and # comments are passed over.

    Raises ValueError for a line of another form.
    """
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        digest, _, path = line.split("#")[0].strip().partition(" ")
        if digest and not (digest.startswith("sha256:") and len(digest) == 71):
            raise ValueError(f"line {number} holds no digest of the form sha256:…")
        if digest:
            found[digest] = path.strip()
    return found
