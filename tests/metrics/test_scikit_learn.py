"""The metrics of scikit-learn, by its own names."""

from __future__ import annotations

import inspect
import sys

import pytest
import sklearn.metrics
from measured import FORECASTS, GUESSES, LABELS, OURS, SALES, SCORES, defined, evaluate

from mlops_gitops.core.errors import Error
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.scikit_learn import EQUIVALENTS, TAKES, TURNED
from mlops_gitops.records.kpis import Kpi


def test_any_listed_metric_of_scikit_learn_is_computed_by_it(tmp_path):
    names = [f"sklearn:{name}" for name in (*TAKES, *TURNED)]
    numeric = [name for name in names if lookup.find_metric(name).numeric]
    columns = {"label": LABELS, "prediction": GUESSES, "score": SCORES}
    found = evaluate(tmp_path, set(names) - set(numeric), columns)
    found |= evaluate(tmp_path, numeric, {"label": SALES, "prediction": FORECASTS})
    assert {name: measured.value for name, measured in found.items()} == {name: defined(name) for name in names}


def test_the_list_holds_every_function_that_takes_a_label_and_one_more_column():
    def takes_two(name):
        parameters = list(inspect.signature(getattr(sklearn.metrics, name)).parameters.values())
        second = parameters[1].name if len(parameters) > 1 and parameters[0].name == "y_true" else ""
        return second in ("y_pred", "y_score", "y_prob", "y_proba", "y_pred_proba")

    def gives_a_number(name):
        for arguments in ((LABELS, GUESSES), (LABELS, SCORES), (SALES, FORECASTS)):
            try:
                float(getattr(sklearn.metrics, name)(*arguments))
            except (ValueError, TypeError):
                continue
            return True
        return False

    names = set(sklearn.metrics.__all__) - {"top_k_accuracy_score"}
    functions = [name for name in names if inspect.isfunction(getattr(sklearn.metrics, name))]
    assert {name for name in functions if takes_two(name) and gives_a_number(name)} == set(TAKES)


def test_the_name_of_a_scikit_learn_metric_says_what_is_better():
    better = {name: lookup.find_metric(f"sklearn:{name}").better for name in TAKES}
    assert better["r2_score"] == "higher"
    assert better["max_error"] == better["log_loss"] == better["mean_gamma_deviance"] == "lower"
    assert better["matthews_corrcoef"] is None


def test_a_scorer_that_is_minus_a_loss_is_measured_as_the_loss():
    scorers = {name: sklearn.metrics.get_scorer(name) for name in sklearn.metrics.get_scorer_names()}
    losses = {name: scorer._score_func.__name__ for name, scorer in scorers.items() if scorer._sign < 0}
    assert {name: loss for name, loss in losses.items() if loss in TAKES} == TURNED
    for name in TURNED:
        metric = lookup.find_metric(f"sklearn:{name}")
        assert (metric.better, metric.range[0]) == ("lower", 0) and "(sign turned)" in metric.summary
    kpi = Kpi("loss", "sklearn:neg_log_loss", "holdout", None, None, None)
    assert (kpi.metric_name(), lookup.better_direction(kpi)) == ("sklearn:neg_log_loss (sign turned)", "lower")


def test_other_scorers_are_refused_with_the_metric_that_they_are():
    for name in set(sklearn.metrics.get_scorer_names()) - set(TAKES) - set(TURNED):
        with pytest.raises(Error, match=f"no metric is called 'sklearn:{name}'") as refused:
            lookup.find_metric(f"sklearn:{name}")
        nearest = name if name in OURS else next((known for known in TAKES if known.startswith(f"{name}_")), "sklearn:")
        assert nearest in refused.value.help


def test_what_is_named_instead_of_a_function_of_scikit_learn_measures_the_same():
    for function, ours in EQUIVALENTS.items():
        metric, other = lookup.find_metric(ours), lookup.find_metric(f"sklearn:{function}")
        assert metric.form.intervals and not other.form.intervals
        assert metric.needs == other.needs and metric.better == (other.better or "higher")
        assert defined(ours) == defined(f"sklearn:{function}").expected


def test_where_scikit_learn_is_missing_its_metrics_have_a_reason(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    columns = {"label": [1, 0], "prediction": [1, 0]}
    measured = evaluate(tmp_path, ["sklearn:f1_score"], columns)["sklearn:f1_score"]
    assert measured.value is None
    assert measured.reason.endswith("scikit-learn with f1_score is not installed (pip install scikit-learn)")
