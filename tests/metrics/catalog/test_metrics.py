"""Every metric against its own examples and against scikit-learn, on files as DVC holds them."""

from __future__ import annotations

import inspect
import random
import sys

import pytest
import sklearn.metrics
from cases import cases
from measured import DEFINITIONS, OURS, by_scikit_learn, evaluate, near

from mlops_gitops.core import plugins
from mlops_gitops.core.errors import Error
from mlops_gitops.measurement.results import Measured
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.scikit_learn import EQUIVALENTS, TAKES, TURNED
from mlops_gitops.records.kpis import Kpi

random.seed(20261124)
LABELS = [int(random.random() < 0.3) for _ in range(400)]
SCORES = [min(1.0, max(0.0, random.gauss(0.35 + 0.3 * label, 0.3))) for label in LABELS]  # 0 and 1 are among them
GUESSES = [int(score >= 0.5) for score in SCORES]
SALES = [random.gauss(1e6, 3.0) for _ in LABELS]  # far from 0: a naive sum of squares would lose every digit
FORECASTS = [sale + random.gauss(0.5, 1.0) for sale in SALES]


def value(folder, name, columns, file_format="parquet", **declared):
    """The value of one metric."""
    return evaluate(folder, [name], columns, file_format, **declared)[name].value


def defined(name):
    """What scikit-learn says of the sample rows that suit a metric."""
    metric = lookup.find_metric(name)
    label = SALES if metric.numeric else LABELS
    given = SCORES if {"score", "scores"} & metric.needs else FORECASTS if metric.numeric else GUESSES
    return near(by_scikit_learn(name, label, given))


EXAMPLES = [(name, *example) for name, metric in OURS.items() for example in metric.examples]


@cases("file_format", ["csv", "parquet"])
@cases("name, columns, expected", EXAMPLES)
def test_a_metric_gives_its_own_examples(tmp_path, name, columns, expected, file_format):
    assert value(tmp_path, name, columns, file_format) == near(expected)


def test_every_file_of_the_band_is_a_metric_of_that_name_with_examples_and_a_source():
    assert set(OURS) == set(DEFINITIONS)
    listed = {metric.id.partition(":")[0] for metric in plugins.all_of("metrics.catalog", "METRIC")}
    families = plugins.all_of("metrics.catalog", "FAMILY")
    assert listed | {family.id for family in families} == set(plugins.names("metrics.catalog"))
    assert all(metric.examples and metric.source and metric.summary.endswith(".") for metric in OURS.values())


@cases("file_format", ["csv", "parquet"])
def test_scikit_learn_is_the_definition(tmp_path, file_format):
    numeric = [name for name, metric in OURS.items() if metric.numeric]
    columns = {"label": LABELS, "prediction": GUESSES, "score": SCORES}
    columns |= {"scores.0": [1 - score for score in SCORES], "scores.1": SCORES}
    found = evaluate(tmp_path, set(OURS) - set(numeric), columns, file_format)
    found |= evaluate(tmp_path, numeric, {"label": SALES, "prediction": FORECASTS}, file_format)
    assert {name: measured.value for name, measured in found.items()} == {name: defined(name) for name in OURS}


@cases("digits", [0, 1, 2])
def test_ties_and_certainties_count_as_in_scikit_learn(tmp_path, digits):
    scores = [round(score, digits) for score in SCORES]
    names = [name for name, metric in OURS.items() if "score" in metric.needs]
    found = evaluate(tmp_path, names, {"label": LABELS, "score": scores})
    expected = {name: near(by_scikit_learn(name, LABELS, scores)) for name in names}
    assert {name: measured.value for name, measured in found.items()} == expected


def test_a_row_that_stands_many_times_weighs_as_much_in_scikit_learn(tmp_path):
    weights = [random.randrange(1, 9) for _ in LABELS]
    for label, columns in ((LABELS, {"prediction": GUESSES, "score": SCORES}), (SALES, {"prediction": FORECASTS})):
        quantities = label is SALES
        names = [name for name, its in OURS.items() if its.numeric == quantities and "scores" not in its.needs]
        names.remove("expected_calibration_error") if not quantities else None  # calibration_curve takes no weights
        many = {name: [its for its, n in zip(column, weights, strict=True) for _ in range(n)]
                for name, column in ({"label": label} | columns).items()}  # fmt: skip
        found = evaluate(tmp_path, names, many)
        given = {name: columns["score" if "score" in OURS[name].needs else "prediction"] for name in names}
        expected = {name: near(by_scikit_learn(name, label, given[name], sample_weight=weights)) for name in names}
        assert {name: measured.value for name, measured in found.items()} == expected


@cases("file_format", ["csv", "parquet"])
@cases("classes, positive", [(("stay", "leave"), "leave"), (("no", "yes"), "yes"), ((2, 1), 1), ((False, True), None)])
def test_classes_may_have_any_name(tmp_path, classes, positive, file_format):
    named = {"label": [classes[label] for label in LABELS], "prediction": [classes[guess] for guess in GUESSES]}
    names = [name for name, metric in OURS.items() if not metric.numeric and "scores" not in metric.needs]
    names.append("sklearn:f1_score")
    found = evaluate(tmp_path, names, named | {"score": SCORES}, file_format, positive=positive)
    assert {name: measured.value for name, measured in found.items()} == {name: defined(name) for name in names}


@cases("classes, positive", [((0, 1), None), (("stay", "leave"), "leave")])
def test_a_prediction_follows_from_a_score_and_a_threshold(tmp_path, classes, positive):
    names = [name for name, metric in OURS.items() if not metric.numeric and "scores" not in metric.needs]
    names += ["sklearn:recall_score", "sklearn:matthews_corrcoef"]
    columns = {"label": [classes[label] for label in LABELS], "score": SCORES}
    found = evaluate(tmp_path, names, columns, threshold=0.5, positive=positive)
    assert {name: measured.value for name, measured in found.items()} == {name: defined(name) for name in names}


@cases(
    "name, columns, why",
    [
        ("precision", {"label": [1, 0], "prediction": [0, 0]}, "is undefined: no prediction is positive"),
        ("recall", {"label": [0, 0], "prediction": [1, 0]}, "is undefined: no label is positive"),
        ("f1", {"label": [0, 0], "prediction": [0, 0]}, "is undefined: neither a label nor a prediction is positive"),
        ("roc_auc", {"label": [1, 1], "score": [0.2, 0.3]}, "is undefined: the labels are of one class only"),
        ("log_loss", {"label": [0, 0], "score": [0.2, 0.3]}, "is undefined: the labels are of one class only"),
        ("specificity", {"label": [1, 1], "prediction": [1, 0]}, "is undefined: no label is negative"),
        ("jaccard", {"label": [0, 0], "prediction": [0, 0]},
         "is undefined: neither a label nor a prediction is positive"),
        ("f_beta:2", {"label": [0, 0], "prediction": [0, 0]},
         "is undefined: neither a label nor a prediction is positive"),
        ("average_precision", {"label": [0, 0], "score": [0.2, 0.3]}, "is undefined: no label is positive"),
        ("precision_macro", {"label": ["a", "b"], "prediction": ["a", "a"]},
         "is undefined: a class among the labels is never predicted"),
        ("recall_macro", {"label": ["a", "a"], "prediction": ["a", "b"]},
         "is undefined: a class among the predictions is never a label"),
        ("matthews_corrcoef", {"label": ["a", "b"], "prediction": ["a", "a"]},
         "is undefined: the labels or the predictions are of one class only"),
        ("cohen_kappa", {"label": ["a", "a"], "prediction": ["a", "a"]},
         "is undefined: labels and predictions are all of one class"),
        ("r2", {"label": [4.2, 4.2], "prediction": [4.2, 4.1]}, "is undefined: the labels do not vary"),
        ("r2", {"label": [4.2], "prediction": [4.2]}, "is undefined: the labels do not vary"),
        ("root_mean_squared_error", {"label": [1e300], "prediction": [-1e300]}, "is not a finite number"),
        ("sklearn:precision_score", {"label": [1, 0], "prediction": [0, 0]},
         "is undefined: scikit-learn gives no finite number for these rows"),
        ("sklearn:mean_gamma_deviance", {"label": [0, 1], "prediction": [1, 1]},
         "is undefined: scikit-learn gives no finite number for these rows"),
    ],
)  # fmt: skip
def test_an_undefined_metric_has_no_value_but_a_reason(tmp_path, name, columns, why):
    measured = evaluate(tmp_path, [name], columns)[name]
    assert measured == Measured(None, len(columns["label"]), f"{name} of holdout {why}")


@cases("name", ["f1", "f_beta:2", "jaccard", "specificity", "brier", "expected_calibration_error"])
def test_a_metric_that_scikit_learn_defines_for_one_class_is_defined(tmp_path, name):
    columns = {"label": [0, 0, 0], "prediction": [0, 1, 0], "score": [0.1, 0.7, 0.2]}
    given = columns["score"] if "score" in OURS[name].needs else columns["prediction"]
    assert value(tmp_path, name, columns) == near(by_scikit_learn(name, columns["label"], given))


def test_all_rows_positive_is_a_perfect_average_precision_as_in_scikit_learn(tmp_path):
    columns = {"label": [1, 1, 1], "score": [0.1, 0.7, 0.7]}
    assert value(tmp_path, "average_precision", columns) == near(
        by_scikit_learn("average_precision", *columns.values())
    )


def test_a_label_of_nothing_has_the_percentage_error_that_scikit_learn_gives_it(tmp_path):
    columns = {"label": [0.0, 2.0, -3.0], "prediction": [0.5, 1.0, -3.3]}
    found = value(tmp_path, "mean_absolute_percentage_error", columns)
    assert found == near(by_scikit_learn("mean_absolute_percentage_error", *columns.values()))


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
    losses = {name: its._score_func.__name__ for name, its in scorers.items() if its._sign < 0}
    assert {name: its for name, its in losses.items() if its in TAKES} == TURNED
    for name in TURNED:
        metric = lookup.find_metric(f"sklearn:{name}")
        assert (metric.better, metric.range[0]) == ("lower", 0) and "(sign turned)" in metric.summary
    kpi = Kpi("loss", "sklearn:neg_log_loss", "holdout", None, None, None)
    assert (kpi.metric_name(), lookup.better_direction(kpi)) == ("sklearn:neg_log_loss (sign turned)", "lower")


def test_other_scorers_are_refused_with_the_metric_that_they_are():
    for name in set(sklearn.metrics.get_scorer_names()) - set(TAKES) - set(TURNED):
        with pytest.raises(Error, match=f"no metric is called 'sklearn:{name}'") as refused:
            lookup.find_metric(f"sklearn:{name}")
        ours = name if name in OURS else next((its for its in TAKES if its.startswith(f"{name}_")), "sklearn:")
        assert ours in refused.value.help


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


@cases(
    "name, nearest",
    [("roc_auk", "roc_auc"), ("sklearn", ""), ("", ""), ("../errors", ""), ("sklearn:f1", "sklearn:f1_score"),
     ("sklearn:get_scorer", "sklearn:r2_score"), ("sklearn:__name__", ""), ("f_beta", "f_beta:2"), ("accuracy:2", ""),
     ("f_beta:0", "from 0.01 to 100"), ("f_beta:-1", ""), ("f_beta:1e1", ""), ("f_beta:nan", ""), ("f_beta:²", ""),
     ("f_beta:101", ""), ("f_beta:", ""), ("pinball:1.0", "between 0 and 1"), ("pinball:0.0", ""), ("pinball:0", ""),
     ("pinball:.5", ""), ("log_loss_multi", "log_loss_multiclass"),
     ("sklearn:f1_macro", "f1_macro is a metric of its own; the nearest: sklearn:")],
)  # fmt: skip
def test_an_unknown_metric_is_refused_with_the_nearest_names(name, nearest):
    with pytest.raises(Error, match="no metric is called") as refused:
        lookup.find_metric(name)
    assert nearest in refused.value.help
