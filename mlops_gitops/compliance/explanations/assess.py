"""The evidence of a card that explains its model, each piece with its level."""

from __future__ import annotations

from mlops_gitops.compliance.explanations import explanation
from mlops_gitops.compliance.explanations.explanation import TYPE, Permutation
from mlops_gitops.compliance.explanations.level import ORDER, Derived, Explained, Level, NotReached
from mlops_gitops.compliance.explanations.links import link
from mlops_gitops.compliance.explanations.rerun import require_onnx
from mlops_gitops.compliance.result import Place, Stop, failed
from mlops_gitops.compliance.shared_looks import evidence_pin
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import load
from mlops_gitops.records import card


def best(subject: Subject) -> Explained:
    """The explanation that is verified furthest. Raises Stop where the card pins none."""
    every = explained(subject)
    if not every:
        help = f"mlops-gitops explain init {subject.model}"
        place = Place(subject.card_path, ("mlops", "evidence"))
        raise Stop(failed(f"the card lists no evidence of type {TYPE}", place, help))
    return max(every, key=lambda found: (not found.is_refuted, ORDER.index(found.level), not found.is_undecided))


def explained(subject: Subject) -> list[Explained]:
    """Every piece of evidence that explains the model, with its level. Raises Stop without a valid card or KPIs."""
    pieces = [piece for piece in subject.card().evidence if piece.type == TYPE]
    return [_look(subject, piece) for piece in pieces]


def _look(subject: Subject, piece: card.Evidence) -> Explained:
    place = Place(subject.card_path, ("mlops", "evidence", subject.card().evidence.index(piece)))
    found = Explained(piece.path, place, Level.CLAIMED)
    if evidence_pin(subject, piece) is None:
        raise Stop(failed(f"{piece.path} is not there as the card pins it", place, "review it, and pin it again"))
    try:
        permutation = _linked(subject, piece)
        found = replace(found, level=Level.LINKED)
        if permutation is None:
            raise NotReached("only an explanation by permutation is derived again")
        found = replace(found, derived=_derived(subject, permutation), level=Level.RE_DERIVED)
        return replace(found, rerun=_rerun(subject, permutation), level=Level.RE_RUN)
    except NotReached as stopped:
        return replace(found, reason=stopped.reason, help=stopped.help, is_refuted=stopped.is_refuted)
    except Undecided as error:
        return replace(found, reason=error.message, help=error.help, is_undecided=True)


def _linked(subject: Subject, piece: card.Evidence) -> Permutation | None:
    if not piece.path.endswith(".json"):
        reason = "it is text for people; an explain.json can be verified"
        raise NotReached(reason, f"mlops-gitops explain init {subject.model}")
    document = load(subject.context.head.tree, piece.path)
    if document is None:
        reason = f"{piece.path} is not in Git, which is where it can be verified"
        raise NotReached(reason, "keep it in Git: an output with cache: false")
    return link(subject, explanation.read(document, subject.model))


def _derived(subject: Subject, permutation: Permutation) -> Derived:
    evidence = subject.evidence
    if evidence is None or evidence.rederive is None:
        raise Undecided("the predictions are not read here", help=f"mlops-gitops explain verify {subject.model}")
    return evidence.rederive(permutation)


def _rerun(subject: Subject, permutation: Permutation) -> int:
    evidence = subject.evidence
    if evidence is not None and evidence.rerun is not None:
        return evidence.rerun(permutation)
    require_onnx(permutation)
    raise Undecided("the model was not run again", help=f"mlops-gitops explain verify {subject.model} --re-run")
