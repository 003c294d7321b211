"""init on real repositories: the first five minutes of somebody who has DVC and none of our files."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from house import Repository
from messages import lines_with

from mlops_gitops.policy.examples import WATCHED

CORPUS = Path(os.environ.get("MLOPS_GITOPS_CORPUS", "/nowhere")) / "dvc"
OURS = ("mlops.yaml", "models/churn/README.md", "models/churn/kpis.yaml")
MONITORING, RETRAINING = "models/churn/monitoring.yaml", "models/churn/retraining.yaml"
# What gate says of each model of each public repository: 0 where its metrics file is there and is dvc.lock's.
PUBLIC = {
    "demo-bank-customer-churn": {"randomforest-model": 0},
    "MLops-credit-card-fraud": {"credit-card-fraud": 0},
    "DeepLearning-Cancer-disease-classification-MLFlow-DVC": {"cancer-disease-classification": 0},
    "whales-identification": {"whales-identification": 0},
    "example-get-started": {"text-classification": 3},
    "example-gto": {"churn": 3},
    "example-gto-artifactsyaml": dict.fromkeys(["churn", "m3", "m4", "mmm", "mymodel-in-old-format"], 3),
}


@pytest.fixture
def fresh(repository: Repository) -> Repository:
    """A repository with a pipeline that has run, and nothing of ours."""
    for path in OURS:
        (repository.root / path).unlink()
    return repository


@pytest.fixture
def bare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Repository:
    """A folder with one metrics file and nothing else."""
    (tmp_path / "speech").mkdir()
    (tmp_path / "speech/metrics.json").write_text('{"wer": 0.12}')
    return Repository(tmp_path / "speech", capsys)


def _files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file() and ".git" not in p.parts}


# ── the public repositories ──


@pytest.mark.skipif(not CORPUS.is_dir(), reason="MLOPS_GITOPS_CORPUS names no corpus")
def test_every_public_repository_is_known_here() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(PUBLIC)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="MLOPS_GITOPS_CORPUS names no corpus")
@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_repository(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(CORPUS / name, tmp_path / name)
    clone = Repository(tmp_path / name, capsys)
    clone.sh("git", "init", "-q", "-b", "main")
    before = _files(clone.root)
    first = clone.ok("init", "--repo", clone.root, "--format", "json").json
    assert first["models"] == list(PUBLIC[name])
    written = _files(clone.root)
    assert {path: written[path] for path in before} == before
    assert set(written) - set(before) == {*first["written"], *first["schemas"]}
    found = clone.run("validate", "--repo", clone.root, "--format", "json").json
    rules = {d["rule"] for d in found["diagnostics"] if d["severity"] == "error"}
    assert "card-placeholders" in rules and rules <= {"card-placeholders", "card-evidence", "unsafe-format"}
    assert found["summary"]["files"] == 1 + 2 * len(first["models"])
    for model, code in PUBLIC[name].items():
        gate = clone.run("gate", model, "--repo", clone.root)
        assert gate.code == code, gate
        title, _, columns = gate.out.splitlines()[:3]
        assert title == model and "KPI" in columns.split()
        assert (": DVC does not track " in gate.out or " lies in the folder " in gate.out) == (code == 3)
    again = clone.ok("init", "--repo", clone.root, "--format", "json").json
    assert (again["written"], sorted(again["kept"])) == ([], sorted(first["written"]))
    assert _files(clone.root) == written


# ── a pipeline that has run ──


def test_init_validate_gate_print_a_kpi_table(fresh: Repository) -> None:
    answer = fresh.ok("init")
    assert lines_with(answer.out, "model churn", "models/churn/model.skops", "stage train", "KPIs roc-auc")
    assert lines_with(answer.out, "3", "mlops-gitops validate", "mlops-gitops gate churn", "mlops-gitops doctor")
    assert lines_with(answer.out, "5", "adoption", "policies.adopt", "mlops.yaml")
    fresh.fill_in()
    fresh.ok("validate")
    table = fresh.ok("gate", "churn").out
    assert lines_with(table, "accuracy", "0.9") and lines_with(table, "p95-ms", "12.5")
    kpis = (fresh.root / "models/churn/kpis.yaml").read_text()
    assert "key: customer\n    label: churned\n" in kpis
    fresh.write("models/churn/kpis.yaml", kpis.replace("# gate:", "gate:"))
    assert fresh.ok("gate", "churn").out.endswith("passed: 7 gates on 7 KPIs\n")  # today's values, rounded down


def test_a_metric_that_fails_on_the_whole_table_is_no_first_kpi(fresh: Repository) -> None:
    guesses = [n % 2 if n % 9 else 1 - n % 2 for n in range(300)]
    rows = [f"{n},{n % 2},{guess},{guess}\n" for n, guess in enumerate(guesses)]
    fresh.write("data/holdout.csv", "id,label,prediction,score\n" + "".join(rows) + "300,1,7,1.5\n")
    fresh.ok("init")
    kpis = (fresh.root / "models/churn/kpis.yaml").read_text()
    assert "metric: roc_auc\n" in kpis and "metric: log_loss" not in kpis and "metric: f1" not in kpis


# ── models that a person names ──


def test_models_can_be_named_on_the_command_line(fresh: Repository) -> None:
    fresh.write("elsewhere/net.onnx", "x")
    answer = fresh.ok("init", "--model", "Churn_2=models/churn/model.skops", "--model", "Churn_2=elsewhere/net.onnx")
    assert lines_with(answer.out, "model Churn_2", "models/churn/model.skops", "elsewhere/net.onnx", "stage train")
    card = (fresh.root / "models/Churn_2/README.md").read_text()
    assert "- path: models/churn/model.skops\n" in card and "- path: elsewhere/net.onnx\n" in card
    again = fresh.ok("init", "--format", "json").json  # the card says it now
    assert (again["models"], again["written"]) == (["Churn_2"], [])


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        (["--model", "churn"], ("'churn'", "NAME=PATH")),
        (["--model", "a b=x.pkl"], ("'a b'", "name of a model")),
        (["--model", "a=../x.pkl"], ("../x.pkl", "not in the repository")),
        (["--model", "a=nowhere.pkl"], ("no file nowhere.pkl", "no stage")),
        (["--only", "frod"], ("no model frod", "churn")),
    ],
)
def test_a_model_that_cannot_be_named_so_writes_nothing(
    fresh: Repository, words: list[str], facts: tuple[str, ...]
) -> None:
    before = _files(fresh.root)
    answer = fresh.run("init", *words)
    assert answer.code == 2 and lines_with(answer.err, "error", *facts), answer
    assert _files(fresh.root) == before


# ── a label that is no truth ──

SCORING = """stages:
  train: {cmd: python train.py, deps: [train.py], outs: [model.onnx]}
  predict: {cmd: python predict.py, deps: [predict.py, model.onnx], outs: [predictions.csv]}
  score: {cmd: python score.py, deps: [score.py, predictions.csv], metrics: [{metrics.json: {cache: false}}]}
"""
SCORES = [(n * 37 % 101) / 101 for n in range(400)]
CLASSES = ("cat", "dog", "cow")


def _scoring(bare: Repository, header: str, rows: list[str], **metrics: float) -> str:
    """The KPIs that init drafts for a pipeline whose predictions are these rows."""
    (bare.root / "metrics.json").write_text(json.dumps(metrics))
    bare.write("dvc.yaml", SCORING)
    bare.write("predictions.csv", "\n".join([header, *rows]) + "\n")
    answer = bare.ok("init")
    kpis = (bare.root / "models/speech/kpis.yaml").read_text()
    bare.fill_in()
    bare.ok("validate")
    assert ("note: no KPI is measured on predictions.csv: " in answer.out) == ("# predictions.csv is not used" in kpis)
    return kpis


def _shares(n: int) -> tuple[float, ...]:
    weights = [(n * factor) % 97 + 1 for factor in (31, 17, 43)]
    return tuple(round(weight / sum(weights), 4) for weight in weights)


def _largest(n: int) -> int:
    return max(range(3), key=_shares(n).__getitem__)


PREDICTED = {
    "thresholded probability": (
        "proba_0,proba_1,label", [f"{1 - p:.4f},{p:.4f},{int(p > 0.4)}" for p in SCORES]),
    "rounded before the threshold": ("score,target", [f"{p:.2f},{int(p > 0.405)}" for p in SCORES]),
    "of a logit": ("id,y_score,y_true", [f"{n},{8 * p - 4:.3f},{int(p > 0.3)}" for n, p in enumerate(SCORES)]),
    "in words": ("confidence,label", [f"{p:.4f},{'yes' if p > 0.5 else 'no'}" for p in SCORES]),
    "of the negative class": ("score_no,score_yes,actual", [f"{1 - p:.4f},{p:.4f},{int(p > 0.5)}" for p in SCORES]),
    "copied prediction": ("prediction,label", [f"{int(p > 0.5)},{int(p > 0.5)}" for p in SCORES]),
    "copied under a name that says nothing": (
        "id,predicted,decision", [f"{n},{int(p > 0.5)},{int(p > 0.5)}" for n, p in enumerate(SCORES)]),
    "renamed classes": ("prediction,label", [f"{int(p > 0.5)},{'AB'[p > 0.5]}" for p in SCORES]),
    "copied quantity": ("y_pred,y_true", [f"{100 * p:.5f},{100 * p:.5f}" for p in SCORES[:101]]),
    "rounded quantity": ("prediction,target", [f"{100 * p:.5f},{100 * p:.1f}" for p in SCORES[:101]]),
    "largest of the classes' scores": (
        "proba_cat,proba_dog,proba_cow,pred,label",
        [f"{','.join(map(str, _shares(n)))},{CLASSES[n % 3]},{CLASSES[_largest(n)]}" for n in range(200)]),
    "largest of columns called as the classes": (
        "cat,dog,cow,prediction,label",
        [f"{','.join(map(str, _shares(n)))},{CLASSES[n % 3]},{CLASSES[_largest(n)]}" for n in range(200)]),
    "sorted by score": ("score,label", [f"{n / 3000:.5f},{int(n > 1000)}" for n in range(3000)]),
}  # fmt: skip


@pytest.mark.parametrize("shape", PREDICTED)
def test_a_label_that_follows_from_the_model_is_not_the_truth(bare: Repository, shape: str) -> None:
    header, rows = PREDICTED[shape]
    kpis = _scoring(bare, header, rows, roc_auc=0.71, accuracy=0.6, rmse=4.5)
    assert "metric: {file: metrics.json, key: roc_auc}" in kpis and "# gate: {at_least: 0.71}" in kpis
    assert "metric: {file: metrics.json, key: accuracy}" in kpis and "metric: {file: metrics.json, key: rmse}" in kpis
    assert "\ndata:" not in kpis and "    data: " not in kpis and "at_least: 1.0" not in kpis
    assert "# predictions.csv is not used: " in kpis
    alone = kpis[kpis.index("\n# data:\n") :].split("\nkpis:")[0]
    assert set(yaml.safe_load(alone.replace("\n# ", "\n"))["data"]) == {"predictions"}
    assert '#     label: "…"\n' in kpis


def test_a_true_label_beside_the_predicted_one_is_taken(bare: Repository) -> None:
    rows = [f"{p:.4f},{int(p > 0.4)},{int(p > 0.4) if n % 5 else int(p < 0.4)}" for n, p in enumerate(SCORES)]
    assert "\n    label: y_true\n    score: proba_1\n" in _scoring(bare, "proba_1,label,y_true", rows)


@pytest.mark.parametrize(("declared", "taken"), [(0.75, True), (0.7, False), (0.7481, False)])
def test_a_declared_metric_decides_between_itself_and_a_guessed_label(
    bare: Repository, declared: float, taken: bool
) -> None:
    """Three of four predictions are right."""
    rows = [f"{n},{n % 2},{n % 2 if n % 4 > 0 else 1}" for n in range(200)]
    kpis = _scoring(bare, "id,label,prediction", rows, test_acc=declared, p95_ms=3.0)
    assert ("\n  - id: accuracy\n    metric: accuracy\n" in kpis) is taken
    assert ("key: test_acc}" in kpis) is not taken
    assert taken or ("\ndata:" not in kpis and "accuracy is 0.75, and metrics.json has" in kpis)


def test_where_one_metric_agrees_another_that_differs_stays_the_declared_one(bare: Repository) -> None:
    rows = [f"{n},{n % 2},{n % 2 if n % 4 > 0 else 1}" for n in range(200)]
    kpis = _scoring(bare, "id,label,prediction", rows, accuracy=0.75, f1=0.733)
    assert "metric: accuracy\n    data: predictions\n" in kpis
    assert "metric: {file: metrics.json, key: f1}" in kpis and "metric: f1\n" not in kpis


def test_what_init_writes_can_be_released(fresh: Repository) -> None:
    fresh.ok("init")
    fresh.fill_in()
    fresh.ok("validate")
    fresh.commit("Begin with mlops-gitops")
    fresh.ok("release", "churn", "1.0.0", "--local")


def test_without_commits_a_remote_or_a_git_user(fresh: Repository) -> None:
    fresh.sh("rm", "-rf", ".git", "../origin.git", "../storage")
    fresh.sh("git", "init", "-q", "-b", "trunk")
    answer = fresh.ok("init")
    assert lines_with(answer.out, "login", "blank", "nobody")
    assert "branch: trunk  # merging" in (fresh.root / "mlops.yaml").read_text()
    assert fresh.run("doctor").out.startswith("as of the files here: trunk has no commit yet\n")
    fresh.fill_in()
    fresh.ok("validate")
    fresh.ok("gate", "churn")


def test_without_git(bare: Repository) -> None:
    answer = bare.ok("init")
    assert lines_with(answer.out, "note", "not a Git repository", "`git init`")
    assert lines_with(answer.out, "model speech", "no file", "KPIs wer")
    bare.fill_in()
    bare.ok("validate")


def test_predictions_in_parquet_are_looked_into(fresh: Repository) -> None:
    duckdb = pytest.importorskip("duckdb")
    csv, parquet = fresh.root / "data/holdout.csv", fresh.root / "data/holdout.parquet"
    duckdb.sql(f"COPY (FROM read_csv('{csv}')) TO '{parquet}'")
    fresh.edit("dvc.yaml", "data/holdout.csv", "data/holdout.parquet")
    fresh.ok("init")
    assert "path: data/holdout.parquet\n    key: customer\n" in (fresh.root / "models/churn/kpis.yaml").read_text()


def test_parquet_without_duckdb_is_said(fresh: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    (fresh.root / "data/holdout.parquet").write_bytes(b"PAR1")
    fresh.edit("dvc.yaml", "data/holdout.csv", "data/holdout.parquet")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    answer = fresh.ok("init")
    assert lines_with(answer.out, "note", "data/holdout.parquet", "DuckDB is not installed", "pip install")
    assert "#     path: data/holdout.parquet" in (fresh.root / "models/churn/kpis.yaml").read_text()


@pytest.mark.parametrize("table", [b"", b"\xff\xfe\n", b'"a\n', b"a,a\n1,2\n", b"a\0,b\n1,2\n", b"x" * 100_000])
def test_a_table_that_is_none_is_no_obstacle(fresh: Repository, table: bytes) -> None:
    (fresh.root / "data/holdout.csv").write_bytes(table)
    fresh.ok("init")
    fresh.fill_in()
    fresh.ok("validate")


def test_the_person_and_the_branch_are_the_ones_of_git(fresh: Repository) -> None:
    fresh.sh("git", "config", "user.email", "7+octo-cat@users.noreply.github.com")
    fresh.sh("git", "switch", "-q", "-c", "a-branch-to-propose-this-from")
    fresh.ok("init")
    project = (fresh.root / "mlops.yaml").read_text()
    assert '- {login: octo-cat, emails: ["7+octo-cat@users.noreply.github.com"]}' in project
    assert "branch: main  #" in project


def test_a_folder_that_git_ignores_is_not_used(fresh: Repository) -> None:
    fresh.write(".gitignore", "models/\n*.json\n")
    answer = fresh.ok("init")
    assert lines_with(answer.out, "mlops.yaml", "models in mlops-models")
    assert lines_with(answer.out, "warning", "ignores promotions", ".gitignore")
    assert (fresh.root / "mlops-models/churn/kpis.yaml").is_file()
    fresh.ok("gate", "churn")


# ── the workflows of GitHub ──


def test_workflows_are_written_where_the_remote_is_at_github(fresh: Repository) -> None:
    assert not any(
        path.startswith(".github/") for path in fresh.ok("init", "--dry-run", "--format", "json").json["files"]
    )
    fresh.sh("git", "remote", "set-url", "origin", "git@github.com:example/models.git")
    fresh.edit(".dvc/config", "../../storage", "s3://bucket/data")
    answer = fresh.ok("init")
    assert "wrote .github/workflows/mlops-gitops.yml\nwrote .github/workflows/mlops-gitops-record.yml\n" in answer.out
    assert lines_with(
        answer.out, "secrets DVC_READ_KEY_ID", "DVC_READ_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
    )
    assert lines_with(answer.out, "5", "GitHub", "App", "mlops-gitops doctor")
    record = (fresh.root / ".github/workflows/mlops-gitops-record.yml").read_text()
    assert "branches:\n      - main\n" in record and "AWS_ACCESS_KEY_ID: ${{ secrets.DVC_READ_KEY_ID }}" in record
    fresh.write(".github/workflows/mlops-gitops.yml", "mine")
    assert "kept .github/workflows/mlops-gitops.yml\n" in fresh.ok("init").out
    assert (fresh.root / ".github/workflows/mlops-gitops.yml").read_text() == "mine"


def test_the_workflow_that_monitors_reads_the_remote_where_live_data_arrives(fresh: Repository) -> None:
    config = (fresh.root / ".dvc/config").read_text()
    fresh.write(".dvc/config", f"{config}['remote \"Live\"']\n    url = s3://arrivals/churn\n")
    fresh.ok("init")
    fresh.write(MONITORING, WATCHED)
    answer = fresh.ok("init", "--github", "--format", "json")
    workflows = [path for path in answer.json["written"] if path.startswith(".github/")]
    reading = [path for path in workflows if "remotes: s3\n" in (fresh.root / path).read_text()]
    assert (len(workflows), reading) == (4, [".github/workflows/mlops-gitops-monitor.yml"])
    assert lines_with("\n".join(answer.json["notes"]), "DVC_READ_KEY", "AWS_SECRET_ACCESS_KEY")
    assert lines_with("\n".join(answer.json["notes"]), "../../storage is a folder", "s3://")
    fresh.commit("Begin")
    assert fresh.ok("init", "--upgrade", "--format", "json").json["written"] == []


def test_workflows_are_written_when_asked_and_not_beside_others_that_do_it_already(fresh: Repository) -> None:
    fresh.sh("git", "remote", "set-url", "origin", "https://github.com/example/models.git")
    assert ".github" not in fresh.ok("init", "--no-github", "--dry-run").out
    fresh.write(".github/workflows/ours.yml", "on: push\njobs: {a: {steps: [{run: mlops-gitops validate}]}}\n")
    answer = fresh.ok("init", "--dry-run")
    assert lines_with(answer.out, "note", ".github/workflows/ours.yml", "no workflow is written")
    fresh.edit(".dvc/config", "../../storage", "gs://bucket/data")
    asked = fresh.ok("init", "--github", "--dry-run")
    assert "would write .github/workflows/mlops-gitops-promote.yml\n" in asked.out and "secrets.DVC" not in asked.out
    assert lines_with(asked.out, "note", "gs://bucket/data", "not known")


# ── what it leaves alone ──


def test_a_dry_run_prints_every_file_and_writes_none(fresh: Repository) -> None:
    before = _files(fresh.root)
    answer = fresh.ok("init", "--dry-run")
    assert (
        "would write mlops.yaml\n" in answer.out and "── models/churn/kpis.yaml\n# yaml-language-server" in answer.out
    )
    data = fresh.ok("init", "--dry-run", "--format", "json").json
    assert data["written"] == [] and set(data["files"]) == {*OURS, MONITORING, RETRAINING, ".pre-commit-config.yaml"}
    assert _files(fresh.root) == before


def test_a_file_that_is_there_is_kept_as_it_is(fresh: Repository) -> None:
    fresh.write("models/churn/README.md", "mine\n")
    fresh.write(".pre-commit-config.yaml", "repos: []\n")
    answer = fresh.ok("init")
    assert "\nkept .pre-commit-config.yaml\n" in answer.out and "\nwrote mlops.yaml\n" in answer.out
    assert (fresh.root / "models/churn/README.md").read_text() == "mine\n"


def test_an_editor_finds_the_schema_of_each_file_that_is_drafted(fresh: Repository) -> None:
    fresh.ok("init")
    for path in ("mlops.yaml", "models/churn/kpis.yaml"):
        file = fresh.root / path
        (place,) = re.findall(r"\A# yaml-language-server: \$schema=(\S+)\n", file.read_text())
        schema = json.loads((file.parent / place).read_text())
        assert schema["properties"]["kind"]["const"] == yaml.safe_load(file.read_text())["kind"]
    assert not (fresh.root / MONITORING).read_text().startswith("# yaml-language-server")  # its `#` come off one by one


def test_schemas_that_were_removed_stay_away(fresh: Repository) -> None:
    fresh.ok("init")
    shutil.rmtree(fresh.root / ".schemas")
    again = fresh.ok("init", "--format", "json").json
    assert (again["written"], again["schemas"]) == ([], [])


@pytest.mark.parametrize("kind", ["link", "file"])
def test_nothing_is_written_through_a_link_or_below_a_file(bare: Repository, tmp_path: Path, kind: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if kind == "link":
        (bare.root / "models").symlink_to(elsewhere)
    else:
        bare.write("models", "")
    answer = bare.run("init")
    assert answer.code == 2
    assert lines_with(answer.err, "error", "models is not a folder", "models/speech/README.md")
    assert answer.err.splitlines()[1].startswith("help: ")
    assert not list(elsewhere.iterdir()) and not (bare.root / "mlops.yaml").exists()


def test_a_file_where_the_schemas_go_is_to_be_renamed(fresh: Repository) -> None:
    fresh.write(".schemas", "")
    answer = fresh.run("init")
    assert answer.code == 2 and lines_with(answer.err, "error", ".schemas is not a folder", ".schemas/project.json")
    assert answer.err.splitlines()[-1] == "help: rename .schemas" and not (fresh.root / "mlops.yaml").exists()


def test_a_full_disk_leaves_nothing_half_done(bare: Repository) -> None:
    before = _files(bare.root)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (900, limits[1]))  # mlops.yaml fits, the card does not
    try:
        answer = bare.run("init")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert answer.code == 2 and lines_with(answer.err, "error", "cannot be written", "File too large")
    assert _files(bare.root) == before


@pytest.mark.parametrize(
    ("files", "code", "facts"),
    [
        ({}, 2, ("nothing of DVC", "no metrics file")),
        ({"dvc.yaml": "stages: {a: 1, a: 2}"}, 2, ("dvc.yaml:1:16", "key 'a'", "twice")),
        ({"dvc.yaml": "a: " + "[" * 200}, 2, ("dvc.yaml:1", "nested")),
        ({"dvc.yaml": "a: &a [x, x]\n" + "".join(f"k{n}: &k{n} [{', '.join(['*k' + str(n - 1) if n else '*a'] * 9)}]\n"
                                                for n in range(9))}, 2, ("dvc.yaml", "aliases")),
        ({"dvc.yaml": "#" * (5 << 20)}, 2, ("dvc.yaml:1:1", "5,242,880 bytes")),
    ],
    ids=["nothing", "twice", "deep", "aliases", "large"],
)  # fmt: skip
def test_bad_input_is_one_line(bare: Repository, files: dict[str, str], code: int, facts: tuple[str, ...]) -> None:
    (bare.root / "metrics.json").unlink()
    for path, text in files.items():
        bare.write(path, text)
    answer = bare.run("init")
    assert answer.code == code
    assert lines_with(answer.err, "error", *facts) and answer.err.count("\n") == 2
    assert set(_files(bare.root)) == set(files)


def test_a_folder_that_is_not_there(bare: Repository) -> None:
    answer = bare.run("init", "--repo", "nowhere")
    assert (answer.code, answer.err) == (2, "error: there is no folder nowhere\n")


def test_without_the_only_model_no_other_is_made_up(fresh: Repository) -> None:
    answer = fresh.ok("init", "--skip", "churn", "--format", "json").json
    assert answer["models"] == [] and answer["written"] == ["mlops.yaml", ".pre-commit-config.yaml"]


def test_a_card_without_its_model_file_says_so_and_no_command_names_the_blank(bare: Repository) -> None:
    said = bare.ok("init").out
    assert lines_with(said, "does not name", "model file") and "dvc add 'To be written" not in said
