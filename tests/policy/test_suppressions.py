"""What people let pass: warnings by a comment beside them, errors by a waiver, and what cannot be let pass."""

from __future__ import annotations

from datetime import date

import sample
from cases import cases
from messages import lacking

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.engine import snapshot_of_paths, validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

CARD = "models/churn/README.md"
PICKLE = sample.CARD.replace("model.skops}", "model.pkl}").replace("class: limited", "class: high")
PLAIN = sample.CARD.replace("model.skops}", "model.pkl}")
WAIVER = """apiVersion: mlops-gitops/v1
kind: Decision
type: waiver
subject: {rule: unsafe-format, path: models/churn/README.md}
role: operations
by: bob
reason: The vendor ships a pickle; it runs in a sandbox.
expires: 2026-01-31
"""


def _found(files: dict[str, str], rule: str, *, only: str = "", today: date = sample.TODAY) -> list[Diagnostic]:
    tree = Overlay({**sample.files(), **{path: text.encode() for path, text in files.items()}})
    head = snapshot_of_paths(tree, [only]) if only else Snapshot(tree)
    return [d for d in validate(Context(head, today), Scope.FILE if only else Scope.TREE) if d.rule == rule]


def test_a_waiver_turns_an_error_into_a_warning_that_says_who_and_why() -> None:
    (error,) = _found({CARD: PICKLE}, "unsafe-format")
    (waived,) = _found({CARD: PICKLE, "decisions/2026-01-06-pickle.yaml": WAIVER}, "unsafe-format")
    assert (error.severity, waived.severity) == (Severity.ERROR, Severity.WARNING)
    assert waived.message.startswith(error.message)
    assert not lacking(waived.message, "waived", "bob", "operations", "2026-01-31", "The vendor ships a pickle")
    assert [str(span) for span in waived.related] == ["decisions/2026-01-06-pickle.yaml:7:9"]


def test_a_waiver_counts_when_only_the_file_is_named() -> None:
    (waived,) = _found({CARD: PICKLE, "decisions/2026-01-06-pickle.yaml": WAIVER}, "unsafe-format", only=CARD)
    assert waived.severity is Severity.WARNING


def test_an_expired_waiver_lets_nothing_pass_and_is_named() -> None:
    files = {CARD: PICKLE, "decisions/2026-01-06-pickle.yaml": WAIVER}
    assert _found(files, "unsafe-format", today=date(2026, 1, 31))[0].severity is Severity.WARNING
    (error,) = _found(files, "unsafe-format", today=date(2026, 2, 1))
    assert error.severity is Severity.ERROR and error.message.endswith("(its waiver expired on 2026-01-31)")


@cases(
    "old, new",
    [("rule: unsafe-format", "rule: card-links"), ("path: models/churn/README.md", "path: models/other/README.md")],
)
def test_a_waiver_is_about_one_rule_in_one_file(old: str, new: str) -> None:
    files = {CARD: PICKLE, "decisions/2026-01-06-pickle.yaml": WAIVER.replace(old, new)}
    assert _found(files, "unsafe-format")[0].severity is Severity.ERROR


def test_what_keeps_promotions_honest_cannot_be_waived() -> None:
    state = "environments/staging/churn.yaml"
    files = {
        state: sample.files()[state].decode().replace('"1.0.0"', '"1.1.0"'),
        "decisions/2026-01-06-pickle.yaml": WAIVER.replace("unsafe-format", "state-record").replace(CARD, state),
    }
    assert [d.severity for d in _found(files, "state-record")] == [Severity.ERROR]


def test_a_waiver_on_the_base_without_a_receipt_is_ignored() -> None:
    base = {**sample.files(), CARD: PICKLE.encode(), "decisions/2026-01-06-pickle.yaml": WAIVER.encode()}
    head = Snapshot(Overlay(base))
    context = Context(head, sample.TODAY, head, sample.ledger_of(base), {}, at=lambda _: head)
    found = validate(context, Scope.BASE)
    assert [d.severity for d in found if d.rule == "unsafe-format"] == [Severity.ERROR]
    assert [d.span.path for d in found if d.rule == "unproven-decision" and "pickle" in d.message]


# Comments


def _commented(comment: str, *, card: str = PLAIN) -> list[Diagnostic]:
    text = card.replace("  artifacts:", f"  # {comment}\n  artifacts:")
    return _found({CARD: text}, "unsafe-format") + _found({CARD: text}, "ignore-comment")


def test_a_comment_lets_a_warning_pass_and_it_is_still_told() -> None:
    (note,) = _commented("mlops-gitops: ignore[unsafe-format] because only our own servers read it")
    assert note.severity is Severity.NOTE
    assert note.message.endswith("(ignored: only our own servers read it)")


def test_a_comment_in_the_text_of_a_card() -> None:
    body = "\n<!-- mlops-gitops: ignore[card-links] because the site makes it -->\n[there](nowhere.html)\n"
    assert [d.severity for d in _found({CARD: sample.CARD + body}, "card-links")] == [Severity.NOTE]


@cases(
    "comment, said",
    [
        ("mlops-gitops: ignore[unsafe-format]", "this comment ignores nothing: it must read"),
        ("mlops-gitops: ignore because I say so", "this comment ignores nothing"),
        ("mlops-gitops: ignore[unsafe-formats] because of it", "there is no rule 'unsafe-formats'"),
        ("mlops-gitops: ignore[card-links] because of it", "card-links warns of nothing here"),
    ],
)
def test_a_comment_that_ignores_nothing_is_told(comment: str, said: str) -> None:
    warning, fault = _commented(comment)
    assert warning.severity is Severity.WARNING and said in fault.message


def test_a_comment_cannot_let_an_error_pass() -> None:
    error, fault = _commented("mlops-gitops: ignore[unsafe-format] because of it", card=PICKLE)
    assert error.severity is Severity.ERROR and "a comment cannot let an error pass" in fault.message
