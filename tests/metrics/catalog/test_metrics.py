"""Every metric against its own examples and against scikit-learn, on files as DVC holds them."""

from __future__ import annotations

import random
from itertools import cycle

from cases import cases
from measured import (
    DEFINITIONS,
    FORECASTS,
    GUESSES,
    LABELS,
    OURS,
    SALES,
    SCORES,
    by_scikit_learn,
    defined,
    evaluate,
    near,
)

from mlops_gitops.core import plugins
from mlops_gitops.measurement.results import Measured


def value(folder, name, columns, file_format="parquet", **declared):
    """The value of one metric."""
    return evaluate(folder, [name], columns, file_format, **declared)[name].value


def examples():
    """Files of examples, each with what metrics give for it: columns, and metric → value."""
    found = {}
    for name, metric in OURS.items():
        for columns, expected in metric.examples:
            found.setdefault(repr(columns), (columns, {}))[1][name] = expected
    return found.values()


@cases("columns, expected, file_format", zip(*zip(*examples(), strict=True), cycle(["csv", "parquet"]), strict=False))
def test_metrics_give_their_own_examples(tmp_path, columns, expected, file_format):
    found = evaluate(tmp_path, list(expected), columns, file_format)
    assert {name: measured.value for name, measured in found.items()} == {
        name: near(number) for name, number in expected.items()
    }


def test_every_file_of_the_catalog_is_a_metric_of_that_name_with_examples_and_a_source():
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


def test_a_repeated_row_weighs_as_much_as_in_scikit_learn(tmp_path):
    drawing = random.Random(20261124)
    weights = [drawing.randrange(1, 9) for _ in LABELS]
    for label, columns in ((LABELS, {"prediction": GUESSES, "score": SCORES}), (SALES, {"prediction": FORECASTS})):
        quantities = label is SALES
        names = [name for name, metric in OURS.items() if metric.numeric == quantities and "scores" not in metric.needs]
        names.remove("expected_calibration_error") if not quantities else None  # calibration_curve takes no weights
        many = {name: [value for value, n in zip(column, weights, strict=True) for _ in range(n)]
                for name, column in ({"label": label} | columns).items()}  # fmt: skip
        found = evaluate(tmp_path, names, many)
        outputs = {name: columns["score" if "score" in OURS[name].needs else "prediction"] for name in names}
        expected = {name: near(by_scikit_learn(name, label, outputs[name], sample_weight=weights)) for name in names}
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
    output = columns["score"] if "score" in OURS[name].needs else columns["prediction"]
    assert value(tmp_path, name, columns) == near(by_scikit_learn(name, columns["label"], output))


def test_all_rows_positive_is_a_perfect_average_precision_as_in_scikit_learn(tmp_path):
    columns = {"label": [1, 1, 1], "score": [0.1, 0.7, 0.7]}
    assert value(tmp_path, "average_precision", columns) == near(
        by_scikit_learn("average_precision", *columns.values())
    )


def test_a_label_of_nothing_has_the_percentage_error_that_scikit_learn_gives_it(tmp_path):
    columns = {"label": [0.0, 2.0, -3.0], "prediction": [0.5, 1.0, -3.3]}
    found = value(tmp_path, "mean_absolute_percentage_error", columns)
    assert found == near(by_scikit_learn("mean_absolute_percentage_error", *columns.values()))
