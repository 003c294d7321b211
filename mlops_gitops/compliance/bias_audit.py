"""The bias audit that a card pins, and the rates that follow from its rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mlops_gitops.compliance.result import Place, Stop, failed, unavailable
from mlops_gitops.compliance.selection_rates import Category, Rates, rates
from mlops_gitops.compliance.shared_looks import evidence_pin
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import load
from mlops_gitops.records.card import Evidence
from mlops_gitops.records.release import Pin

TYPE, SCHEMA = "bias-audit", "bias-audit"


@frozen
class BiasAudit:
    """An audit of a day, as its file says it."""

    path: str
    audited: date
    data: Mapping[str, Any]

    @property
    def left_out(self) -> tuple[Category, ...]:
        """The categories that its ratios leave out."""
        return tuple((entry.get("sex", ""), entry.get("race", "")) for entry in self.data.get("left_out", ()))

    @property
    def pin(self) -> Pin:
        """Its rows by their digest."""
        rows = self.data["rows"]
        hash = "md5" if "md5" in rows else None
        return Pin(rows["path"], md5=rows.get("md5"), hash=hash, sha256=rows.get("sha256"))


def newest_audit(subject: Subject) -> BiasAudit:
    """The newest of the audits that the card pins. Raises Stop where there is none, or one is not valid."""
    pieces = [piece for piece in subject.card().evidence if piece.type == TYPE]
    if not pieces:
        help = f"commit its file (schema {SCHEMA}), then list it: {{id: audit, type: {TYPE}, path: …, sha256: …}}"
        raise Stop(failed("the card pins no bias audit", Place(subject.card_path, ("mlops", "evidence")), help))
    return max((_read(subject, piece) for piece in pieces), key=lambda audit: audit.audited)


def _read(subject: Subject, piece: Evidence) -> BiasAudit:
    place = Place(subject.card_path, ("mlops", "evidence", subject.card().evidence.index(piece)))
    document = load(subject.context.head.tree, piece.path)
    if document is None or evidence_pin(subject, piece) is None:
        help = "review it, then write its new digest"
        raise Stop(failed(f"{piece.path} is not there as the card pins it", place, help))
    if faults := schema_validation.check(document, SCHEMA):
        raise Stop(failed(f"{faults[0].span}: {faults[0].message}", Place(piece.path), faults[0].help))
    try:
        return BiasAudit(piece.path, date.fromisoformat(document.data["audited"]), document.data)
    except ValueError:
        raise Stop(failed(f"{piece.path}: there is no day {document.data['audited']}", Place(piece.path))) from None


def audited_rates(subject: Subject, audit: BiasAudit) -> Rates:
    """The rates by the rows that an audit pins. Raises Stop where they are out of reach."""
    if subject.evidence is None:
        raise Stop(unavailable("the rows are not looked at here", help=f"mlops-gitops governance {subject.model}"))
    try:
        counts = subject.evidence.counts(audit.pin, audit.data["columns"])
    except Undecided as error:
        raise Stop(unavailable(error.message, Place(audit.path), error.help)) from error
    if not counts:
        raise Stop(failed(f"{audit.pin.path} holds no applicants", Place(audit.path)))
    return rates(counts, audit.data.get("unknown", ()), audit.left_out)
