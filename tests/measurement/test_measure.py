"""Prediction files measured with the real engine: a value that can be trusted, or one sentence that says why not."""

from __future__ import annotations

import csv

import duckdb
import pytest
from cases import cases
from messages import lacking

from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.measurement.results import Compared, Measured, Measurement
from mlops_gitops.metrics import lookup
from mlops_gitops.records.kpis import DataSet

COLUMNS = {"id": [1, 2, 3, 4], "churned": [1, 0, 1, 0], "guess": [1, 0, 0, 0], "risk": [0.9, 0.4, 0.35, 0.1]}
METRICS = ("accuracy", "roc_auc", "log_loss")
ACCURACY = {"a": MeasurementRequest(lookup.find_metric("accuracy"))}
NUMBERS = {"id": [1, 2], "churned": [1.5, 2.5], "guess": [1.0, 3.0]}


def data_set(**changes):
    declared = {"label": "churned", "key": "id", "prediction": "guess", "score": "risk"}
    return DataSet("holdout", "data/holdout.csv", "csv", **(declared | changes))


@pytest.fixture
def judge(tmp_path):
    """Measures files of these columns as a candidate and, where given, a baseline."""

    def write(name, columns):
        path = tmp_path / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
        return str(path)

    def run(columns, names=METRICS, baseline=None, **changes):
        files = [write("candidate", columns)] + ([write("baseline", baseline)] if baseline else [])
        found = measure(
            ENGINE, data_set(**changes), {name: MeasurementRequest(lookup.find_metric(name)) for name in names}, *files
        )
        return {name: (measurement.whole, measurement.compared) for name, measurement in found.items()}

    return run


def reason(found, name="accuracy"):
    measured, _ = found[name]
    assert measured.value is None
    return measured.reason


def assert_unmeasured(measured, *facts):
    """The four rows of the holdout give no value, for a reason with these facts."""
    assert (measured.value, measured.n) == (None, 4) and not lacking(measured.reason, "holdout", *facts)


def test_every_metric_of_a_file_has_its_value_and_number_of_rows(judge):
    assert judge(COLUMNS, ("accuracy", "roc_auc")) == {
        "accuracy": (Measured(0.75, 4), None),
        "roc_auc": (Measured(0.75, 4), None),
    }


def test_the_caller_names_the_results(tmp_path):
    path = tmp_path / "object"
    duckdb.execute(f"COPY (SELECT 1 AS churned, 1 AS guess) TO '{path}' (FORMAT parquet)")
    data = DataSet("holdout", "data/holdout.parquet", "parquet", "churned", prediction="guess")
    recall = lookup.find_metric("recall")
    found = measure(
        ENGINE, data, {"found": MeasurementRequest(recall), "caught": MeasurementRequest(recall)}, str(path)
    )
    assert found == {"found": Measurement(Measured(1.0, 1)), "caught": Measurement(Measured(1.0, 1))}


def test_values_are_rounded_to_twelve_digits(judge):
    assert judge(COLUMNS | {"guess": [1, 1, 0, 1]}, ["precision"])["precision"][0].value == 0.333333333333


@cases(
    "change, facts",
    [
        ({"id": [1, 2, 2, 2]}, ("'id'", "repeats keys", "2 rows", "VARCHAR")),
        ({"id": [1, "", 3, 4]}, ("'id'", "1 empty value")),
        ({"churned": [1, "", "", 0]}, ("'churned'", "2 empty values")),
        ({"churned": [1, "nan", 1, 0]}, ("'churned'", "1 value NaN or infinite")),
    ],
)
def test_keys_and_labels_that_cannot_be_trusted_leave_nothing_to_judge(judge, change, facts):
    found = judge(COLUMNS | change)
    assert set(found) == set(METRICS)
    for candidate, _ in found.values():
        assert_unmeasured(candidate, *facts)


@cases(
    "name, change, facts",
    [
        ("accuracy", {"guess": [1, 0, "", 0]}, ("'guess'", "1 empty value")),
        ("roc_auc", {"risk": [0.9, "nan", "inf", 0.1]}, ("'risk'", "2 values NaN or infinite")),
        ("log_loss", {"risk": [0.9, 1.5, 0.35, 0.1]}, ("'risk'", "1 score outside [0, 1]")),
        ("brier", {"risk": [0.9, -1, -2, 0.1]}, ("'risk'", "2 scores outside [0, 1]")),
        ("roc_auc", {"risk": [0.9, "n/a", 0.35, 0.1]}, ("'risk'", "VARCHAR", "a number")),
        ("r2", {"guess": ["a", "b", "c", "d"]}, ("'guess'", "VARCHAR", "a number")),
        ("accuracy", {"guess": ["a", "b", "c", "d"]}, ("'churned'", "BIGINT", "'guess' VARCHAR", "not compare")),
        ("f1", {"churned": [3, 0, 2, 1]}, ("'churned'", "holds 2, 3 where", "1 and 0", "true and false")),
        ("f1", {"guess": [1, 0, -1, 0]}, ("'guess'", "holds -1 where", "1 and 0", "true and false")),
        ("roc_auc", {"churned": ["a", "b", "c", "d"]}, ("'churned'", "VARCHAR", "1 and 0", "true and false")),
        ("roc_auc", {"churned": [1, 1, 1, 1]}, ("roc_auc", "undefined", "one class only")),
        ("recall", {"churned": [0, 0, 0, 0]}, ("recall", "undefined", "no label is positive")),
    ],
)
def test_each_fault_is_named(judge, name, change, facts):
    assert_unmeasured(judge(COLUMNS | change, [name])[name][0], *facts)


def test_a_fault_leaves_the_metrics_alone_that_do_not_read_it(judge):
    found = judge(COLUMNS | {"risk": [0.9, 1.5, 0.35, 0.1]})
    assert {name: candidate.value for name, (candidate, _) in found.items()} == {
        "accuracy": 0.75, "roc_auc": 0.5, "log_loss": None,
    }  # fmt: skip


def test_labels_beside_two_declared_classes_are_named_up_to_three(judge):
    labels = {"churned": ["yes", "a", "b", "c"], "guess": ["yes", "a", "a", "d"]}
    why = reason(judge(COLUMNS | labels, ["f1"], positive="yes"), "f1")
    assert not lacking(why, "'churned'", "holdout", "holds 'a', 'b', 'c' where", "positive class 'yes'", "one other")
    labels = {"churned": list("vwxy"), "guess": list("vwxy")}
    assert "'v', 'w', 'x', …" in reason(judge(COLUMNS | labels, ["f1"], positive="yes"), "f1")


def test_a_prediction_may_not_bring_a_third_class(judge):
    labels = {"churned": ["leave", "stay", "leave", "stay"], "guess": ["leave", "stay", "move", "stay"]}
    found = judge(COLUMNS | labels, ["f1"], positive="leave")
    assert not lacking(reason(found, "f1"), "'guess'", "holdout", "'move', 'stay'")


def test_a_hostile_label_is_shown_short_and_on_one_line(judge):
    labels = {"churned": ["yes", "no", "x\n::error::" + "y" * 500, "no"]}
    shown = reason(judge(COLUMNS | labels, ["roc_auc"], positive="yes"), "roc_auc")
    assert "\n" not in shown and len(shown) < 200


@cases("positive", ["yes", "1; DROP VIEW candidate", "' OR 1=1 --"])
def test_a_positive_class_of_another_type_is_named(judge, positive):
    why = reason(judge(COLUMNS, ["roc_auc"], positive=positive), "roc_auc")
    assert not lacking(why, "'churned'", "holdout", "BIGINT", f"positive class {positive!r}", "one other")


@cases("positive", ["' OR 1=1 --", "'); SELECT 1; --"])
def test_a_positive_class_is_a_value_and_never_sql(judge, positive):
    labels = {"churned": [positive, "no", positive, "no"]}
    assert judge(COLUMNS | labels, ["roc_auc"], positive=positive)["roc_auc"][0].value == 0.75


@cases("positive", [float("nan"), float("inf")])
def test_a_positive_class_no_label_can_equal_finds_no_positives(judge, positive):
    found = judge(COLUMNS | {"churned": [0] * 4, "guess": [0] * 4}, ["recall"], positive=positive)
    assert not lacking(reason(found, "recall"), "recall", "holdout", "undefined", "no label is positive")


def test_a_file_without_rows_is_not_available(judge):
    assert judge({name: [] for name in COLUMNS})["accuracy"][0] == Measured(None, 0, "holdout has no rows")


@cases(
    "renamed, facts",
    [
        ({"label": "churn"}, ("no column 'churn'", "nearest is 'churned'")),
        ({"label": "CHURNED"}, ("no column 'CHURNED'", "nearest is 'churned'")),
        ({"key": "idd"}, ("no column 'idd'", "nearest is 'id'")),
        ({"prediction": "guesses"}, ("no column 'guesses'", "nearest is 'guess'")),
        ({"prediction": None}, ("no prediction column",)),
    ],
)
def test_a_missing_column_is_named_with_the_nearest(judge, renamed, facts):
    assert not lacking(reason(judge(COLUMNS, **renamed)), "holdout", *facts)


def test_a_missing_score_is_named_where_the_prediction_follows_from_it(judge):
    found = judge({"id": [1], "churned": [1]}, prediction=None, threshold=0.5)
    assert not lacking(reason(found), "holdout", "no column 'risk'", "nearest is 'id'")


def test_a_threshold_makes_the_prediction_and_checks_the_classes(judge):
    assert judge(COLUMNS, prediction=None, threshold=0.4)["accuracy"][0].value == 0.5
    found = judge(COLUMNS | {"churned": [1, 0, 2, 0]}, prediction=None, threshold=0.4)
    assert not lacking(reason(found), "'churned'", "holdout", "holds 2", "1 and 0", "true and false")


def test_a_threshold_of_zero_calls_every_score_positive(judge):
    assert judge(COLUMNS, ["recall", "accuracy"], prediction=None, threshold=0.0)["accuracy"][0].value == 0.5


def test_an_unreadable_file_is_a_reason_for_every_metric(tmp_path):
    (tmp_path / "candidate").write_text("id,churned,guess\n1,1\n")
    measured = measure(ENGINE, data_set(), ACCURACY, str(tmp_path / "candidate"))["a"].whole
    assert (measured.value, measured.n) == (None, None)
    assert not lacking(measured.reason, "holdout", "line 2", "2 values", "header has 3")
    measured = measure(ENGINE, data_set(), ACCURACY, str(tmp_path / "gone"))["a"].whole
    assert (measured.value, measured.n) == (None, None)
    assert not lacking(measured.reason, "holdout", "does not open", "No such file")


def test_a_baseline_of_the_same_rows_is_measured_beside_the_candidate(judge):
    shuffled = {name: values[::-1] for name, values in COLUMNS.items()} | {"guess": [1, 1, 1, 1]}
    assert judge(COLUMNS, ["accuracy"], shuffled) == {
        "accuracy": (Measured(0.75, 4), Compared(0.75, 0.5, 4, "", (0, 0)))
    }


@cases(
    "change, facts",
    [
        ({"churned": [1, 1, 1, 0]}, ("'churned' differs", "1 row")),
        ({"guess": [1, 0, "", 0]}, ("'guess'", "1 empty value")),
        ({"id": [1, 1, 3, 4]}, ("'id'", "repeats keys", "1 row", "VARCHAR")),
        ({"churned": list("abab"), "guess": list("abab")}, ("'churned' differs", "4 rows")),
    ],
)
def test_a_fault_of_the_baseline_leaves_the_candidates_value_standing(judge, change, facts):
    ((candidate, compared),) = judge(COLUMNS, ["accuracy"], COLUMNS | change).values()
    assert (candidate, compared) == (Measured(0.75, 4), Compared(None, None, None, compared.reason))
    assert not lacking(compared.reason, "the baseline's holdout", *facts)


def test_rows_on_one_side_only_are_counted(judge):
    shorter = {name: values[:3] for name, values in COLUMNS.items()}
    _, baseline = judge(COLUMNS, ["accuracy"], shorter)["accuracy"]
    assert baseline == Compared(0.666666666667, 0.666666666667, 3, "", (1, 0))


def test_a_baseline_without_the_column_says_so(judge):
    without = {name: values for name, values in COLUMNS.items() if name != "guess"}
    _, baseline = judge(COLUMNS, ["accuracy"], without)["accuracy"]
    assert baseline == Compared(None, None, None, baseline.reason)
    assert not lacking(baseline.reason, "baseline's holdout", "no column 'guess'", "nearest is 'churned'")


def test_a_candidate_that_cannot_be_judged_cannot_be_paired(judge):
    candidate, baseline = judge(COLUMNS | {"id": [1, 1, 3, 4]}, ["accuracy"], COLUMNS)["accuracy"]
    assert not lacking(candidate.reason, "'id'", "holdout", "repeats keys", "1 row", "VARCHAR")
    assert baseline.reason == candidate.reason


def test_without_a_key_nothing_is_paired(judge):
    candidate, baseline = judge(COLUMNS, ["accuracy"], COLUMNS, key=None)["accuracy"]
    assert candidate == Measured(0.75, 4)
    assert baseline == Compared(None, None, None, baseline.reason)
    assert not lacking(baseline.reason, "holdout", "no key column")


def test_keys_beyond_sixteen_digits_stay_apart(judge):
    far = {"id": [10**18 + n for n in range(4)]}
    assert judge(COLUMNS | far, ["accuracy"], COLUMNS | far)["accuracy"] == (
        Measured(0.75, 4),
        Compared(0.75, 0.75, 4, "", (0, 0)),
    )


def test_a_regression_is_measured_in_the_labels_unit(judge):
    assert judge(NUMBERS, ["mean_absolute_error"], score=None)["mean_absolute_error"][0] == Measured(0.5, 2)


REGIONS = COLUMNS | {"region": ["EU", "EU", "", "US"]}


@cases(
    "where, value, n",
    [
        ("region = 'EU'", 1.0, 2),
        ("region != 'EU'", 1.0, 1),  # the row without a region is left out
        ("region != 'EU' or region is null", 0.5, 2),
        ("risk >= 0.35 and not churned = 0", 0.5, 2),
        ("id in (1, 2, 3, 4)", 0.75, 4),
    ],
)
def test_a_filter_says_which_rows_are_measured(judge, where, value, n):
    assert judge(REGIONS, ["accuracy"], where=where)["accuracy"] == (Measured(value, n), None)


def test_a_filter_comes_before_what_makes_a_file_unsound(judge):
    assert judge(REGIONS | {"risk": [0.9, 0.4, "nan", 7]}, ["log_loss"], where="region = 'EU'")["log_loss"][0].n == 2


def test_a_filter_knows_the_columns_of_the_file_not_the_names_of_ours(judge):
    columns = COLUMNS | {"label": ["x", "y", "x", "y"], "positive": [5, 5, 5, 6]}
    assert judge(columns, ["f1"], where="label = 'x' and positive = 5")["f1"][0].n == 2
    assert "names column 'label', which is not there" in reason(judge(COLUMNS, where="label = 1"))


@cases(
    "where, facts",
    [
        ("region = 5", ("cannot be measured", "'region' is VARCHAR", "the number 5")),
        ("churned", ("cannot be measured", "character 8", "it ends")),
        ("regio = 'EU'", ("cannot be measured", "'regio'", "not there", "nearest is 'region'")),
        ("region = 'Mars'", ("no rows",)),
    ],
)
def test_a_filter_that_cannot_be_used_leaves_nothing_to_judge(judge, where, facts):
    (why,) = {candidate.reason for candidate, _ in judge(REGIONS, where=where).values()}
    assert not lacking(why, "holdout", "`where`", *facts)


@cases(
    "classes, change",
    [
        ((0, 1), {}),
        ((0, 1, 2), {}),
        (("0", "1"), {}),
        ((False, True), {}),
        (("yes", "no"), {"churned": ["yes", "no", "yes", "no"], "guess": ["no", "no", "no", "no"]}),
        ((True, False), {"churned": ["true", "false"] * 2, "guess": ["true", "true", "true", "false"]}),
    ],
)
def test_labels_and_predictions_of_declared_classes_are_measured(judge, classes, change):
    (measured, _) = judge(COLUMNS | change, ["accuracy"], classes=classes)["accuracy"]
    assert measured.value is not None and measured.reason == ""


@cases(
    "classes, change, column, held",
    [
        ((0, 2), {}, "'churned'", "1"),
        ((0, 1), {"churned": [1, 0, 5, 4]}, "'churned'", "4, 5"),
        ((0, 1), {"guess": [1, 0, 0, 7]}, "'guess'", "7"),
        (("a", "b"), {"churned": list("abca"), "guess": list("abba")}, "'churned'", "'c'"),
        (("a", "b"), {}, "'churned'", "0, 1"),
        ((0, 1), {"churned": list("abba"), "guess": list("abba")}, "'churned'", "'a', 'b'"),
    ],
)
def test_labels_and_predictions_outside_the_declared_classes_are_named(judge, classes, change, column, held):
    (measured, _) = judge(COLUMNS | change, ["accuracy"], classes=classes)["accuracy"]
    assert_unmeasured(measured, column, f"holds {held}, outside", "declared classes")


def test_a_prediction_outside_the_classes_leaves_the_metrics_of_scores_alone(judge):
    found = judge(COLUMNS | {"guess": [1, 0, 0, 7]}, classes=(0, 1))
    assert {name: candidate.value is None for name, (candidate, _) in found.items()} == {
        "accuracy": True, "roc_auc": False, "log_loss": False,
    }  # fmt: skip
    assert judge(COLUMNS, ["accuracy"], prediction=None, threshold=0.5, classes=(0, 1))["accuracy"][0].value == 0.75


@cases("scale", [1e150, 1e31, 1e-31, 1e-160])
def test_quantities_whose_powers_are_no_numbers_are_named(judge, scale):
    columns = {"id": [1, 2, 3], "churned": [scale, 2 * scale, 3 * scale], "guess": [scale, scale, 3 * scale]}
    for metric in ("r2", "mean_squared_error", "sklearn:max_error"):
        assert not lacking(reason(judge(columns, [metric]), metric), "'churned'", "holdout", f"up to {3 * scale:g}")
    assert judge(columns, ["accuracy"])["accuracy"][0].value == 0.666666666667


def test_large_and_small_quantities_print_no_warning(judge, capfd, recwarn):
    for scale in (1e29, 1e-29):
        columns = {"id": [1, 2, 3], "churned": [scale, 2 * scale, 3 * scale], "guess": [scale, scale, 3 * scale]}
        found = judge(columns, ["r2", "mean_squared_error"], columns)
        assert found["r2"][0].value == 0.5
    assert (capfd.readouterr().err, list(recwarn)) == ("", [])
