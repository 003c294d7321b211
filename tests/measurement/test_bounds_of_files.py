"""Files measured for gates with a confidence: bounds, paired changes, groups, clusters, by the real engine."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from cases import cases
from messages import lacking
from scipy.stats import binomtest

from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics import lookup
from mlops_gitops.records.gate import read_gate
from mlops_gitops.records.kpis import DataSet

RNG = np.random.default_rng(20261126)
N = 2000
LABEL = (RNG.random(N) < 0.3).astype(int)
SCORE = np.clip(RNG.normal(0.35 + 0.3 * LABEL, 0.2), 0.001, 0.999)
BASELINE = np.clip(SCORE + RNG.normal(0, 0.05, N), 0.001, 0.999)
SOLD = RNG.normal(100, 10, N)
FORECAST = SOLD + RNG.normal(0, 3, N)
COLUMNS = {
    "id": np.arange(N), "label": LABEL, "region": RNG.choice(["EU", "US", "ASIA"], N, p=[0.6, 0.35, 0.05]),
    "user": RNG.integers(0, N // 5, N), "sold": SOLD,
}  # fmt: skip
OURS = COLUMNS | {"score": SCORE, "rest": 1 - SCORE, "guess": (SCORE >= 0.5).astype(int), "forecast": FORECAST}
THEIRS = COLUMNS | {
    "score": BASELINE, "rest": 1 - BASELINE, "guess": (BASELINE >= 0.5).astype(int),
    "forecast": FORECAST + RNG.normal(0, 1, N),
}  # fmt: skip
CLASSES = {"label": "label", "prediction": "guess", "score": "score", "scores": {"1": "score", "0": "rest"}}
QUANTITY = {"label": "sold", "prediction": "forecast"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A candidate's and a baseline's predictions, as Parquet."""
    folder = tmp_path_factory.mktemp("predictions")
    return [write(folder / name, columns) for name, columns in (("ours", OURS), ("theirs", THEIRS))]


def write(path, columns):
    unnested = ", ".join(f"unnest(?) AS {name}" for name in columns)
    duckdb.execute(f"CREATE OR REPLACE TABLE t AS SELECT {unnested}", [column.tolist() for column in columns.values()])
    duckdb.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return str(path)


def measured(files, name, gate, columns=CLASSES, **declared):
    """One metric measured for a gate at a confidence of 0.95."""
    return together(files, [name], gate, columns, **declared)[name]


def together(files, names, gate, columns, **declared):
    """Metrics measured in one go, each for such a gate."""
    gate = read_gate({"confidence": 0.95, "at_least": 0.1} | gate)
    data = DataSet("holdout", "holdout.parquet", "parquet", key="id", **(columns | declared))
    metrics = {name: lookup.find_metric(name) for name in names}
    asks = {name: MeasurementRequest(metric, gate, metric.better) for name, metric in metrics.items()}
    return measure(ENGINE, data, asks, *files)


LOSS = {"no_worse_than": {"baseline": "production", "by": 0.02}}
RANK = [
    "accuracy", "precision", "recall", "specificity", "f1", "roc_auc", "log_loss", "brier", "balanced_accuracy",
    "f1_macro", "matthews_corrcoef", "average_precision", "expected_calibration_error", "log_loss_multiclass",
]  # fmt: skip
ERRORS = ["mean_absolute_error", "root_mean_squared_error", "r2", "pinball:0.9"]


def every(files, gate, **declared):
    """All of these metrics, by name."""
    return together(files, RANK, gate, CLASSES, **declared) | together(files, ERRORS, gate, QUANTITY, **declared)


@pytest.fixture(scope="module")
def known(files):
    """What is measured of the rows of both files, all for themselves."""
    return every(files, LOSS)


@pytest.fixture(scope="module")
def clustered(files):
    """The same, each row declared a cluster of its own."""
    return every(files, LOSS, cluster="id")


@pytest.fixture(scope="module")
def grouped(files):
    """The same by region."""
    return every(files, LOSS | {"slices": {"by": ["region"], "min_samples": 10}})


@pytest.fixture(scope="module")
def europe(tmp_path_factory):
    """The same of a candidate that has the rows of one region only."""
    rows = {key: column[COLUMNS["region"] == "EU"] for key, column in OURS.items()}
    folder = tmp_path_factory.mktemp("europe")
    return every([write(folder / "ours", rows), write(folder / "theirs", THEIRS)], LOSS)


def test_a_proportion_has_its_exact_bounds(files):
    found = measured(files[:1], "accuracy", {}).whole.bounds
    exact = binomtest(int((OURS["guess"] == LABEL).sum()), N).proportion_ci(0.9, method="exact")
    assert (found.lower, found.upper) == (pytest.approx(exact.low), pytest.approx(exact.high))
    assert found.method == "clopper_pearson"


@cases("name", [*RANK, *ERRORS])
def test_every_metric_has_bounds_of_its_value_and_of_its_change(known, name):
    found, compared = known[name], known[name].compared
    assert not found.whole.bounds.few
    assert found.whole.bounds.lower < found.whole.value < found.whole.bounds.upper
    assert compared.n == N and compared.unpaired == (0, 0)
    assert compared.bounds.lower < compared.change < compared.bounds.upper
    # What is hard for one is hard for both: a paired difference is known better than two values apart. What chance
    # adds to either calibration error need not cancel.
    most = 2 if name == "expected_calibration_error" else 1
    assert _width(compared) < most * _width(found.whole)


def test_what_is_measured_again_is_the_same(files, known):
    assert every(files, LOSS) == known


@cases("name", [*RANK, *ERRORS])
def test_rows_in_clusters_of_one_are_rows(known, clustered, name):
    alone, each = known[name], clustered[name]
    assert each.whole.value == alone.whole.value and each.compared.change == alone.compared.change
    assert 0.9 < _width(each.whole) / _width(alone.whole) < 1.2
    assert 0.9 < _width(each.compared) / _width(alone.compared) < 1.2


def test_copies_of_a_row_make_no_bound_narrower_where_they_are_declared_a_cluster(tmp_path):
    twice = {name: np.repeat(column, 4) for name, column in OURS.items()} | {
        "id": np.arange(4 * N),
        "row": np.repeat(np.arange(N), 4),
    }
    path = write(tmp_path / "twice", twice)
    once = measured([write(tmp_path / "once", OURS)], "roc_auc", {}).whole
    naive, robust = (measured([path], "roc_auc", {}, cluster=cluster).whole for cluster in (None, "row"))
    assert naive.value == robust.value == once.value
    assert _width(naive) == pytest.approx(_width(once) / 2, rel=0.1)
    assert _width(robust) == pytest.approx(_width(once), rel=0.1)


def _width(estimated):
    return estimated.bounds.upper - estimated.bounds.lower


@cases("name", [*RANK, *ERRORS])
def test_a_group_is_measured_as_its_own_file_would_be(grouped, europe, name):
    found, alone = grouped[name], europe[name]
    assert [part.name for part in found.slices] == ["region=ASIA", "region=EU", "region=US"]
    within = found.slices[1]
    assert within.measured.n == alone.whole.n == within.compared.n
    for one, other in ((within.measured, alone.whole), (within.compared, alone.compared)):
        assert (one.bounds.lower, one.bounds.upper, one.bounds.few) == (
            pytest.approx(other.bounds.lower, rel=1e-7), pytest.approx(other.bounds.upper, rel=1e-7), other.bounds.few,
        )  # fmt: skip
    assert alone.compared.unpaired == (0, N - alone.whole.n)


def test_groups_can_be_cut_by_several_columns_and_an_empty_value_is_a_group(tmp_path):
    cut = OURS | {"age": np.where(np.arange(N) % 3 == 0, None, "old")}
    found = measured(
        [write(tmp_path / "cut", cut)], "accuracy", {"slices": {"by": ["region", "age"], "min_samples": 1}}
    )
    names = [part.name for part in found.slices]
    assert len(names) == 6 and "region=EU, age=(empty)" in names
    assert sum(part.measured.n for part in found.slices) == N


def test_evidence_of_a_miss_is_the_test_that_inverts_the_bound(files):
    slices = {"slices": {"by": ["region"], "min_samples": 1, "at_least": 0.79}}
    for part in measured(files[:1], "accuracy", slices).slices:
        right = round(part.measured.value * part.measured.n)
        exact = binomtest(right, part.measured.n, 0.79, alternative="less").pvalue
        assert part.measured.bounds.refutes["at_least"] == pytest.approx(exact if exact < 0.05 else 0.4, rel=1e-6)


def test_the_gap_between_groups_is_the_widest_of_all_pairs(files):
    slices = {"slices": {"by": ["region"], "min_samples": 50, "max_gap": 0.1, "min_ratio": 0.8}}
    found = measured(files[:1], "recall", slices)
    values = [part.measured.value for part in found.slices]
    assert found.gap.value == pytest.approx(max(values) - min(values))
    assert found.ratio.value == pytest.approx(min(values) / max(values))
    assert found.gap.bounds.lower < found.gap.value < found.gap.bounds.upper
    assert found.ratio.bounds.lower < found.ratio.value < found.ratio.bounds.upper


def test_rows_that_one_file_lacks_are_counted_and_left_out_of_the_change(files, tmp_path):
    shorter = {name: column[100:] for name, column in THEIRS.items()} | {
        "id": np.arange(100, N) + (np.arange(100, N) > 1990) * N
    }
    found = measured([files[0], write(tmp_path / "shorter", shorter)], "accuracy", LOSS)
    assert found.whole.n == N
    assert (found.compared.n, found.compared.unpaired) == (N - 100 - 9, (109, 9))


def test_two_files_without_a_shared_key_are_not_compared(files, tmp_path):
    found = measured([files[0], write(tmp_path / "other", THEIRS | {"id": np.arange(N) + N})], "accuracy", LOSS)
    assert "no row of holdout" in found.compared.reason and "in both files" in found.compared.reason


def test_a_column_with_too_many_values_is_no_slice(files):
    found = measured(files[:1], "accuracy", {"slices": {"by": ["sold"], "min_samples": 1}})
    assert found.whole.value is not None and len(found.slices) == N
    gap = measured(files[:1], "accuracy", {"slices": {"by": ["user"], "min_samples": 1, "max_gap": 0.1}})
    assert "too many to compare each with each" in gap.whole.reason


def test_a_column_that_is_not_there_or_empty_is_named(files, tmp_path):
    lost = measured(files[:1], "accuracy", {"slices": {"by": ["regio"], "min_samples": 1}}).whole
    assert lost.value is None and not lacking(lost.reason, "holdout", "no column 'regio'", "nearest is 'region'")
    lost = measured(files[:1], "accuracy", {}, cluster="usr").whole
    assert not lacking(lost.reason, "holdout", "no column 'usr'", "nearest is 'user'")
    gap = OURS | {"user": np.where(np.arange(N) == 7, None, COLUMNS["user"])}
    lost = measured([write(tmp_path / "gap", gap)], "accuracy", {}, cluster="user").whole
    assert lost.value is None and not lacking(lost.reason, "'user'", "holdout", "1 empty value")


def test_a_candidate_cannot_choose_its_own_groups_or_rows(files, tmp_path):
    moved = OURS | {"region": np.where(np.arange(N) == 3, "islands", COLUMNS["region"])}
    path = write(tmp_path / "moved", moved)
    slices = {"slices": {"by": ["region"], "min_samples": 1}}
    found = measured([path, files[1]], "accuracy", LOSS | slices)
    assert not lacking(found.compared.reason, "'region' differs", "holdout", "the baseline's", "in 1 row")
    found = measured([path, files[1]], "accuracy", LOSS, where="region != 'islands'")
    assert "column 'region' differs" in found.compared.reason
    assert measured([path, files[1]], "accuracy", LOSS).compared.reason == ""


def test_a_group_of_another_scale_keeps_its_digits(tmp_path):
    """About the mean of the whole file, the errors of the small group would be lost in those of the large."""
    scale = np.where(np.arange(N) % 2, 1e4, 1.0)
    forecast = SOLD + RNG.normal(0, 1, N) * scale
    both = {**COLUMNS, "forecast": forecast, "size": np.where(np.arange(N) % 2, "large", "small")}
    small = {name: column[::2] for name, column in both.items()}
    for name in ("root_mean_squared_error", "mean_absolute_error", "r2"):
        slices = {"slices": {"by": ["size"], "min_samples": 1}}
        group = measured([write(tmp_path / "both", both)], name, slices, QUANTITY).slices[1].measured
        alone = measured([write(tmp_path / "small", small)], name, {}, QUANTITY).whole
        assert (group.value, group.bounds.few) == (pytest.approx(alone.value, rel=1e-12), alone.bounds.few)
        assert group.bounds.lower == pytest.approx(alone.bounds.lower, rel=1e-9)


def test_whole_numbers_that_floats_do_not_tell_apart_are_no_classes(tmp_path):
    large = OURS | {"label": np.where(LABEL == 1, 2**53 + 1, 2**53)}
    found = measured([write(tmp_path / "large", large)], "accuracy", {}).whole
    assert found.value is None and "2^53 or more" in found.reason


def test_a_group_of_one_row_does_not_hide_the_others(tmp_path):
    lone = OURS | {"region": np.where(np.arange(N) == 3, "islands", COLUMNS["region"])}
    slices = {"slices": {"by": ["region"], "min_samples": 50}}
    found = measured([write(tmp_path / "lone", lone)], "brier", slices)
    assert found.whole.bounds and [part.measured.n for part in found.slices][-1] == 1
    bounds = found.slices[-1].measured.bounds
    assert bounds.few
    assert any(count < least for count, least in bounds.counts.values()), "a plan needs to know how many are missing"


@pytest.fixture(scope="module")
def confident(tmp_path_factory):
    """Two models that are right and sure of it in all of 300 rows."""
    folder, label = tmp_path_factory.mktemp("confident"), np.arange(300) % 3 == 0
    sides = []
    for seed in (1, 2):
        score = np.where(label, 0.99, 0.01) + np.random.default_rng(seed).normal(0, 0.003, 300).clip(-0.009, 0.009)
        sides.append(
            {
                "id": np.arange(300),
                "label": label.astype(int),
                "score": score,
                "rest": 1 - score,
                "user": label.cumsum(),
            }
        )
    return [write(folder / str(place), side) for place, side in enumerate(sides)]


@cases("name, dearest", [("log_loss", -np.log(0.001)), ("brier", 1.0), ("log_loss_multiclass", -np.log(0.001))])
def test_a_row_that_is_confidently_wrong_may_not_have_been_drawn(confident, name, dearest):
    """Without one among 300 rows, 1 % of all rows may be wrong, and the score says how dear each would be."""
    columns = {"label": "label", "score": "score", "scores": {"1": "score", "0": "rest"}}
    found = measured(confident, name, LOSS, columns)
    share, bounds = 1 - 0.05 ** (1 / 300), found.whole.bounds
    assert bounds.method == "scored_loss" and not bounds.few
    assert 0.5 * share * dearest < bounds.upper - found.whole.value < 1.2 * share * dearest
    # Where one of the two is wrong, so is the other, and about as dear.
    assert found.compared.bounds.method in ("scored_loss", "mean", "discordant")
    assert found.compared.bounds.upper < 0.2 * (bounds.upper - found.whole.value) + found.compared.change
    of_users = measured(confident, name, {}, columns, cluster="user").whole.bounds
    assert of_users.upper > bounds.upper, "a cluster may be wrong as a whole, and 101 clusters are fewer than 300 rows"


def test_of_two_classes_the_scores_of_each_say_the_same_as_one(confident):
    columns = {"label": "label", "score": "score", "scores": {"1": "score", "0": "rest"}}
    one, many = (measured(confident, name, LOSS, columns) for name in ("log_loss", "log_loss_multiclass"))
    for side in ("lower", "upper"):
        assert getattr(one.whole.bounds, side) == pytest.approx(getattr(many.whole.bounds, side), rel=1e-9)
        assert getattr(one.compared.bounds, side) == pytest.approx(getattr(many.compared.bounds, side), rel=1e-9)
