"""kpi-metric: what a KPI needs that its data, or its metric, does not have."""

from __future__ import annotations

from datetime import date

import sample
from cases import cases
from messages import lacking

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.rules.kpi_metric import RULE
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

PATH = "models/churn/kpis.yaml"
DATA = sample.KPIS.split("kpis:\n")[0]
BARE = "at_least: 0.5, confidence: 0.95"
SCORES = "    scores: {a: pa, b: pb}\n"


def _found(metric: str, gate: str = BARE, data: str = DATA) -> list[tuple[str, str]]:
    text = f"{data}kpis:\n  - id: it\n    metric: {metric}\n    gate: {{{gate}}}\n"
    head = Snapshot(Overlay(sample.files() | {PATH: text.encode()}))
    assert head.kpis("churn") is not None, "the example is not valid"
    found = list(RULE.check(Context(head, date(2026, 1, 1))))
    lines = text.splitlines()
    return [
        (f"{diagnostic.message} ({diagnostic.help})", lines[diagnostic.span.line - 1][diagnostic.span.column - 1 :])
        for diagnostic in found
    ]


def test_a_score_needs_a_threshold_before_it_predicts() -> None:
    data = DATA.replace("    prediction: predicted\n", "")
    ((accuracy, _),) = _found("accuracy\n    data: holdout", "at_least: 0.5", data)
    assert "add `prediction:`, or `threshold:`" in accuracy
    ((error, _),) = _found("mean_absolute_error\n    data: holdout", "at_most: 0.5", data)
    assert error.endswith("(add `prediction:`)")


@cases("metric", ["roc_auc", "average_precision", "expected_calibration_error"])
def test_a_confidence_is_for_a_metric_with_bounds(metric: str) -> None:
    assert _found(f"{metric}\n    data: holdout") == []


@cases(
    "metric, facts",
    [
        ("sklearn:roc_auc_score\n    data: holdout", ("sklearn:roc_auc_score", "no bounds", "`metric: roc_auc`")),
        ("sklearn:neg_log_loss\n    data: holdout", ("sklearn:neg_log_loss", "no bounds", "`metric: log_loss`")),
        ("sklearn:d2_log_loss_score\n    data: holdout", ("sklearn:d2_log_loss_score", "no bounds", "leave it out")),
        ("{file: metrics.json, key: auc}", ("metrics.json:auc", "no bounds", "leave it out", "`data:`")),
    ],
)  # fmt: skip
def test_without_bounds_it_is_a_fault_at_the_confidence(metric: str, facts: tuple[str, ...]) -> None:
    ((message, place),) = _found(metric)
    assert place == "0.95}" and not lacking(message, *facts)
    assert _found(metric, "at_least: 0.5") == []


def test_the_scores_of_many_classes_are_asked_for() -> None:
    metric = "log_loss_multiclass\n    data: holdout"
    ((message, place),) = _found(metric, "at_most: 0.5")
    assert place == "log_loss_multiclass"
    assert not lacking(message, "log_loss_multiclass", "score columns", "'holdout' declares none", "`scores:`")
    assert _found(metric, "at_most: 0.5", DATA + SCORES) == []


@cases(
    "metric, facts",
    [
        ("mean_absolute_error\n    data: holdout\n    cap: 10", None),
        ("r2\n    data: holdout\n    loss_bound: 10", None),
        ("pinball:0.9\n    data: holdout\n    loss_bound: 10", None),
        ("accuracy\n    data: holdout\n    cap: 10", ("cap", "accuracy")),
        ("log_loss\n    data: holdout\n    loss_bound: 10", ("loss_bound", "log_loss")),
        ("sklearn:max_error\n    data: holdout\n    cap: 10", ("cap", "sklearn:max_error")),
        ("mean_absolute_error\n    data: holdout\n    loss_bound: 20\n    cap: 10", ("cap", "loss_bound")),
        ("{file: metrics.json, key: mae}\n    cap: 10", ("cap", "metrics.json:mae", "leave out `cap`")),
    ],
)
def test_a_bound_of_losses_goes_with_a_mean_of_losses_that_have_none(
    metric: str, facts: tuple[str, ...] | None
) -> None:
    found = _found(metric, "at_most: 0.5")
    if facts is None:
        assert [message for message, _ in found if "cap" in message or "loss_bound" in message] == []
        return
    (message, place), *_ = [(message, place) for message, place in found if "losses" in message or "a loss" in message
                            or "loss of a row" in message]  # fmt: skip
    assert lacking(message, *facts) == [] and place in ("10", "10}")
