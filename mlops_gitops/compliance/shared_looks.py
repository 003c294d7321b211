"""Looks that several checks share: a text of the card, a part of its prose, evidence that it pins, a rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from mlops_gitops.cards.card_body import Prose
from mlops_gitops.cards.placeholders import placeholder, says_nothing
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed, present, unavailable
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core import plugins
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.diagnostics import Severity
from mlops_gitops.core.text import clipped
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records import card as cards
from mlops_gitops.records.release import Pin

CARD = "models/churn/README.md"  # of the tests' governed sample
SHOWN = 60  # characters of a text that are quoted as evidence


def card_text(key: str) -> Callable[[Subject], Finding]:
    """A look at a text below `mlops:`: whether it is filled in."""
    return partial(_text, key)


def _text(key: str, subject: Subject) -> Finding:
    written = str(subject.card().block.get(key) or "")
    place = Place(subject.card_path, ("mlops", key))
    if not written.strip():
        return failed(f"the card has no mlops.{key}", place, f"add {key}: below mlops:")
    if placeholder(written) or says_nothing(written):
        return failed(f"mlops.{key} says {clipped(written, SHOWN)!r}, which is not an answer", place, f"write {key}")
    return present(f"mlops.{key}: {clipped(' '.join(written.split()), SHOWN)}")


def card_section(title: re.Pattern[str], what: str, example: str) -> Callable[[Subject], Finding]:
    """A look at the prose of the card: whether a section whose heading matches `title` has text below it."""
    return partial(_section, title, what, example)


def _section(title: re.Pattern[str], what: str, example: str, subject: Subject) -> Finding:
    paragraphs = Prose(subject.card_document()).paragraphs()
    found = (p for p in paragraphs if title.search(p.title) and not placeholder(p.text) and not says_nothing(p.text))
    if (first := next(found, None)) is None:
        says = f"no section of the card says {what}"
        return failed(says, Place(subject.card_path), f"add a section, such as ## {example}")
    return present(f"section {clipped(first.title, SHOWN)!r}")


def evidence_of(*types: str) -> Callable[[Subject], Finding]:
    """A look at the evidence that the card lists: whether one of these types is pinned, unchanged and to be had."""
    return partial(pinned_evidence, types)


def pinned_evidence(types: tuple[str, ...], subject: Subject) -> Finding:
    """The best of the pieces of evidence of some types, or what is wrong with the first."""
    wanted = " or ".join(types)
    every = [piece for piece in subject.card().evidence if piece.type in types]
    if not every:
        help = f"commit the file, then list it: {{id: …, type: {types[0]}, path: …, sha256: …}}"
        return failed(
            f"the card lists no evidence of type {wanted}", Place(subject.card_path, ("mlops", "evidence")), help
        )
    found = [_one_piece(subject, piece) for piece in every]
    return max(found, key=lambda finding: tuple(Status).index(finding.status))


def _one_piece(subject: Subject, piece: cards.Evidence) -> Finding:
    route = ("mlops", "evidence", subject.card().evidence.index(piece))
    place = Place(subject.card_path, route)
    pin = evidence_pin(subject, piece)
    if pin is None:
        help = "review it, then write its new digest (validate --fix fills in one that is missing)"
        return failed(f"{piece.path} is not there as the card pins it", place, help)
    reason = subject.evidence.absence(pin) if subject.evidence and pin.md5 else ""
    if reason:
        return unavailable(f"{piece.path}: {reason}", place, "dvc push, where it was made; dvc pull here")
    return present(f"{piece.path}, {'md5 ' + str(pin.md5) if pin.md5 else 'sha256 ' + str(pin.sha256)[:12]}")


def evidence_pin(subject: Subject, piece: cards.Evidence) -> Pin | None:
    """A piece of evidence by the digest that the card and the tree agree on; None where they do not."""
    output = subject.context.head.tracking.output(piece.path)
    if output and output.cached:
        return output.pin if piece.md5 and piece.md5 == output.pin.md5 else None
    data = stored_if_possible(subject.context.head.tree, piece.path)
    if data is None or piece.sha256 is None or sha256(data) != piece.sha256:
        return None
    return Pin(piece.path, sha256=piece.sha256)


def rule_holds(module: str, sound: str) -> Callable[[Subject], Finding]:
    """A look through a rule of `policy/rules`: whether it finds fault with the card. `sound` says so where not."""
    return partial(_rule, module, sound)


def _rule(module: str, sound: str, subject: Subject) -> Finding:
    subject.card()
    rule: Rule = plugins.load("policy.rules", module, "RULE")
    found = [f for f in rule.check(subject.context) if f.span.path == subject.card_path]
    worst = [f for f in found if f.severity is not Severity.NOTE]
    if not worst:
        return passed(sound)
    if all(finding.undecided for finding in worst):
        return unavailable(f"{rule.id}: {worst[0].message}", Place(subject.card_path), worst[0].help)
    return failed(f"{rule.id}: {worst[0].message}", Place(subject.card_path), worst[0].help)


def without(key: str) -> tuple[Edit, ...]:
    """The edit of the governed sample that leaves a text of the card to be written."""
    return (Edit(CARD, f"  {key}: ", f"  {key}: 'To be written: ' # "),)
