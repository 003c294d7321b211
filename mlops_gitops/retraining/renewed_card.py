"""A model card whose numbers and digests are those of a new candidate; every other byte is as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from mlops_gitops.cards.claimed_metrics import (
    Claim,
    agrees,
    canonical_metric,
    claim_matches,
    claims_hold,
    read_claims,
    recorded_numbers,
)
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.splice import splice
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.gates.result import GateResult
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records.card import Card
from mlops_gitops.records.kpis import Kpis

_FINEST = Decimal("1e-12")
_DIGITS = 4  # of a number whose own digits are too few to say it


def renewed_card(
    document: Document, card: Card, kpis: Kpis, tracking: Tracking, results: Sequence[GateResult]
) -> bytes:
    """The card of a candidate by the tree `tracking` is of, and by what its gates measured.

    A claim that differs from what was measured is written again; of claims about several data sets, where none holds.
    Raises Error for a claim that cannot be written.
    """
    edits = [*_claims(document, card, kpis, tracking, results), *_digests(card, tracking)]
    for route, written in edits:
        try:
            document = replace(parse(document.path, splice(document, route, written).encode()), bom=document.bom)
        except ValueError as error:
            raise Error(f"{document.path} cannot say {written}: {error}", help="write the value on one line") from error
    return document.raw


def _claims(
    document: Document, card: Card, kpis: Kpis, tracking: Tracking, results: Sequence[GateResult]
) -> Iterator[tuple[Route, str]]:
    made = list(read_claims(document))
    recorded = recorded_numbers(tracking, kpis, [artifact.path for artifact in card.artifacts])
    for claim in made:
        measured = [
            result.candidate.value for result in results if claim_matches(claim.metric, result.id, result.metric)
        ]
        values = [value for value in measured if value is not None]
        values += [number.value for number in recorded.get(canonical_metric(claim.metric), ())]
        alike = [other for other in made if canonical_metric(other.metric) == canonical_metric(claim.metric)]
        if claim.number is None or not values or claims_hold(alike, values):
            continue
        if not any(agrees(claim, value) for value in values):
            yield claim.route, _written(document, claim, values[0])


def _written(document: Document, claim: Claim, value: float) -> str:
    """The value with as many digits as the claim has, in its quotes and as a percentage where it is one."""
    source = document.source_text(claim.route)
    quote = source[:1] if source[:1] in ("'", '"') else ""
    percent = claim.written.endswith("%")
    scale, digit = (Decimal(100), claim.digit * 100) if percent else (Decimal(1), claim.digit)
    number = Decimal(repr(value)) * scale
    place = Decimal(1).scaleb(max(digit, _FINEST).adjusted())  # it is the exponent that tells how many digits are kept
    shown = str(number.quantize(place)) if digit <= 1 else f"{number:.{_DIGITS}g}"
    if abs(Decimal(shown) - number) > max(Decimal("0.05"), abs(number) / 20) * scale:
        shown = f"{number:.{_DIGITS}g}"
    space = " " if percent and claim.written.endswith(" %") else ""
    return f"{quote}{shown}{space}{'%' if percent else ''}{quote}"


def _digests(card: Card, tracking: Tracking) -> Iterator[tuple[Route, str]]:
    """The digests that the card states of its artifacts and its evidence, where the run made other bytes."""
    for n, artifact in enumerate(card.artifacts):
        output = tracking.output(artifact.path)
        if artifact.md5 and output and output.pin.md5 not in (None, artifact.md5):
            yield ("mlops", "artifacts", n, "md5"), f'"{output.pin.md5}"'
    for n, evidence in enumerate(card.evidence):
        output = tracking.output(evidence.path)
        if output is None or not output.pin.stage:
            continue
        data = None if output.cached else stored_if_possible(tracking.tree, evidence.path)
        key, digest = ("md5", output.pin.md5) if output.cached else ("sha256", sha256(data) if data else None)
        if digest and getattr(evidence, key) not in (None, digest):
            yield ("mlops", "evidence", n, key), f'"{digest}"'
