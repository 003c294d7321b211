"""data-columns: a column that is not in the file at hand, or not of a type that can be measured, is a warning."""

from __future__ import annotations

import json
import os
import sys

import pytest
from cases import cases
from house import Repository
from messages import lacking

PARQUET = (
    "COPY (SELECT 'c' || i AS customer, i % 2 AS churned, i % 2 AS predicted, 0.5 AS probability FROM range(9) t(i))"
)


def _found(repository: Repository, *paths: str) -> list[dict[str, object]]:
    answer = repository.ok("validate", *paths, "--format", "json")
    return [d for d in answer.json["diagnostics"] if d["rule"] == "data-columns"]


@pytest.mark.parametrize("paths", [[], ["models/churn/kpis.yaml"]], ids=["all", "one file"])
def test_a_misspelt_column_is_a_warning_with_the_nearest_names(repository: Repository, paths: list[str]) -> None:
    assert _found(repository, *paths) == []
    repository.edit("models/churn/kpis.yaml", "score: probability", "score: Probabilty")
    (found,) = _found(repository, *paths)
    assert found["severity"] == "warning"
    assert not lacking(str(found["message"]), "data/holdout.csv", "no column 'Probabilty'")
    assert str(found["help"]).startswith("the nearest: probability, ")
    assert (found["path"], found["line"], found["column"]) == ("models/churn/kpis.yaml", 10, 12)


def test_the_columns_of_clusters_slices_and_filters(repository: Repository) -> None:
    more = """score: probability
    cluster: costumer
    slices: [churned, predictd]
    where: not (chured = 1 or customer = 5)"""
    repository.edit("models/churn/kpis.yaml", "score: probability", more)
    found = _found(repository)
    assert [(d["line"], d["column"]) for d in found] == [(11, 14), (12, 23), (13, 12), (13, 12)]
    messages = [str(d["message"]) for d in found]
    for message, column in zip(messages, ("costumer", "predictd", "customer", "chured"), strict=True):
        assert f"column '{column}'" in message
    assert not lacking(messages[2], "VARCHAR", "`where`", "5")
    repository.edit("models/churn/kpis.yaml", "where: not (", "where: not ")
    (error,) = [
        d for d in repository.run("validate", "--format", "json").json["diagnostics"] if d["severity"] == "error"
    ]
    assert (error["rule"], error["line"], error["column"]) == ("data-filter", 13, 12)
    assert not lacking(error["message"], "`where` at character 31", "')'", "`and`", "`or`")


def test_declared_types_are_those_of_the_columns(repository: Repository) -> None:
    more = "score: probability\n    columns: {predicted: text, customr: text}\n    where: predicted = 5"
    repository.edit("models/churn/kpis.yaml", "score: probability", more)
    missing, other = _found(repository)
    assert (missing["line"], other["line"]) == (11, 12)
    assert not lacking(str(missing["message"]), "data/holdout.csv", "no column 'customr'")
    assert not lacking(str(other["message"]), "column 'predicted' is VARCHAR", "`where`", "5")
    repository.edit("models/churn/kpis.yaml", ", customr: text", "")
    repository.edit("models/churn/kpis.yaml", "predicted = 5", "probability = '5'")
    assert _found(repository) == []


def test_nothing_is_said_where_the_file_is_not_at_hand(repository: Repository) -> None:
    repository.edit("models/churn/kpis.yaml", "score: probability", "score: Probabilty")
    (repository.root / "data/holdout.csv").unlink()
    assert _found(repository) == []


def test_a_base_asks_for_no_data(repository: Repository) -> None:
    """With a base the answer is the one of continuous integration, which has no data."""
    repository.edit("models/churn/kpis.yaml", "score: probability", "score: Probabilty")
    assert _found(repository, "--base", "HEAD") == []


def test_a_column_of_a_type_that_cannot_serve(repository: Repository) -> None:
    repository.edit("models/churn/kpis.yaml", "score: probability", "score: customer")
    (found,) = _found(repository)
    assert not lacking(str(found["message"]), "'customer' of holdout is VARCHAR", "number", "roc_auc")


def test_of_a_long_file_only_what_is_sure_is_told(repository: Repository) -> None:
    """Numbers in the first rows may turn into words further down: as labels they may then compare all the same."""
    rows = [f"c{n},{n % 2},{n % 2},0.5" for n in range(300)] + ["x,other,other,0.5"]
    (repository.root / "data/holdout.csv").unlink()  # DVC may have linked it to its cache
    repository.write("data/holdout.csv", "\n".join(["customer,churned,predicted,probability", *rows]) + "\n")
    assert _found(repository) == []
    repository.edit("models/churn/kpis.yaml", "prediction: predicted", "prediction: customer")
    assert _found(repository) == []
    repository.edit("models/churn/kpis.yaml", "score: probability", "score: customer")
    assert ["VARCHAR" in str(d["message"]) for d in _found(repository)] == [True]


@cases("text, why", [
    ("", "empty"), ("a,a\n1,2\n", "two columns of one name, 'a'"), ("1,2\n3,4\n", "no column names"),
    ("PAR1", "Parquet, not CSV"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_a_warning(repository: Repository, text: str, why: str) -> None:
    (repository.root / "data/holdout.csv").unlink()
    repository.write("data/holdout.csv", text)
    (found,) = _found(repository)
    assert not lacking(str(found["message"]), "data/holdout.csv cannot be read", why)


def test_the_column_of_a_class_is_told_at_the_class(repository: Repository) -> None:
    scores = "score: probability\n    scores: {a: probability, b: Customer}"
    repository.edit("models/churn/kpis.yaml", "score: probability", scores)
    (found,) = _found(repository)
    assert "no column 'Customer'" in str(found["message"]) and found["line"] == 11
    repository.edit("models/churn/kpis.yaml", "b: Customer", "b: customer")
    assert _found(repository) == []
    repository.edit("models/churn/kpis.yaml", "metric: roc_auc", "metric: log_loss_multiclass")
    (found,) = _found(repository)
    assert not lacking(str(found["message"]), "'customer' of holdout is VARCHAR", "number", "log_loss_multiclass")


def test_a_named_positive_class_beside_a_column_of_unsure_type(repository: Repository) -> None:
    rows = [f"c{n},{n % 2},{'yes' if n % 2 else 'no'},0.5" for n in range(300)]
    (repository.root / "data/holdout.csv").unlink()
    repository.write("data/holdout.csv", "\n".join(["customer,churned,predicted,probability", *rows]) + "\n")
    repository.edit("models/churn/kpis.yaml", "score: probability", 'score: probability\n    positive: "yes"')
    repository.edit("models/churn/kpis.yaml", "metric: roc_auc", "metric: recall")
    assert _found(repository) == []


def test_labels_apart(repository: Repository) -> None:
    """Each column is looked for in its own file, and one that says which rows count in both."""
    kpis = "models/churn/kpis.yaml"
    repository.write("data/truth.csv", "id,churned,region\nc1,1,eu\nc2,0,uk\n")
    repository.edit(kpis, "label: churned", "label: {path: data/truth.csv, key: id, column: churned}")
    repository.edit(kpis, "score: probability", "score: probability\n    slices: [region]\n    cluster: customer")
    assert _found(repository) == []
    repository.edit(kpis, "column: churned", "column: Churned")
    repository.edit(kpis, "slices: [region]", "slices: [regoin, churned]")
    repository.edit(kpis, "prediction: predicted", "prediction: predictd")
    facts = [
        (("data/truth.csv", "no column 'Churned'"), 8), (("data/holdout.csv", "no column 'predictd'"), 9),
        (("neither", "data/holdout.csv", "data/truth.csv", "'regoin'"), 11), (("'churned'", "rename"), 11),
    ]  # fmt: skip
    found = sorted(_found(repository), key=lambda d: (d["line"], d["column"]))
    for diagnostic, (words, line) in zip(found, facts, strict=True):
        assert not lacking(str(diagnostic["message"]), *words) and diagnostic["line"] == line
    (repository.root / "data/truth.csv").unlink()  # what either file may hold cannot be told then
    (found,) = _found(repository)
    assert "'predictd'" in str(found["message"])


def test_parquet(repository: Repository) -> None:
    import duckdb

    duckdb.execute(f"{PARQUET} TO '{repository.root}/data/holdout.parquet' (FORMAT parquet)")
    repository.edit("models/churn/kpis.yaml", "data/holdout.csv", "data/holdout.parquet")
    assert _found(repository) == []
    repository.edit("models/churn/kpis.yaml", "label: churned", "label: churn")
    (found,) = _found(repository)
    assert not lacking(str(found["message"]), "data/holdout.parquet", "no column 'churn'")


def test_duckdb_is_imported_for_parquet_only(repository: Repository) -> None:
    script = (
        "import sys; from mlops_gitops.cli.main import main; main(['validate', '--format', 'json']);"
        "wanted = {'duckdb', 'csv', 'mlops_gitops.measurement.engines.duckdb'};"
        "print(sorted(wanted & set(sys.modules)), file=sys.stderr)"
    )
    import subprocess

    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    (repository.root / "data/holdout.csv").rename(repository.root / "elsewhere.csv")
    for there, wanted in ((False, "[]\n"), (True, "['csv', 'mlops_gitops.measurement.engines.duckdb']\n")):
        if there:
            (repository.root / "elsewhere.csv").rename(repository.root / "data/holdout.csv")
        done = subprocess.run([sys.executable, "-c", script], cwd=repository.root, capture_output=True, text=True,
                              env=environment, check=False)  # fmt: skip
        assert (json.loads(done.stdout)["summary"]["errors"], done.stderr) == (0, wanted)


@cases("target", ["/etc/passwd", "../.git/config", "../.dvc/config"])
def test_a_link_to_anything_but_dvc_s_cache_is_not_followed(repository: Repository, target: str) -> None:
    (repository.root / "data/holdout.csv").unlink(missing_ok=True)
    os.symlink(target, repository.root / "data/holdout.csv")
    assert _found(repository) == []


def test_dvc_s_own_links_are_followed(repository: Repository) -> None:
    repository.sh("dvc", "config", "cache.type", "symlink")
    repository.sh("dvc", "checkout", "--relink", "-q")
    assert (repository.root / "data/holdout.csv").is_symlink()
    repository.edit("models/churn/kpis.yaml", "label: churned", "label: churn")
    (found,) = _found(repository)
    assert not lacking(str(found["message"]), "data/holdout.csv", "no column 'churn'")
