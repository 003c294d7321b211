"""holdout-wear: how many releases were judged on one and the same file."""

from __future__ import annotations

import sample
from past import PRODUCTION, Ran, context, ledger, time

from mlops_gitops.contracts import Edit
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.rules import holdout_wear
from mlops_gitops.rules.holdout_wear import RULE

MANIFEST = "releases/churn/1.1.0.yaml"
SAME = Edit(MANIFEST, "d" * 32, "c" * 32)  # 1.1.0 was evaluated on the file of 1.0.0
LIMIT = Edit("models/churn/kpis.yaml", "    label: churned\n", "    label: churned\n    max_releases: 1\n")
BEFORE = ledger(Ran("staging", "1.1.0", time(8)))


def _found(*base: Edit) -> list[Diagnostic]:
    return list(RULE.check(context(BEFORE, base, PRODUCTION)))


def test_a_declared_limit_is_an_error() -> None:
    (found,) = _found(SAME, LIMIT)
    assert (found.severity, found.message) == (
        Severity.ERROR,
        "holdout judges its 2nd release of churn by the same file (data/holdout.csv), and at most 1 may be",
    )


def test_another_file_is_another_exam() -> None:
    assert _found(LIMIT) == []


def test_without_a_limit_it_warns_when_one_false_pass_is_to_be_expected() -> None:
    assert _found(SAME) == []
    sure = Edit("models/churn/kpis.yaml", "at_least: 0.85", "at_least: 0.85, confidence: 0.8")
    many = [Edit(f"releases/churn/1.0.{n}.yaml", None, None, copy=MANIFEST) for n in range(1, 6)]
    ran = ledger(*(Ran("staging", f"1.0.{n}", time(8, n)) for n in range(1, 6)))
    edits = [*_numbered(many), SAME, sure]
    (found,) = RULE.check(context(ran, tuple(edits), PRODUCTION))
    assert found.severity is Severity.WARNING and "its 6th release" in found.message
    assert holdout_wear.WORN == 20


def _numbered(copies: list[Edit]) -> list[Edit]:
    """Manifests of other versions that were evaluated on the file of 1.0.0."""
    text = sample.files()["releases/churn/1.0.0.yaml"].decode()
    return [Edit(its.path, None, text.replace("1.0.0", its.path.rsplit("/", 1)[1][:-5])) for its in copies]
