"""Results as tables, as sentences and as data. They hold counts, and never a share of what is met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from mlops_gitops.compliance.assess import Result
from mlops_gitops.compliance.bias_audit import audited_rates, newest_audit
from mlops_gitops.compliance.result import Finding, Status, Stop
from mlops_gitops.compliance.selection_rates import Rate, Rates, label
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.table import Table
from mlops_gitops.records.pack import Pack, Source


def result_tables(subject: Subject, results: Sequence[Result]) -> Iterator[Table]:
    """A table for each pack with the rows that apply, and those of its rates where it asks for some."""
    name = " ".join(filter(None, (subject.model, subject.release.version if subject.release else "")))
    for _, grouped in groupby(results, key=lambda result: result.pack.id):
        rows = list(grouped)
        pack, shown = rows[0].pack, [result for result in rows if result.status is not Status.NOT_APPLICABLE]
        title = f"{name}: pack {pack.id} {pack.version}"
        if shown:
            columns = (pack.row, "status", "what it asks for, and what was found")
            yield Table(title, columns, tuple(map(_row, shown)))
        found = _rates(subject, shown)
        yield from _rate_tables(name, found) if found else ()


def _row(result: Result) -> tuple[str, ...]:
    help = f" To do: {result.help}" if result.help else ""
    status = result.status.value + (f" ({result.severity})" if result.is_open else "")
    found = result.says.rstrip(".")
    return result.row.id, status, f"{result.row.title} ({result.row.source.article}): {found}.{help}"


def _rates(subject: Subject, shown: Iterable[Result]) -> Rates | None:
    """The rates of a pack that asks for them; None where none does, or they are out of reach."""
    if not any("bias-rates" in result.row.checks for result in shown):
        return None
    try:
        return audited_rates(subject, newest_audit(subject))
    except Stop:
        return None


def _rate_tables(name: str, found: Rates) -> Iterator[Table]:
    columns = ("category", "applicants", "share", "rate", "impact ratio")
    parts = {"sex": found.sex, "race or ethnicity": found.race, "sex and race or ethnicity": found.both}
    for by, rates in parts.items():
        yield Table(f"{name}: rates by {by}", columns, tuple(map(_rate_row, rates)))


def _rate_row(rate: Rate) -> tuple[str, ...]:
    ratio = "left out" if rate.ratio is None else f"{rate.ratio:.2f}"
    return label(rate.category), str(rate.applicants), f"{rate.share:.1%}", f"{rate.rate:.1%}", ratio


def summary_table(subject: Subject, results: Sequence[Result]) -> Table:
    """For each pack its counts, what does not apply and why, and its note."""
    rows: list[tuple[str, str]] = []
    for id, grouped in groupby(results, key=lambda result: result.pack.id):
        every = list(grouped)
        counts = Counter(result.status for result in every)
        rows.append((id, ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])))
        exempt: dict[str, list[str]] = {}
        for result in every:
            if result.status is Status.NOT_APPLICABLE:
                exempt.setdefault(result.because, []).append(result.row.id)
        for because, ids in exempt.items():
            joined = " " if because.startswith("until") else ", since "
            rows.append(("", f"not applicable{joined}{because}: {', '.join(ids)}"))
        rows.append(("", f"{every[0].pack.title}. {every[0].pack.note}".strip()))
    return Table(f"{subject.model} on {subject.context.today}", ("pack", "results"), tuple(rows))


def results_to_json(subject: Subject, results: Sequence[Result]) -> dict[str, Any]:
    """The results of one model as data."""
    packs = []
    for _, grouped in groupby(results, key=lambda result: result.pack.id):
        rows = list(grouped)
        counts = Counter(result.status.value for result in rows)
        data = {**rows[0].pack.pin(), "title": rows[0].pack.title, "note": rows[0].pack.note, "counts": dict(counts)}
        found = _rates(subject, (result for result in rows if result.status is not Status.NOT_APPLICABLE))
        packs.append(data | {"requirements": [_to_json(r) for r in rows]} | (_rates_to_json(found) if found else {}))
    release = subject.release.version if subject.release else None
    return {"model": subject.model, "release": release, "packs": packs}


def _to_json(result: Result) -> dict[str, Any]:
    row = result.row
    return {
        "id": row.id, "title": row.title, "source": _source(row.source), "applies_from": row.applies_from.isoformat(),
        "role": row.role, "severity": result.severity, "status": result.status.value, "evidence": result.says,
        "not_assessed": row.not_assessed, "help": result.help, "findings": [_finding(f) for f in result.findings],
    }  # fmt: skip


def _source(source: Source) -> dict[str, str]:
    return {
        "act": source.act, "as_amended_by": source.amended_by, "article": source.article,
        "source_checked": source.checked.isoformat(), "against": source.against,
    }  # fmt: skip


def _finding(finding: Finding) -> dict[str, Any]:
    path = finding.place.path if finding.place else None
    return {"status": finding.status.value, "says": finding.says, "path": path, "soon": finding.soon}


def _rates_to_json(found: Rates) -> dict[str, Any]:
    parts = {"sex": found.sex, "race": found.race, "both": found.both}
    rates = {
        by: [
            {
                "category": label(rate.category), "applicants": rate.applicants, "hits": rate.hits,
                "share": rounded(rate.share), "rate": rounded(rate.rate), "ratio": rounded(rate.ratio),
            }
            for rate in every
        ]
        for by, every in parts.items()
    }  # fmt: skip
    return {"rates": rates | {"applicants": found.applicants, "unknown": found.unknown}}


def source_table(packs: Iterable[Pack]) -> Table:
    """What citations were compared with, when, and the requirements for which that was so."""
    against: dict[tuple[str, str], list[str]] = {}
    for pack in packs:
        for row in pack.requirements:
            against.setdefault((row.source.checked.isoformat(), row.source.against), []).append(row.id)
    rows = tuple((day, f"{text}: {', '.join(ids)}") for (day, text), ids in against.items())
    return Table("citations", ("compared on", "with what, and for which requirements"), rows)
