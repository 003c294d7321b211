"""docs/reference/packs/<id>.md: a built-in pack as a page, byte for byte the same for the same pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.core import markdown
from mlops_gitops.records.pack import Attestation, Pack, Requirement

_INTRODUCTION = """\
`make docs` writes this page from the pack that comes with the tool. How packs are named, enforced and written is in
[Answer to a regulation](../../how-to/answer-to-a-regulation.md).

What a machine checks is `passed` or `failed`. What is `present` is filled in, or there by its digest, and nothing looks
at what it says. What is `attested` is the word of a person, whose approval a receipt proves. This page and the reports
are no legal advice, and nothing in them says that a law is kept.
"""


def page(pack: Pack, checks: Mapping[str, Check]) -> str:
    """The page, without a last newline. `checks` are by id."""
    rows = pack.requirements
    blocks = [f"# {pack.title}", "", _INTRODUCTION, pack.note, ""]
    blocks += [f"The id is `{pack.id}`, the version {pack.version}.", "", f"## {pack.row.capitalize()}s", ""]
    blocks += [*_requirements(pack)]
    blocks += ["", "## Machine-checked", "", *_checked(rows, checks, Status.PASSED)]
    blocks += ["", "## Present", "", *_checked(rows, checks, Status.PRESENT)]
    blocks += ["", "## Attested", "", *_attested(rows)]
    blocks += ["", "## Not assessed", "", *(f"- {row.id}: {row.not_assessed}." for row in rows if row.not_assessed)]
    blocks += ["", "## Citations", "", "What each was compared with, and on which day:", "", *_citations(rows)]
    return "\n".join(blocks)


def _requirements(pack: Pack) -> Iterator[str]:
    yield from markdown.head(("id", "asks for", "source", "of whom", "from", "minimal / limited / high", "only where"))
    for row in pack.requirements:
        severity = " / ".join(row.severity[risk] for risk in ("minimal", "limited", "high"))
        when = ", ".join(f"`{key}: {str(value).lower()}`" for key, value in row.when.items())
        cells = (row.id, row.title, str(row.source), row.role, str(row.applies_from), severity, when)
        yield markdown.row(cells)


def _checked(rows: Iterable[Requirement], checks: Mapping[str, Check], gives: Status) -> Iterator[str]:
    found = [
        f"- {row.id}: {checks[name].summary}"
        for row in rows
        for name in row.checks
        if isinstance(name, str) and checks[name].gives is gives
    ]
    yield from found or ["Nothing."]


def _attested(rows: Iterable[Requirement]) -> Iterator[str]:
    found = [f"- {row.id}: {_words(check)}." for row in rows for check in row.checks if isinstance(check, Attestation)]
    yield from found or ["Nothing."]


def _words(wanted: Attestation) -> str:
    words = [f"`{wanted.name}`", "of each release" if wanted.per_release else "of the model"]
    words += [f"at most {wanted.max_age} old"] if wanted.max_age else []
    words += [f"by {wanted.role}"] if wanted.role else []
    return ", ".join([*words, *(["by nobody who is an owner on the card"] if wanted.independent else [])])


def _citations(rows: Iterable[Requirement]) -> Iterator[str]:
    against: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        against.setdefault((str(row.source.checked), row.source.against), []).append(row.id)
    yield from (f"- {day}, {text}: {', '.join(ids)}." for (day, text), ids in against.items())
