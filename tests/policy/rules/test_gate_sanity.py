"""gate-sanity: gates that cannot pass, cannot fail, or look the wrong way round."""

from __future__ import annotations

from datetime import date

import sample
from cases import cases
from messages import lacking

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.rules import kpi_metric
from mlops_gitops.policy.rules.gate_sanity import RULE
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

PATH = "models/churn/kpis.yaml"


def _found(gate: str, metric: str = "roc_auc, data: holdout") -> list[Diagnostic]:
    head = sample.KPIS.split("kpis:\n")[0] + f"kpis:\n  - {{id: it, metric: {metric}, gate: {{{gate}}}}}\n"
    files = sample.files() | {PATH: head.encode()}
    context = Context(Snapshot(Overlay(files)), date(2026, 1, 1))
    assert context.head.kpis("churn") is not None, "the example is not valid"
    return list(RULE.check(context))


FINE = [
    ("at_least: 0.5", "roc_auc, data: holdout"),
    ("at_least: 1", "roc_auc, data: holdout"),
    ("at_most: 0", "log_loss, data: holdout"),
    ("at_least: 0.8, at_most: 0.8", "roc_auc, data: holdout"),
    ("at_least: -3", "r2, data: holdout"),
    ("at_most: 1000000", "mean_absolute_error, data: holdout"),
    ("no_worse_than: {baseline: production, by: 0}", "roc_auc, data: holdout"),
    ("no_worse_than: {baseline: production, by: 50}", "mean_absolute_error, data: holdout"),
    ("at_least: 85", "{file: m.json, key: a}"),
    ("at_least: 0, at_most: 40", "{file: m.json, key: a}"),
    ("at_least: 0.1, at_most: 0.3", "brier, data: holdout"),
    ("at_most: 12", "'sklearn:max_error', data: holdout"),
    ("at_least: 12", "no_such_metric, data: holdout"),
]
WRONG = [
    ("at_least: 0.9, at_most: 0.8", "roc_auc", "error",
     ("at least 0.9", "at most 0.8", "cannot pass")),
    ("at_least: 85", "roc_auc", "error", ("roc_auc", "between 0 and 1", "at_least: 85", "cannot pass")),
    ("at_most: -1", "log_loss", "error", ("log_loss", "never below 0", "at_most: -1", "cannot pass")),
    ("at_least: 1.5", "r2", "error", ("r2", "never above 1", "at_least: 1.5", "cannot pass")),
    ("at_least: 0", "roc_auc", "error", ("roc_auc", "between 0 and 1", "at_least: 0", "always met", "cannot fail")),
    ("at_most: 1", "brier", "error", ("brier", "between 0 and 1", "at_most: 1", "always met", "cannot fail")),
    ("at_most: 85, at_least: 0.5", "roc_auc", "error",
     ("roc_auc", "between 0 and 1", "at_most: 85", "always met", "decides nothing")),
    ("at_least: 0, at_most: 9", "mean_absolute_error", "warning",
     ("mean_absolute_error", "never below 0", "at_least: 0", "always met", "decides nothing")),
    ("at_least: 0.5, no_worse_than: {baseline: production, by: 5}", "roc_auc", "error",
     ("roc_auc", "between 0 and 1", "loss of 5", "always allowed", "decides nothing")),
    ("no_worse_than: {baseline: production, by: 1}", "roc_auc", "error",
     ("roc_auc", "between 0 and 1", "loss of 1", "always allowed", "cannot fail")),
    ("at_least: 5", "mean_absolute_error", "warning", ("lower mean_absolute_error is better", "at_least")),
    ("at_most: 0.9, no_worse_than: {baseline: production, by: 0.1}", "roc_auc", "warning",
     ("higher roc_auc is better", "at_most")),
]  # fmt: skip


@cases("gate, metric", FINE)
def test_gates_that_decide(gate: str, metric: str) -> None:
    assert _found(gate, metric) == []


@cases("gate, metric, severity, facts", WRONG)
def test_gates_that_do_not(gate: str, metric: str, severity: str, facts: tuple[str, ...]) -> None:
    (found,) = _found(gate, f"{metric}, data: holdout")
    assert (found.severity, found.span.path, found.span.line) == (severity, PATH, 11)
    assert not lacking(found.message, *facts)


def test_a_direction_that_the_kpi_itself_declares() -> None:
    (found,) = _found("at_least: 40", "{file: m.json, key: p95}, better: lower")
    assert not lacking(found.message, "lower m.json:p95 is better", "at_least") and "`at_most`" in found.help


def test_a_gate_of_which_nothing_decides_is_told_at_each_condition() -> None:
    found = _found("at_least: 0, no_worse_than: {baseline: production, by: 1}")
    assert [lacking(diagnostic.message, "cannot fail") for diagnostic in found] == [[], []]


def test_a_model_whose_gates_all_only_warn() -> None:
    (found,) = _found("at_least: 0.5, on_fail: warn")
    assert (found.severity, found.span.line) == ("warning", 10)
    assert not lacking(found.message, "every gate of churn", "only warns")


def test_a_threshold_out_of_range_is_told_by_one_rule_only() -> None:
    files = sample.files()
    files[PATH] = files[PATH].replace(b"at_least: 0.85", b"at_least: 85")
    context = Context(Snapshot(Overlay(files)), date(2026, 1, 1))
    assert (len(list(RULE.check(context))), list(kpi_metric.RULE.check(context))) == (1, [])


@cases("key", ["cap", "loss_bound"])
@cases("metric", ["mean_absolute_error", "root_mean_squared_error"])
def test_a_loss_with_a_bound_has_a_range(metric: str, key: str) -> None:
    limited = f"{metric}, data: holdout, {key}: 10"
    assert _found("at_most: 9", limited) == []
    (beyond,) = _found("at_most: 12", limited)
    assert beyond.severity.value == "error"
    name = f"{metric} capped at 10" if key == "cap" else metric
    assert lacking(beyond.message, f"{name} lies between 0 and 10", "at_most: 12") == []
    assert [found.severity.value for found in _found("no_worse_than: {baseline: production, by: 10}", limited)] == [
        "error"
    ]
