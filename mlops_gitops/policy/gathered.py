"""Findings of one kind in one file: each by itself while they are few, else one that counts them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Fix
from mlops_gitops.core.frozen import replace

FEW = 3
_VARIES = re.compile(r"\d+|'[^']*'|\"[^\"]*\"")  # from one finding to the next: numbers and what is quoted


def gathered(findings: Iterable[Diagnostic], summary: str) -> Iterator[Diagnostic]:
    """The findings, or beyond FEW the first of them with `summary` as its message, `{count}` in it their number.

    Its `related` leads to all the others, and its fix makes all of theirs.
    """
    found = list(findings)
    if len(found) <= FEW:
        yield from found
        return
    first, *rest = found
    related = (*first.related, *(finding.span for finding in rest))
    fixes = [finding.fix for finding in found if finding.fix]
    edits = tuple(edit for fix in fixes for edit in fix.edits)
    more = f", and {len(fixes) - 1} more alike" if len(fixes) > 1 else ""
    fix = Fix(f"{fixes[0].title}{more}", edits) if fixes else None
    yield replace(first, message=summary.replace("{count}", f"{len(found):,}", 1), related=related, fix=fix)


def gathered_alike(findings: Iterable[Diagnostic], paths: Container[str]) -> Iterator[Diagnostic]:
    """The findings, those of the files in `paths` that differ only in numbers and quoted words gathered."""
    alike: dict[tuple[object, ...], list[Diagnostic]] = {}
    for finding in findings:
        if finding.span.path not in paths:
            yield finding
            continue
        words = _VARIES.sub("", finding.message)
        alike.setdefault((finding.span.path, finding.rule, finding.severity, finding.undecided, words), []).append(
            finding
        )
    for group in alike.values():
        group.sort(key=lambda finding: finding.span)
        yield from gathered(group, f"{group[0].message} (the first of {len(group):,} alike)")
