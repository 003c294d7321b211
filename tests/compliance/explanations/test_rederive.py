"""The numbers of an explanation derived again: an honest one, and forged ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cases import cases
from explained import DATA, FEATURES, KPI, Explained, edited, explain

from mlops_gitops.compliance.explanations.level import NotReached
from mlops_gitops.core.frozen import replace
from mlops_gitops.records.kpis import LabelFile
from mlops_gitops.retraining.evidence.explanation import importances


def refusal(explained: Explained, stated: dict[str, Any], tmp_path: Path) -> NotReached:
    with pytest.raises(NotReached) as raised:
        explained.rederive(stated, tmp_path / "derived")
    return raised.value


def test_an_honest_explanation_is_derived_again_with_bounds(honest: Explained, tmp_path: Path) -> None:
    found = honest.rederive(honest.stated, tmp_path)
    stated = {feature["name"]: feature["importance"] for feature in honest.stated["features"]}
    assert {feature.name: pytest.approx(feature.value) for feature in found.features} == stated
    assert (found.metric, found.rows, found.repeats, found.confidence) == ("roc_auc", 300, 5, 0.9)
    assert all(feature.lower < feature.value < feature.upper for feature in found.features)
    # The weights are 1.5, -0.8 and 0.
    assert [feature.is_important for feature in found.features] == [True, True, False]


def test_of_many_rows_those_are_explained_that_the_digests_draw(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    found = explain(tmp_path / "made", rows=2100, repeats=1)
    derived = found.rederive(found.stated, tmp_path / "derived")
    assert (derived.rows, derived.repeats, derived.stability) == (2000, 1, None)
    others = found.rewrite("SELECT * REPLACE ('b' || id AS id) FROM rows", tmp_path / "others")
    assert "of which 0 are of the 2,000" in refusal(others, found.stated, tmp_path).reason


def test_of_a_metric_of_which_less_is_better_and_labels_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    data = replace(DATA, labels=LabelFile("labels.csv", "csv", "account", "left"))
    kpi = replace(KPI, metric="brier", gate=None)
    found = explain(tmp_path / "made", rows=150, repeats=2, data=data, kpi=kpi, function="brier_score_loss")
    derived = found.rederive(found.stated, tmp_path / "derived")
    age, tenure, visits = derived.features
    assert age.value > tenure.value > visits.value == 0.0 and age.lower > 0 and age.is_important
    assert (derived.metric, derived.confidence, derived.baseline < 0.25) == ("brier", 0.95, True)


def test_a_retraining_reads_its_importances(honest: Explained) -> None:
    stated = importances((honest.folder / "reports/churn/explain.json").read_bytes())
    assert list(stated) == list(FEATURES) and stated["age"] > stated["tenure"] > stated["visits"] == 0.0


# What is changed in explain.json, and the words of the refusal.
STATED: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda said: said["features"][1].update(importance=0.4), "the importance of tenure is 0.4, and by the permuted"),
    (lambda said: said["features"][1].update(interval=[0.0, 0.0]), "the interval of tenure"),
    (lambda said: said.update(baseline=0.99), "its baseline is 0.99, and roc_auc of what is released is 0.81"),
    (lambda said: said.update(stability=-0.5), "its stability is -0.5, and by the repeats it is"),
    (lambda said: said.update(seed="0" * 32), "was not seeded by the digests of artifact and data"),
    (lambda said: said.update(sample=200), "is of 200 rows, and 300 different ones are released"),
    (lambda said: said.update(repeats=4), "repeat 5 of age is in one of them alone"),
]


@cases("change, words", STATED)
def test_what_does_not_follow_is_refuted(
    change: Callable[[dict[str, Any]], object], words: str, honest: Explained, tmp_path: Path
) -> None:
    found = refusal(honest, edited(honest.stated, change), tmp_path)
    assert words in found.reason and found.is_refuted and found.help


_AGE = "feature = 'age' AND repeat = 1"
# What is made of the answers to permuted rows, and the words of the refusal.
FORGED = [
    (
        f"SELECT * REPLACE (if({_AGE}, '0001', from_id) AS from_id) FROM rows",
        "is not a permutation: it draws from 1 rows",
    ),
    ("SELECT * FROM rows WHERE id <> '0007'", "has 299 rows, of which 299 are of the 300"),
    ("SELECT * REPLACE (if(id = '0007', 'b', id) AS id) FROM rows", "has 300 rows, of which 299 are of the 300"),
    ("SELECT * REPLACE (if(id = '0007', NULL, p) AS p) FROM rows", "1 rows without an answer that is a number"),
    # A feature is hidden: each row draws its own value, or one that is nearly its own.
    (
        f"SELECT r.* REPLACE (if({_AGE}, r.id, from_id) AS from_id, if({_AGE}, probability, p) AS p) "
        "FROM rows r JOIN answers a ON a.account = r.id",
        "is not a random permutation: 300 of 300 rows draw their own value",
    ),
    # A feature is inflated where that shows: rows that draw an equal number of visits have other answers.
    ("SELECT * REPLACE (if(feature = 'visits', 1 - p, p) AS p) FROM rows", "repeat 1 of visits has"),
    ("SELECT * REPLACE (p + 1e-6 AS p) FROM rows", "draw their own or an equal value, and another answer"),
    ("SELECT id, feature, repeat, from_id FROM rows", "has no column 'p'"),
    ("SELECT * REPLACE (CAST(p AS VARCHAR) AS p) FROM rows", "p in reports/churn/whatif.parquet is of type VARCHAR"),
]


@cases("change, words", FORGED)
def test_answers_that_cannot_be_are_refuted(change: str, words: str, honest: Explained, tmp_path: Path) -> None:
    forged = honest.rewrite(change, tmp_path / "forged")
    assert words in refusal(forged, honest.stated, tmp_path).reason


def test_a_permutation_among_neighbours_is_not_random(honest: Explained, tmp_path: Path) -> None:
    """Each row draws the value of the next lower one: a permutation, under which every answer hardly moves."""
    table = honest.folder / "table.csv"
    ranked = f"SELECT account, lag(account, 1, last) OVER (ORDER BY age) AS near FROM (SELECT *, max_by(account, age) OVER () AS last FROM read_csv('{table}', types={{'account': 'VARCHAR'}}))"  # noqa: E501
    change = (
        f"SELECT r.* REPLACE (if({_AGE}, near, from_id) AS from_id) FROM rows r JOIN ({ranked}) n ON n.account = r.id"
    )
    found = refusal(honest.rewrite(change, tmp_path / "forged"), honest.stated, tmp_path)
    assert "repeat 1 of age is not a random permutation: drawn and own values correlate" in found.reason


def test_swapped_names_are_not_found_without_the_model(honest: Explained, tmp_path: Path) -> None:
    """Age and tenure have no two equal values; only the model, run again, tells whose answers these are."""
    other = {"age": "tenure", "tenure": "age"}
    names = " ".join(f"WHEN '{old}' THEN '{new}'" for old, new in other.items())
    change = f"SELECT * REPLACE (CASE feature {names} ELSE feature END AS feature) FROM rows"
    stated = edited(honest.stated, lambda said: None)
    for feature in stated["features"]:
        feature["name"] = other.get(feature["name"], feature["name"])
    found = honest.rewrite(change, tmp_path / "forged").rederive(stated, tmp_path)
    assert [feature.name for feature in found.features] == ["tenure", "age", "visits"]


def test_a_feature_that_is_left_out_is_not_found_without_the_model(honest: Explained, tmp_path: Path) -> None:
    """Nothing but the model says which columns it takes; the guide says so."""
    stated = edited(honest.stated, lambda said: said.update(stability=None, features=said["features"][1:2]))
    found = honest.rewrite("SELECT * FROM rows WHERE feature = 'tenure'", tmp_path / "forged")
    assert [feature.name for feature in found.rederive(stated, tmp_path / "derived").features] == ["tenure"]


def test_what_cannot_be_derived_is_no_forgery(honest: Explained, tmp_path: Path) -> None:
    for explained, words in (
        (Explained(honest.folder, replace(honest.data, where="left = 1")), "a filter of rows"),
        (Explained(honest.folder, replace(honest.data, key=None)), "no key"),
        (Explained(honest.folder, kpi=replace(honest.kpi, metric="accuracy")), "accuracy needs prediction"),
    ):
        found = refusal(explained, honest.stated, tmp_path)
        assert words in found.reason and not found.is_refuted
    named = edited(honest.stated, lambda said: said["features"][0].update(name="Explained ID"))
    found = refusal(honest, named, tmp_path)
    assert "'Explained ID', which stands for the key" in found.reason and not found.is_refuted


def test_answers_that_a_file_rounds_are_as_far_apart_as_that(honest: Explained, tmp_path: Path) -> None:
    rounded = honest.rewrite("SELECT * FROM rows", tmp_path / "rounded")
    lines = (honest.folder / "answers.csv").read_text().splitlines()
    written = [lines[0], *(f"{line.rpartition(',')[0]},{float(line.rpartition(',')[2]):.4f}" for line in lines[1:])]
    (rounded.folder / "answers.csv").unlink()
    (rounded.folder / "answers.csv").write_text("\n".join(written) + "\n")
    assert rounded.rederive(honest.stated, tmp_path / "derived").rows == 300


def test_shap_values_that_add_up_are_additive(honest: Explained, tmp_path: Path) -> None:
    """Each third of the difference to the base: any values that add up do, which is why it is called additive only."""
    stated = edited(honest.stated, lambda said: said.update(shap={"base": 0.5, "sample": 40, "rows": {}}))
    lot = f"row_number() OVER (ORDER BY md5('{honest.stated['seed']}:' || account))"
    few = f"SELECT * FROM (SELECT *, {lot} AS lot FROM answers) WHERE lot <= 40"
    names = ", ".join(f"('{name}')" for name in FEATURES)
    values = (
        "SELECT account AS id, feature, (probability - 0.5) / 3 {} AS value FROM ({}) CROSS JOIN (VALUES {}) f(feature)"
    )
    good = honest.rewrite(values.format("", few, names), tmp_path / "good", "shap.parquet")
    assert good.rederive(stated, tmp_path / "derived").additive == 40
    for number, (more, rows, words) in enumerate((
        ("+ if(feature = 'age' AND lot = 1, 1e-6, 0)", few, "the SHAP values of 1 rows"),
        ("", few.replace("lot <= 40", "lot BETWEEN 2 AND 41"), "has values of 40 rows"),
    )):  # fmt: skip
        bad = honest.rewrite(values.format(more, rows, names), tmp_path / f"bad{number}", "shap.parquet")
        assert words in refusal(bad, stated, tmp_path).reason
