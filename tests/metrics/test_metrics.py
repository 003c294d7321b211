"""Every metric against its own examples and against scikit-learn, on files as DVC holds them."""

from __future__ import annotations

import csv
import inspect
import random
import sys

import duckdb
import pytest
import sklearn.metrics

from mlops_gitops import measures, registry
from mlops_gitops.engines.duckdb import ENGINE
from mlops_gitops.errors import Error
from mlops_gitops.instruments import Ask
from mlops_gitops.metrics.sklearn import TAKES
from mlops_gitops.records.kpis import DataSet
from mlops_gitops.results import Measured
from mlops_gitops.shell.measuring import measure

OURS = {metric.id: metric for metric in registry.all_of("metrics", "METRIC")}
DEFINITIONS = {
    "accuracy": "accuracy_score",
    "precision": "precision_score",
    "recall": "recall_score",
    "f1": "f1_score",
    "roc_auc": "roc_auc_score",
    "log_loss": "log_loss",
    "brier": "brier_score_loss",
    "mean_absolute_error": "mean_absolute_error",
    "root_mean_squared_error": "root_mean_squared_error",
    "r2": "r2_score",
}
random.seed(20261124)
LABELS = [int(random.random() < 0.3) for _ in range(400)]
SCORES = [min(1.0, max(0.0, random.gauss(0.35 + 0.3 * label, 0.3))) for label in LABELS]  # 0 and 1 are among them
GUESSES = [int(score >= 0.5) for score in SCORES]
SALES = [random.gauss(1e6, 3.0) for _ in LABELS]  # far from 0: a naive sum of squares would lose every digit
FORECASTS = [sale + random.gauss(0.5, 1.0) for sale in SALES]


def write(path, columns):
    """A file of these columns, as Parquet or CSV by its ending."""
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
        return
    unnested = ", ".join(f"unnest(?) AS {name}" for name in columns)
    duckdb.execute(f"CREATE OR REPLACE TABLE t AS SELECT {unnested}", list(columns.values()))
    duckdb.execute(f"COPY t TO '{path}' (FORMAT parquet)")


def evaluate(folder, names, columns, file_format="parquet", **declared):
    """What metrics measure on a file of these columns, by name."""
    path = folder / f"rows.{file_format}"
    write(path, columns)
    meanings = {meaning: meaning for meaning in ("prediction", "score") if meaning in columns}
    data = DataSet("holdout", str(path), file_format, "label", **(meanings | declared))
    found = measure(ENGINE, data, {name: Ask(measures.find(name)) for name in names}, str(path))
    return {name: its.whole for name, its in found.items()}


def value(folder, name, columns, file_format="parquet", **declared):
    """The value of one metric."""
    return evaluate(folder, [name], columns, file_format, **declared)[name].value


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def defined(name):
    """What scikit-learn says of the sample rows that suit a metric."""
    metric = measures.find(name)
    label = SALES if metric.numeric else LABELS
    given = SCORES if "score" in metric.needs else FORECASTS if metric.numeric else GUESSES
    return near(getattr(sklearn.metrics, DEFINITIONS.get(name) or name.removeprefix("sklearn:"))(label, given))


EXAMPLES = [(name, *example) for name, metric in OURS.items() for example in metric.examples]


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
@pytest.mark.parametrize(("name", "columns", "expected"), EXAMPLES)
def test_a_metric_gives_its_own_examples(tmp_path, name, columns, expected, file_format):
    assert value(tmp_path, name, columns, file_format) == near(expected)


def test_every_file_of_the_band_is_a_metric_of_that_name_with_examples_and_a_source():
    assert set(OURS) == set(registry.names("metrics")) - {"sklearn"} == set(DEFINITIONS)
    assert all(metric.examples and metric.source and metric.summary.endswith(".") for metric in OURS.values())


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_scikit_learn_is_the_definition(tmp_path, file_format):
    numeric = [name for name, metric in OURS.items() if metric.numeric]
    columns = {"label": LABELS, "prediction": GUESSES, "score": SCORES}
    found = evaluate(tmp_path, set(OURS) - set(numeric), columns, file_format)
    found |= evaluate(tmp_path, numeric, {"label": SALES, "prediction": FORECASTS}, file_format)
    assert {name: measured.value for name, measured in found.items()} == {name: defined(name) for name in OURS}


@pytest.mark.parametrize("name", ["roc_auc", "log_loss", "brier"])
def test_ties_and_certainties_count_as_in_scikit_learn(tmp_path, name):
    scores = [round(score, 1) for score in SCORES]
    expected = getattr(sklearn.metrics, DEFINITIONS[name])(LABELS, scores)
    assert value(tmp_path, name, {"label": LABELS, "score": scores}) == near(expected)


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("classes", "positive"), [(("stay", "leave"), "leave"), (("no", "yes"), "yes"), ((2, 1), 1), ((False, True), None)]
)
def test_classes_may_have_any_name(tmp_path, classes, positive, file_format):
    named = {"label": [classes[label] for label in LABELS], "prediction": [classes[guess] for guess in GUESSES]}
    names = [name for name, metric in OURS.items() if metric.binary] + ["accuracy", "sklearn:f1_score"]
    found = evaluate(tmp_path, names, named | {"score": SCORES}, file_format, positive=positive)
    assert {name: measured.value for name, measured in found.items()} == {name: defined(name) for name in names}


@pytest.mark.parametrize(("classes", "positive"), [((0, 1), None), (("stay", "leave"), "leave")])
def test_a_prediction_follows_from_a_score_and_a_threshold(tmp_path, classes, positive):
    names = ["accuracy", "precision", "f1", "roc_auc", "sklearn:recall_score", "sklearn:matthews_corrcoef"]
    columns = {"label": [classes[label] for label in LABELS], "score": SCORES}
    found = evaluate(tmp_path, names, columns, threshold=0.5, positive=positive)
    assert {name: measured.value for name, measured in found.items()} == {name: defined(name) for name in names}


@pytest.mark.parametrize(
    ("name", "columns", "why"),
    [
        ("precision", {"label": [1, 0], "prediction": [0, 0]}, "is undefined: no prediction is positive"),
        ("recall", {"label": [0, 0], "prediction": [1, 0]}, "is undefined: no label is positive"),
        ("f1", {"label": [0, 0], "prediction": [0, 0]}, "is undefined: neither a label nor a prediction is positive"),
        ("roc_auc", {"label": [1, 1], "score": [0.2, 0.3]}, "is undefined: the labels are of one class only"),
        ("log_loss", {"label": [0, 0], "score": [0.2, 0.3]}, "is undefined: the labels are of one class only"),
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


@pytest.mark.parametrize("name", ["f1", "brier"])
def test_a_metric_that_scikit_learn_defines_for_one_class_is_defined(tmp_path, name):
    columns = {"label": [0, 0, 0], "prediction": [0, 1, 0], "score": [0.1, 0.7, 0.2]}
    given = columns["score"] if name == "brier" else columns["prediction"]
    expected = getattr(sklearn.metrics, DEFINITIONS[name])(columns["label"], given)
    assert value(tmp_path, name, columns) == near(expected)


def test_any_listed_metric_of_scikit_learn_is_computed_by_it(tmp_path):
    names = [f"sklearn:{name}" for name in TAKES]
    numeric = [name for name in names if measures.find(name).numeric]
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
    better = {name: measures.find(f"sklearn:{name}").better for name in TAKES}
    assert better["r2_score"] == "higher"
    assert better["max_error"] == better["log_loss"] == better["mean_gamma_deviance"] == "lower"
    assert better["matthews_corrcoef"] is None


def test_where_scikit_learn_is_missing_its_metrics_have_a_reason(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    columns = {"label": [1, 0], "prediction": [1, 0]}
    measured = evaluate(tmp_path, ["sklearn:f1_score"], columns)["sklearn:f1_score"]
    assert measured.value is None
    assert measured.reason.endswith("scikit-learn with f1_score is not installed (pip install scikit-learn)")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("roc_auk", "roc_auc"), ("sklearn", ""), ("", ""), ("../errors", ""), ("sklearn:f1", "sklearn:f1_score"),
     ("sklearn:get_scorer", "sklearn:r2_score"), ("sklearn:__name__", "")],
)  # fmt: skip
def test_an_unknown_metric_is_refused_with_the_nearest_names(name, nearest):
    with pytest.raises(Error, match="no metric is called") as refused:
        measures.find(name)
    assert nearest in refused.value.help
