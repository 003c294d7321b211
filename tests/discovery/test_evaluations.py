"""Which numbers and predictions a model's KPIs begin with: those of the evaluation that reads it."""

from __future__ import annotations

import json

from mlops_gitops.discovery.discover import discover
from mlops_gitops.discovery.evaluations import Evaluation, evaluation
from mlops_gitops.documents.tree import Overlay

# The files are read in the order of the alphabet, and the evaluation's comes last.
STAGES = {
    "a_profile": {"cmd": "x", "deps": ["data.csv"], "metrics": ["a_profile.json"]},
    "train": {"cmd": "x", "deps": ["data.csv"], "outs": ["model.pkl"], "metrics": ["b_fit.json"]},
    "predict": {"cmd": "x", "deps": ["model.pkl"], "outs": ["predictions.csv"], "metrics": ["y_direct.json"]},
    "score": {"cmd": "x", "deps": ["predictions.csv"], "metrics": ["z_scores.json"]},
}
NUMBERS = {"a_profile.json": {"map": 0.99}, "b_fit.json": {"auc": 0.98, "logloss": 0.1},
           "y_direct.json": {"accuracy": 0.7}, "z_scores.json": {"auc": 0.71}}  # fmt: skip


def _evaluation(stages: dict[str, dict[str, object]], *absent: str) -> Evaluation:
    texts = {path: json.dumps(data) for path, data in NUMBERS.items() if path not in absent}
    texts["dvc.yaml"] = json.dumps({"stages": stages})
    found = discover(Overlay({path: text.encode() for path, text in texts.items()}), "churn")
    return evaluation(found, found.models[0], {}, {})


def _kpis(found: Evaluation) -> list[str]:
    return [f"{kpi.metric.file}:{kpi.metric.key}" for kpi in found.benchmarks if not isinstance(kpi.metric, str)]


def test_the_evaluation_that_reads_the_model_comes_first() -> None:
    found = _evaluation(STAGES)
    assert _kpis(found) == ["y_direct.json:accuracy", "z_scores.json:auc", "b_fit.json:logloss"]
    assert {number.file for number in found.left} == {"a_profile.json", "b_fit.json"}


def test_how_far_a_metric_scatters_is_no_kpi() -> None:
    texts = {"dvc.yaml": json.dumps({"stages": STAGES}), "z_scores.json": '{"auc": 0.8, "auc_std": 0.1, "auc_ci": 0.1}'}
    found = discover(Overlay({path: text.encode() for path, text in texts.items()}), "churn")
    assert _kpis(evaluation(found, found.models[0], {}, {})) == ["z_scores.json:auc"]


def test_what_is_measured_before_the_model_is_made_is_taken_only_where_there_is_nothing_else() -> None:
    assert _kpis(_evaluation(STAGES, "b_fit.json", "y_direct.json", "z_scores.json")) == ["a_profile.json:map"]


def test_numbers_of_single_folds_are_a_comment_that_says_what_is_missing() -> None:
    folds = {
        f"train_fold{n}": {"cmd": "x", "outs": [f"fold{n}.pkl"], "metrics": [name]}
        for n, name in enumerate(("y_direct.json", "z_scores.json"))
    }
    found = _evaluation(folds, "a_profile.json", "b_fit.json")
    (kpi,) = found.benchmarks
    assert "measured on some files of churn" in kpi.obstacle and len(found.left) == 1
    whole = _evaluation(folds | {"score": {"cmd": "x", "deps": ["fold0.pkl", "fold1.pkl"], "metrics": ["b_fit.json"]}})
    assert _kpis(whole) == ["b_fit.json:auc", "b_fit.json:logloss"]


def test_the_id_of_a_kpi_says_which_data_where_another_has_its_name() -> None:
    columns = {"id": ["1", "2", "3"], "y_true": ["a", "b", "c"], "y_pred": ["a", "b", "b"]}
    outs = ["holdout.csv", "last_year.csv"]
    stages = {
        "train": {"cmd": "x", "outs": ["model.pkl"]},
        "evaluate": {"cmd": "x", "deps": ["model.pkl"], "outs": outs, "metrics": ["extra.json", "more.json"]},
    }
    texts = {"dvc.yaml": json.dumps({"stages": stages}), "extra.json": '{"p95": 2}', "more.json": '{"p95": 3}'}
    found = discover(Overlay({path: text.encode() for path, text in texts.items()}), "churn")
    kpis = evaluation(found, found.models[0], dict.fromkeys(outs, columns), {}).benchmarks
    assert [kpi.id for kpi in kpis] == ["accuracy", "accuracy-last-year", "p95", "p95-more"]


def test_predictions_of_the_evaluation_come_before_those_of_the_training() -> None:
    columns = {"id": ["1", "2", "3"], "y_true": ["0", "1", "1"], "y_pred": ["0", "1", "0"]}
    stages = {
        "train": {"cmd": "x", "outs": ["model.pkl", "a_fitted.csv"]},
        "evaluate": {"cmd": "x", "deps": ["model.pkl"], "outs": ["holdout.csv"]},
    }
    found = discover(Overlay({"dvc.yaml": json.dumps({"stages": stages}).encode()}), "churn")
    tables = dict.fromkeys(("a_fitted.csv", "holdout.csv"), columns)
    assert list(evaluation(found, found.models[0], tables, {}).data) == ["holdout", "a-fitted"]
