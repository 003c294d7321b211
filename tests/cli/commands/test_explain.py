"""explain: a stage is drafted and run, what it made is verified, and what was changed since is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from explained import FEATURES, model_files, run_script
from handmade import Handmade, Run
from house import Repository
from messages import lines_with

CARD = "models/churn/README.md"
CARD_TEXT = """---
license: apache-2.0
pipeline_tag: tabular-classification
mlops:
  artifacts: [{path: model.pkl}]
  owners: [{name: Alice, contact: alice@example.org, role: data-science}]
  risk: {class: limited, rationale: Ranks accounts for a call.}
  intended_use: Choosing which accounts to call.
  out_of_scope: Pricing.
  limitations: One country.
---
# Churn
"""
KPIS = """apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data: {holdout: {path: answers.csv, key: account, label: left, score: probability}}
kpis:
  - {id: accuracy, metric: accuracy, data: holdout}
  - {id: roc-auc, metric: roc_auc, data: holdout, gate: {at_least: 0.6, confidence: 0.9}}
"""
PROJECT = (
    "apiVersion: mlops-gitops/v1\nkind: Project\nroles: {data-science: [{login: alice}]}\nenvironments: {staging: {}}\n"
)
PIPELINE = """stages:
    train: {cmd: python train.py, deps: [train.py], outs: [model.pkl, table.csv]}
    evaluate:  # keeps its comment
        cmd: python evaluate.py
        deps: [evaluate.py, model.pkl, table.csv]
        outs: [answers.csv]

params: [params.yaml]
"""
TRAIN = Run("train", ("train.py",), ("model.pkl", "table.csv"))
EVALUATE = Run("evaluate", ("evaluate.py", "model.pkl", "table.csv"), ("answers.csv",))
SCRIPT, PATH, WHAT_IF = "explain_churn.py", "reports/churn/explain.json", "reports/churn/whatif.parquet"
EXPLAIN = Run("explain-churn", (SCRIPT, "model.pkl", "table.csv", "answers.csv"), (WHAT_IF,), (PATH,))


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that train and evaluate made."""
    folder = tmp_path_factory.mktemp("evaluated")
    model_files(folder)
    return folder


@pytest.fixture
def repository(evaluated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Repository:
    handmade = Handmade.begin(tmp_path / "work/repository")
    for path in evaluated.iterdir():
        (handmade.root / path.name).write_bytes(path.read_bytes())
    texts = {"mlops.yaml": PROJECT, CARD: CARD_TEXT, "models/churn/kpis.yaml": KPIS, "dvc.yaml": PIPELINE}
    for path, text in {**texts, "train.py": "", "evaluate.py": ""}.items():
        handmade.write(path, text)
    handmade.lock((TRAIN, EVALUATE))
    return Repository(handmade.root, capsys)


def pin(repository: Repository) -> None:
    """Has dvc.lock and the card say what the stage made."""
    repository.write(CARD, CARD_TEXT)
    Handmade(repository.root).lock((TRAIN, EVALUATE, EXPLAIN))
    entry = f"  evidence: [{{id: explain, type: explainability, path: {PATH}, sha256: }}]\n"
    repository.edit(CARD, "  limitations", f"{entry}  limitations")
    repository.ok("validate", "--fix", CARD)


def test_a_drafted_stage_makes_what_is_derived_again(repository: Repository) -> None:
    answer = repository.ok("explain", "init", "churn")
    assert lines_with(answer.out, "explains roc-auc by 3 columns of table.csv")
    pipeline = (repository.root / "dvc.yaml").read_text()
    before, after = yaml.safe_load(PIPELINE), yaml.safe_load(pipeline)
    assert after["stages"].pop("explain-churn") == {
        "cmd": f"python {SCRIPT}",
        "deps": [SCRIPT, "model.pkl", "table.csv", "answers.csv"],
        "outs": [WHAT_IF, {PATH: {"cache": False}}],
    }
    assert after == before and "# keeps its comment" in pipeline
    refused = repository.run("explain", "init", "churn")
    assert refused.code == 2 and f"{SCRIPT} is there already" in refused.err

    run_script(repository.root, SCRIPT)
    pin(repository)
    assert lines_with(repository.ok("explain", "verify", "churn").out, "age", "yes")
    answer = repository.run("explain", "verify", "churn", "--re-run", "--format", "json")
    assert answer.code == 3
    (found,) = answer.json["explanations"]
    assert (found["level"], found["refuted"], found["derived"]["rows"]) == ("re-derived", False, 300)
    assert [feature["name"] for feature in found["derived"]["features"]] == list(FEATURES)
    assert "re-run not available: model.pkl is not an .onnx file" in found["reason"]

    # A number is inflated, and everything pinned again.
    stated = json.loads((repository.root / PATH).read_text())
    stated["features"][2]["importance"] = 0.3
    repository.write(PATH, json.dumps(stated))
    pin(repository)
    answer = repository.run("explain", "verify", "churn")
    assert answer.code == 1 and lines_with(answer.out, "refuted", PATH)
    assert "the importance of visits is 0.3" in " ".join(answer.out.split())

    # The answers are nowhere.
    (repository.root / WHAT_IF).unlink()
    for kept in (repository.root.parent / "storage").rglob("*"):
        if kept.is_file():
            kept.unlink()
    answer = repository.run("explain", "verify", "churn")
    assert answer.code == 3 and lines_with(answer.out, "linked", PATH)


def test_a_card_without_an_explanation_is_refused_with_what_makes_one(repository: Repository) -> None:
    answer = repository.run("explain", "verify", "churn")
    assert answer.code == 1 and "pins no explanation" in answer.err and "mlops-gitops explain init churn" in answer.err


# The options, what is edited before, and the words of the refusal.
REFUSED = [
    (("--kpi", "accuracy"), ("", ""), "'accuracy' is not a KPI that a permutation explains", "--kpi, one of roc-auc"),
    ((), ("score: probability", "prediction: probability"), "no KPI is one that a permutation explains", ""),
    ((), ("key: account", "key: customer"), "what answers.csv was made of has no table with features", "--data PATH"),
    (("--data", "mlops.yaml"), ("", ""), "mlops.yaml is not a table of DVC's", "dvc pull"),
    (("--data", "../other.csv"), ("", ""), "is not in the repository", ""),
]


@pytest.mark.parametrize(("options", "edit", "words", "help"), REFUSED)
def test_where_nothing_can_be_explained_it_says_what_is_lacking(
    options: tuple[str, ...], edit: tuple[str, str], words: str, help: str, repository: Repository
) -> None:
    repository.edit("models/churn/kpis.yaml", *edit)
    answer = repository.run("explain", "init", "churn", *options)
    assert answer.code == 2 and words in answer.err and help in answer.err, answer
    assert (repository.root / "dvc.yaml").read_text() == PIPELINE and not (repository.root / SCRIPT).exists()


def test_an_artifact_that_no_script_reads_is_named(repository: Repository) -> None:
    repository.edit(CARD, "path: model.pkl", "path: model.pkl, format: pytorch")
    answer = repository.run("explain", "init", "churn")
    assert answer.code == 2 and "model.pkl (pytorch)" in answer.err


def test_a_dvc_yaml_that_cannot_be_added_to_is_left_as_it_is(repository: Repository) -> None:
    repository.write("dvc.yaml", json.dumps(yaml.safe_load(PIPELINE)))
    answer = repository.run("explain", "init", "churn")
    assert answer.code == 2 and "cannot be added to dvc.yaml" in answer.err and "explain-churn" in answer.err
    assert not (repository.root / SCRIPT).exists()


def test_a_dry_run_writes_nothing(repository: Repository) -> None:
    answer = repository.ok("explain", "init", "churn", "--dry-run")
    assert "permutation_importance" in answer.out and f"would write {SCRIPT}" in answer.out
    assert (repository.root / "dvc.yaml").read_text() == PIPELINE and not (repository.root / SCRIPT).exists()
