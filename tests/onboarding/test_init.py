"""init: from what a repository has to files that are valid, say what is known, and leave the rest plainly blank."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
import yaml
from house import filled_in
from messages import lacking, lines_with
from sample import TODAY

from mlops_gitops.core.diagnostics import Severity
from mlops_gitops.core.errors import Error
from mlops_gitops.core.table import Columns
from mlops_gitops.discovery.discover import Discovery, discover
from mlops_gitops.discovery.prediction_tables import recognise
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.onboarding import file_drafts, init, workflow_drafts
from mlops_gitops.onboarding.file_drafts import NOBODY, Person
from mlops_gitops.onboarding.init import InitPlan, RepositoryFacts
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.records.monitoring import DataDrift, KpiDecay
from mlops_gitops.records.retraining import WindowsToJudge
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

ALICE = Person("Alice", "alice", "alice@example.org")
PIPELINE = """stages:
  train:
    cmd: python train.py
    deps: [train.py, data/train.csv]
    outs: [out/churn.skops]
  evaluate:
    cmd: python evaluate.py
    deps: [out/churn.skops, data/holdout.csv]
    metrics: [metrics.json: {cache: false}]
"""
METRICS = json.dumps({"roc_auc": 0.85854, "log_loss": 0.41233, "p95_ms": 12.5, "rows": 1000})


def _found(files: Mapping[str, str], repository: str = "ml-churn") -> Discovery:
    return discover(Overlay({path: text.encode() for path, text in files.items()}), repository)


def _start(
    files: Mapping[str, str],
    *,
    person: Person | None = ALICE,
    samples: Mapping[str, Columns] | None = None,
    ignored: tuple[str, ...] = (),
    branch: str = "main",
    github: bool = False,
) -> InitPlan:
    """What init makes of files; whatever it makes must be valid."""
    tree = Overlay({path: text.encode() for path, text in files.items()})
    facts = RepositoryFacts("ml-churn", branch, person, frozenset(ignored), samples or {}, github=github)
    start = init.plan_init(tree, discover(tree, "ml-churn"), facts)
    _validate({**files, **start.files})
    return start


def _validate(files: Mapping[str, str]) -> Snapshot:
    whole = {path: filled_in(text) if path.endswith("README.md") else text for path, text in files.items()}
    snapshot = Snapshot(Overlay({path: text.encode() for path, text in whole.items()}))
    errors = [d for d in validate(Context(snapshot, TODAY), Scope.TREE) if d.severity is Severity.ERROR]
    assert errors == []
    return snapshot


def _kpis(start: InitPlan, model: str = "churn") -> str:
    return next(text for path, text in start.files.items() if path.endswith(f"{model}/kpis.yaml"))


# ── models ──


def test_a_pipeline_becomes_a_model_its_card_and_its_kpis() -> None:
    start = _start({"dvc.yaml": PIPELINE, "metrics.json": METRICS, "train.py": "import sklearn"})
    assert list(start.files) == [
        "mlops.yaml", "models/churn/README.md", "models/churn/kpis.yaml", ".pre-commit-config.yaml",
    ]  # fmt: skip
    card = start.files["models/churn/README.md"]
    assert "library_name: sklearn\n" in card and "    - path: out/churn.skops\n" in card
    assert "Stage `train` of `dvc.yaml` makes `out/churn.skops` from:\n\n- `train.py`\n- `data/train.csv`\n" in card
    assert _kpis(start).count("  - id: ") == 3
    assert "#   owner" not in _kpis(start) and "key: rows" not in _kpis(start)


def test_the_proposed_gates_are_valid_and_today_passes_them() -> None:
    start = _start({"dvc.yaml": PIPELINE, "metrics.json": METRICS})
    text = _kpis(start)
    assert "    # gate: {at_least: 0.8585}\n" in text
    assert "    # gate: {at_most: 0.4124}\n" in text
    assert "    owner: operations\n    # gate: {at_most: 12.5}\n" in text
    gated = {**start.files, "models/churn/kpis.yaml": text.replace("# gate:", "gate:")}
    kpis = _validate({"dvc.yaml": PIPELINE, **gated}).kpis("churn")
    assert kpis and [kpi.gate is not None for kpi in kpis.kpis] == [True] * 3


@pytest.mark.parametrize(
    ("value", "key", "gate"),
    [(1, "accuracy", "at_least: 1.0"), (4.364851e-06, "loss", "at_most: 4.365e-06"), (0, "mae", "at_most: 0.0"),
     (-0.12345, "r2", "at_least: -0.1235"), (174.16, "latency_p95_ms", "at_most: 174.2"),
     (12345678, "x", "at_least: 12340000.0")],
)  # fmt: skip
def test_a_threshold_is_rounded_to_the_side_that_passes(value: float, key: str, gate: str) -> None:
    start = _start({"dvc.yaml": PIPELINE, "metrics.json": json.dumps({key: value})})
    assert f"# gate: {{{gate}}}" in _kpis(start)


def test_declared_models_come_first_and_remote_ones_are_passed_over() -> None:
    declared = """artifacts:
  Text Classification: {path: ./out/churn.skops, type: model, desc: "Tags\\n questions", labels: [nlp, "a: b"]}
  far: {path: s3://bucket/model.pt, type: model}
  table: {path: data/x.csv, type: dataset}
"""
    start = _start({"dvc.yaml": declared + PIPELINE, "metrics.json": METRICS})
    assert start.models == ("text-classification",)
    card = start.files["models/text-classification/README.md"]
    assert 'tags: [nlp, "a: b"]\n' in card and "\nTags questions\n" in card
    assert any("far (s3://bucket/model.pt)" in note for note in start.notes)


def test_an_artifact_that_moved_is_found_where_dvc_has_it() -> None:
    files = {"artifacts.yaml": "forest: {path: .mlem/churn.skops, type: model}\n", "dvc.yaml": PIPELINE}
    assert [(model.name, model.artifacts) for model in _found(files).models] == [("forest", ("out/churn.skops",))]


@pytest.mark.parametrize(
    ("stage", "outs", "models"),
    [
        ("train", ["models/model.pkl"], {"churn": ["models/model.pkl"]}),  # named after the repository
        ("train", ["models/fraud/model.onnx"], {"fraud": ["models/fraud/model.onnx"]}),
        ("fit-all", ["a/all.json", "model/xgb.json"], {"xgb": ["model/xgb.json"]}),
        ("train_lgb", ["lgb.txt", "lgb_importance.txt", "xgb_report.json"], {"lgb": ["lgb.txt"]}),
        ("lgb", ["lgb.txt", "lgb_log.txt"], {"lgb": ["lgb.txt"]}),
        ("evaluate_lgb", ["lgb.txt"], {}),
        ("train", ["model/clf-model"], {"churn": ["model/clf-model"]}),
        ("train", ["m/Fraud_Net.pt", "m/tokenizer.json"], {"fraud-net": ["m/Fraud_Net.pt", "m/tokenizer.json"]}),
        ("train", ["m/a.pkl", "m/b.pkl", "m/scaler.pkl"], {"a": ["m/a.pkl"], "b": ["m/b.pkl"]}),
        ("split", ["data/X_train.pkl", "data/model.csv"], {}),
        ("evaluate", ["models/importance.joblib"], {}),
        ("prepare_base_model", ["artifacts/prepare_base_model"], {}),
        ("train", ["../models/model.pkl", "/tmp/model.pkl", "s3://b/model.pkl"], {}),
    ],
)
def test_which_outputs_are_models(stage: str, outs: list[str], models: dict[str, list[str]]) -> None:
    files = {"dvc.yaml": json.dumps({"stages": {stage: {"cmd": "x", "outs": outs}}})}
    assert {model.name: list(model.artifacts) for model in _found(files).models} == models


def test_a_model_that_goes_into_another_is_an_ingredient() -> None:
    stages = {
        "train_base": {"cmd": "x", "outs": ["models/base.pkl"]},
        "train_stack": {"cmd": "x", "deps": ["models/base.pkl"], "outs": ["models/stack.pkl"]},
    }
    assert [model.name for model in _found({"dvc.yaml": json.dumps({"stages": stages})}).models] == ["stack"]


def test_what_dvc_add_tracks_is_found_in_any_folder() -> None:
    files = {
        "nlp/models/Sentiment.pt.dvc": "outs: [{md5: x, path: Sentiment.pt}]\n",
        "data/x.csv.dvc": "outs: [{path: x.csv}]\n",
    }
    assert [(m.name, m.artifacts) for m in _found(files).models] == [("sentiment", ("nlp/models/Sentiment.pt",))]


@pytest.mark.parametrize(
    ("tracked", "models"),
    [
        (["models", "data"], {"churn": ["models"]}),
        (["weights/bert-model"], {"bert-model": ["weights/bert-model"]}),
        (["nets/sentiment.safetensors", "nets/words.txt"], {"sentiment": ["nets/sentiment.safetensors"]}),
        (["data/models.csv", "features", "report.json"], {}),
    ],
)
def test_of_what_dvc_add_tracks_names_say_what_is_a_model(tracked: list[str], models: dict[str, list[str]]) -> None:
    files = {f"{path}.dvc": f"outs: [{{md5: x, path: {path.rpartition('/')[2]}}}]\n" for path in tracked}
    assert {model.name: list(model.artifacts) for model in _found(files).models} == models


def test_a_template_is_what_the_lock_has() -> None:
    stages = {
        "train": {"cmd": "x", "wdir": "${where}", "outs": ["${dir}/${name}.pkl", "log.txt"], "metrics": ["${m}.json"]},
        "later": {"cmd": "x", "outs": ["${unknown}/model.pkl"]},
    }
    outs = [{"path": f"{path}", "md5": "1" * 32} for path in ("model//fraud.pkl", "log.txt", "scores.json")]
    lock = {"schema": "2.0", "stages": {"train": {"cmd": "x", "outs": outs}}}
    files = {"dvc.yaml": json.dumps({"stages": stages}), "dvc.lock": json.dumps(lock)}
    found = _found(files)
    assert found.models == ()  # a working directory that only a template knows
    stages["train"]["wdir"] = "."
    found = _found({**files, "dvc.yaml": json.dumps({"stages": stages}), "scores.json": '{"f1": 0.5}'})
    assert [model.artifacts for model in found.models] == [("model/fraud.pkl",)]
    assert list(found.numbers) == ["scores.json"]
    assert [note for note in found.notes if "later" in note and "dvc repro" in note]


@pytest.mark.parametrize("key", ["foreach", "matrix"])
def test_each_run_of_a_loop_is_a_stage(key: str) -> None:
    body = {"cmd": "x", "outs": ["models/${item}.pkl"], "metrics": ["metrics/${item}.json"]}
    stage = {"foreach": ["a", "b"], "do": body} if key == "foreach" else {"matrix": {"item": ["a", "b"]}, **body}
    runs = {
        f"train@{name}": {"cmd": "x", "outs": [{"path": path, "md5": "1" * 32} for path in paths]}
        for name in "ab"
        for paths in [(f"models/{name}.pkl", f"metrics/{name}.json")]
    }
    files = {
        "dvc.yaml": json.dumps({"stages": {"train": stage}}),
        "dvc.lock": json.dumps({"schema": "2.0", "stages": runs}),
        "metrics/a.json": '{"f1": 0.1}', "metrics/b.json": '{"f1": 0.2}',
    }  # fmt: skip
    start = _start(files)
    assert start.models == ("a", "b")
    assert "metrics/a.json" in _kpis(start, "a") and "metrics/b.json" not in _kpis(start, "a")


def test_a_template_never_appears_in_a_card() -> None:
    """Neither that of a loop that has run nor that of one that has not, nor in what artifacts say."""
    body = {"cmd": "python train.py ${item.region}", "deps": ["train.py", "data/${item.region}.csv"],
            "outs": ["models/${item.region}.pkl"]}  # fmt: skip
    loop = {"foreach": [{"region": "eu"}, {"region": "us"}], "do": body}
    stages = {"train": loop, "fit": {"cmd": "python fit.py ${region}", "outs": ["plain.pkl"]}}
    runs = {
        f"train@{n}": {"cmd": f"python train.py {region}", "outs": [{"path": f"models/{region}.pkl", "md5": "1" * 32}]}
        for n, region in enumerate(("eu", "us"))
    }
    declared = {"m": {"path": "plain.pkl", "type": "model", "desc": "of ${region}", "labels": ["${region}", "x"]}}
    never_run = {"dvc.yaml": json.dumps({"stages": stages, "artifacts": declared})}
    has_run = {
        "dvc.yaml": json.dumps({"stages": {"train": loop}}), "dvc.lock": json.dumps({"schema": "2.0", "stages": runs}),
    }  # fmt: skip
    cards = [
        text
        for files in (never_run, has_run)
        for path, text in _start(files).files.items()
        if path.endswith("README.md")
    ]
    assert len(cards) == 2 and not [card for card in cards if "${" in card]
    assert "`python train.py eu`" in cards[1] and "`python train.py us`" in cards[1]


def test_folds_and_templates_that_have_never_run_are_found() -> None:
    stages = {
        "train": {"foreach": "${folds}", "do": {"cmd": "x ${item}", "outs": ["${dir}/fold_${item}.pkl"]}},
        "evaluate": {"cmd": "x", "deps": ["${dir}"], "metrics": ["scores.json"]},
    }
    files = {"dvc.yaml": json.dumps({"stages": stages}), "params.yaml": "dir: models\nfolds: [0, 1, 2]\n"}
    (model,) = _found(files).models
    assert model.artifacts == tuple(f"models/fold_{n}.pkl" for n in range(3))
    assert "`${" not in _start(files).files["models/churn/README.md"]


def test_numbers_that_no_stage_ties_to_a_model_stand_under_each_with_a_note() -> None:
    declared = "artifacts: {a: {path: a.pkl, type: model}, b: {path: b.pkl, type: model}}\nmetrics: [metrics.json]\n"
    start = _start({"dvc.yaml": declared, "a.pkl": "", "metrics.json": METRICS})
    for model in ("a", "b"):
        assert "# Nothing says which model metrics.json is about" in _kpis(start, model)


def test_a_card_that_is_there_names_its_model() -> None:
    first = _start({"dvc.yaml": PIPELINE, "metrics.json": METRICS})
    card = first.files["models/churn/README.md"]
    again = _start({"dvc.yaml": PIPELINE, "metrics.json": METRICS, "models/leaving/README.md": card})
    assert again.models == ("leaving",) and again.kept == ("models/leaving/README.md",)


# ── metrics files ──


def test_numbers_of_training_counts_and_a_baseline_are_left_out_and_named() -> None:
    metrics = {"train": {"acc": 1.0}, "test": {"acc": 0.9, "n_rows": 5, "custom": 3.0}}
    text = _kpis(_start({"dvc.yaml": PIPELINE, "metrics.json": json.dumps(metrics)}))
    assert re.findall("- id: (.*)", text) == ["test-acc", "test-custom"]
    assert "# gate: {at_least: 3.0}  # or at_most, if lower is better" in text
    assert "# Not taken from metrics.json, and added the same way: train.acc, test.n_rows\n" in text


def test_of_many_numbers_one_of_each_family_comes_first() -> None:
    metrics = {f"accuracy_{n}": 0.9 for n in range(20)} | {"latency_mean_ms": 3, "latency_p95_ms": 4, "loss": 0.1}
    ids = re.findall("- id: (.*)", _kpis(_start({"dvc.yaml": PIPELINE, "metrics.json": json.dumps(metrics)})))
    assert len(ids) == 8 and {"accuracy-0", "loss", "latency-p95-ms"} <= {*ids[:3]}


def test_a_metrics_file_in_a_tracked_folder_is_commented_out_and_says_why() -> None:
    pipeline = PIPELINE.replace("metrics: [metrics.json: {cache: false}]", "outs: [eval]\n    metrics: [speed.json]")
    files = {"dvc.yaml": f"{pipeline}metrics: [eval/metrics.json]\n"}
    start = _start({**files, "eval/metrics.json": METRICS, "speed.json": '{"p95_ms": 5}'})
    assert "  # eval/metrics.json lies in eval, a folder that DVC tracks as a whole" in _kpis(start)
    assert "  # - id: roc-auc\n  #   metric: {file: eval/metrics.json, key: roc_auc}\n" in _kpis(start)
    assert any(note.startswith("eval/metrics.json lies in eval") for note in start.notes)
    alone = _kpis(_start({**files, "eval/metrics.json": METRICS}))
    assert "\n  - id: roc-auc\n" in alone and "\n  # - id: p95-ms\n" in alone  # without any KPI it is no KPIs file
    absent = _kpis(_start(files))
    assert "metric: {file: eval/metrics.json, key: to-be-chosen}" in absent or "speed.json" in absent


def test_without_numbers_there_is_one_kpi_to_complete() -> None:
    start = _start({"dvc.yaml": PIPELINE})
    assert "  - id: first-kpi\n    metric: {file: metrics.json, key: to-be-chosen}\n" in _kpis(start)
    assert any(not lacking(note, "metrics.json", "not here", "`dvc pull`") for note in start.notes)


def test_metrics_without_dvc_are_kpis_of_a_model_to_be_named() -> None:
    start = _start({"reports/metrics_latest.json": METRICS, "reports/metrics_baseline.json": METRICS})
    assert start.models == ("churn",)
    assert "file: reports/metrics_latest.json" in _kpis(start) and "file: reports/metrics_baseline" not in _kpis(start)
    assert '- path: "To be written: the model file' in start.files["models/churn/README.md"]
    assert any("DVC is not used here yet" in note for note in start.notes)


# ── predictions ──

ROWS = {"customer": ["c1", "c2", "c3"], "churned": ["0", "1", "0"], "predicted": ["0", "1", "1"]}


@pytest.mark.parametrize(
    ("columns", "meaning", "metrics"),
    [
        ({**ROWS, "probability": ["0.1", "0.9", "0.6"]},
         {"key": "customer", "label": "churned", "prediction": "predicted", "score": "probability"},
         ("roc_auc", "log_loss", "accuracy", "precision", "recall", "f1")),
        ({"y_true": ["0", "1"], "y_score": ["-2.5", "3"]}, {"label": "y_true", "score": "y_score"}, ("roc_auc",)),
        ({"id": ["1", "2"], "y_true": ["1", "0"], "y_pred": ["0.7", "0.2"]},
         {"key": "id", "label": "y_true", "score": "y_pred"}, ("roc_auc", "log_loss")),
        ({"target": ["1.5", "2.25"], "prediction": ["1.0", "2.5"]}, {"label": "target", "prediction": "prediction"},
         ("mean_absolute_error", "root_mean_squared_error", "r2")),
        ({"actual": ["cat", "dog", "cow"], "predicted": ["cat", "cat", "cow"]},
         {"label": "actual", "prediction": "predicted"}, ("accuracy",)),
        ({"label": ["B", "M"], "pred": ["B", "M"], "proba_0": ["0.9", "0.1"], "proba_1": ["0.1", "0.9"]},
         {"label": "label", "prediction": "pred", "score": "proba_1"}, ("accuracy",)),
    ],
)  # fmt: skip
def test_what_columns_mean(columns: Columns, meaning: dict[str, str], metrics: tuple[str, ...]) -> None:
    found = recognise("p.csv", columns)
    assert found is not None
    assert (found.columns, found.metrics, found.positive) == (meaning, metrics, None)


@pytest.mark.parametrize(
    "columns",
    [{"a": ["1"], "b": ["2"]}, {"target": ["1", "0"], "age": ["3", "4"]}, {},
     {"label": ["1"], "Label": ["1"], "pred": ["1"]},
     {"label": ["a", "b", "c"], "score": ["0.1", "0.2", "0.3"]}],
)  # fmt: skip
def test_a_table_that_does_not_tell_is_not_guessed(columns: Columns) -> None:
    assert recognise("p.csv", columns) is None


def test_a_positive_class_is_named_where_its_word_tells() -> None:
    found = recognise("p.csv", {"label": ["no", "yes"], "score": ["0.1", "0.9"]})
    assert found is not None and found.positive == "yes"


PREDICTING = PIPELINE + "    outs: [data/holdout_predictions.csv]\n"


def test_predictions_are_measured_and_take_todays_value_from_the_metrics_file() -> None:
    samples = {"data/holdout_predictions.csv": {**ROWS, "probability": ["0.1", "0.9", "0.6"]}}
    text = _kpis(_start({"dvc.yaml": PREDICTING, "metrics.json": METRICS}, samples=samples))
    assert "data:\n  holdout-predictions:\n    path: data/holdout_predictions.csv\n    key: customer\n" in text
    assert "metric: roc_auc\n    data: holdout-predictions\n" in text
    assert "# gate: {at_least: 0.8585}  # as metrics.json has it today" in text
    assert "# gate: {at_least: …}  # mlops-gitops gate churn shows today's value" in text
    assert "key: roc_auc" not in text and "key: p95_ms" in text
    assert len(re.findall("- id: ", text)) == 7


def test_predictions_that_are_not_here_are_a_comment_to_complete() -> None:
    text = _kpis(_start({"dvc.yaml": PREDICTING, "metrics.json": METRICS}))
    assert "# data:\n#   holdout-predictions:\n#     path: data/holdout_predictions.csv\n#     key: …\n" in text


@pytest.mark.parametrize("here", [True, False])
def test_several_prediction_files_are_one_data_block_that_can_be_uncommented(here: bool) -> None:
    """As it is, whatever keeps the files from being used: they are not here, or their label follows from the score."""
    pipeline = PREDICTING.replace("outs: [data/h", "outs: [pred/a.csv, pred/b.csv, pred/a.parquet, data/h")
    scores = [f"{n % 10 / 10}" for n in range(40)]
    copied = {"score": scores, "label": [str(int(float(score) > 0.4)) for score in scores]}
    names = ["pred/a.csv", "pred/b.csv", "pred/a.parquet", "data/holdout_predictions.csv"]
    files = {"dvc.yaml": pipeline, "metrics.json": METRICS}
    start = _start(files, samples=dict.fromkeys(names, copied) if here else {})
    text = _kpis(start)
    block = text[text.index("\n# data:\n") : text.index("\nkpis:")]
    whole = text.replace(block, re.sub("^# ", "", block, flags=re.MULTILINE))
    kpis = _validate({**files, **start.files, "models/churn/kpis.yaml": whole}).kpis("churn")
    assert kpis and sorted(data.path for data in kpis.data.values()) == sorted(names)


def test_a_file_that_is_not_used_is_a_comment_in_the_data_block_of_the_others() -> None:
    pipeline = PREDICTING.replace("outs: [data/h", "outs: [pred/later.csv, data/h")
    samples = {"data/holdout_predictions.csv": {**ROWS, "probability": ["0.1", "0.9", "0.6"]}}
    files = {"dvc.yaml": pipeline, "metrics.json": METRICS}
    start = _start(files, samples=samples)
    assert _kpis(start).count("data:\n") == 1
    whole = _kpis(start).replace("\n#   ", "\n  ")
    kpis = _validate({**files, **start.files, "models/churn/kpis.yaml": whole}).kpis("churn")
    assert kpis and set(kpis.data) == {"holdout-predictions", "later"}


# ── the project ──


def test_nobody_is_a_name_that_nobody_has() -> None:
    start = _start({"dvc.yaml": PIPELINE, "metrics.json": METRICS}, person=None)
    assert f'- {{login: "{NOBODY}"}}\n' in start.files["mlops.yaml"]


@pytest.mark.parametrize(("branch", "written"), [("trunk", "trunk"), ("on", '"on"'), ("no way!", "main"), ("", "main")])
def test_the_branch(branch: str, written: str) -> None:
    start = _start({"dvc.yaml": PIPELINE, "metrics.json": METRICS}, branch=branch)
    assert f"\nbranch: {written}  #" in start.files["mlops.yaml"]


@pytest.mark.parametrize(
    ("files", "ignored", "moved"),
    [
        ({"dvc.yaml": PIPELINE.replace("out/churn.skops", "models")}, (), "models"),
        ({"dvc.yaml": PIPELINE}, ("models",), "models"),
        ({"dvc.yaml": PIPELINE, "models/bert/README.md": "# BERT\n"}, (), "models"),
        ({"dvc.yaml": PIPELINE, "environments/conda.yml": "name: x\n"}, (), "environments"),
    ],
)
def test_a_folder_whose_place_is_taken_goes_elsewhere(
    files: dict[str, str], ignored: tuple[str, ...], moved: str
) -> None:
    start = _start({**files, "metrics.json": METRICS}, ignored=ignored)
    assert f"  {moved}: mlops-{moved}\n" in start.files["mlops.yaml"]
    assert any(f"{moved} in mlops-{moved}" in note for note in start.notes)


def test_a_project_that_is_there_decides_where_files_go() -> None:
    project = _start({"dvc.yaml": PIPELINE}).files["mlops.yaml"] + "paths: {models: cards}\n"
    start = _start({"dvc.yaml": PIPELINE, "metrics.json": METRICS, "mlops.yaml": project}, ignored=("cards",))
    assert "cards/churn/README.md" in start.files and start.kept == ("mlops.yaml",)
    assert any("Git ignores cards" in warning for warning in start.warnings)


def test_a_second_start_has_nothing_to_write() -> None:
    files = {"dvc.yaml": PIPELINE, "metrics.json": METRICS}
    first = _start(files)
    again = _start({**files, **first.files})
    assert not again.files and again.kept == tuple(first.files)


def test_a_hook_file_that_is_there_is_kept_and_the_entry_told() -> None:
    start = _start({"dvc.yaml": PIPELINE, ".pre-commit-config.yaml": "repos: []\n"})
    assert start.kept == (".pre-commit-config.yaml",)
    (note,) = (note for note in start.notes if "`repos:`" in note)
    entry = yaml.safe_load(note.partition(".pre-commit-config.yaml: ")[2])
    assert entry == yaml.safe_load(file_drafts.draft_hooks())["repos"]


# ── bad input ──


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "there is nothing of DVC here"),
        ({"src/train.py": ""}, "there is nothing of DVC here"),
        ({"dvc.yaml": "stages: {a: 1, a: 2}\n"}, "dvc.yaml:1:16: the key 'a' appears twice"),
        ({"dvc.yaml": "a: &a [1]\nb: &b [*a, *a]\n" + "c: " + "[" * 100}, "dvc.yaml:3"),
        ({"dvc.yaml": PIPELINE, "dvc.lock": "\t"}, "dvc.lock:1"),
        ({"dvc.yaml": PIPELINE, "mlops.yaml": "apiVersion: mlops-gitops/v1\n"}, "mlops.yaml is not valid"),
    ],
)
def test_what_cannot_be_started_from_stops_with_one_line(files: dict[str, str], message: str) -> None:
    with pytest.raises(Error) as caught:
        _start(files)
    assert caught.value.message.startswith(message) and caught.value.help


@pytest.mark.parametrize(
    "text",
    ["[]", "stages: []", "stages: {a: null, b: 1}", "stages: {a: {outs: 1, deps: {}, wdir: 3, cmd: []}}",
     "artifacts: {m: {type: model}, n: 3, o: {path: [], type: model}}", "metrics: {a: b}", "stages: {a: {do: 3}}",
     "stages: {a: {outs: [[1], 2, null, {x: y, z: 1}]}}", "stages: {train: {outs: [model.pkl], wdir: ../..}}"],
)  # fmt: skip
def test_odd_pipelines_are_read_as_far_as_they_go(text: str) -> None:
    start = _start({"dvc.yaml": text, "data/dvc.yaml": "\x01"})
    assert any(note.startswith("passed over data/dvc.yaml") for note in start.notes)


HOSTILE = [
    "a: b", "'\"`", "#x", "- x", "{a, b}", "no", "1.0", "${x}", "a" * 300, "---", "<script>", "*&!%@", "é à ü", "模型",
    "line\nbreak", "nul\0", "\u2028", "]]>", "--help", "x\\y", "a\tb", "🐋", " ", ".", "..",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_any_kind_end_in_valid_files(name: str) -> None:
    stages = {
        name: {"cmd": name, "deps": [name], "outs": [f"models/{name}.pkl"]},
        f"train {name}": {"cmd": name, "deps": [f"models/{name}.pkl", name],
                          "outs": [f"model {name}.pkl", f"p {name}.csv"], "metrics": [f"m {name}.json"]},
    }  # fmt: skip
    declared = {name: {"path": f"model {name}.pkl", "type": "model", "desc": name, "labels": [name, name]}}
    metrics = json.dumps({name: 1.5, f"{name} loss": {name: 2, "f1": 0.5}, "": 1}, ensure_ascii=name != "🐋")
    columns = {name: ["x", "y"], f"label {name}": ["0", "1"], f"predicted {name}": ["1", "0"]}
    person = Person(name, name, "a@b") if name.isprintable() else ALICE
    files = {f"m {name}.json": metrics, "metrics.json": metrics}
    for pipeline in ({"stages": stages, "metrics": ["metrics.json"]}, {"stages": stages, "artifacts": declared}):
        every = {"dvc.yaml": json.dumps(pipeline, ensure_ascii=name != "🐋"), **files}
        start = _start(every, samples={f"p {name}.csv": columns}, person=person)
        assert (
            start.models
            if name.isprintable()
            else any("whose characters do not all print" in note for note in start.notes)
        )
        gated = {path: text.replace("# gate:", "gate:") for path, text in start.files.items() if "…" not in text}
        _validate({**every, **start.files, **gated})


def test_no_login_is_in_two_roles() -> None:
    """One person counts for one role, so a second place of the same login looks like an approver and is none."""
    person = file_drafts.Person("Alice", "alice", "alice@example.org")
    for known in (person, None):
        roles = yaml.safe_load(file_drafts.draft_project("main", known, {}))["roles"]
        logins = [member["login"] for members in roles.values() for member in members if member["login"] != NOBODY]
        assert logins == (["alice"] if known else [])


@pytest.mark.parametrize("login", ["alice", "bob", "octo-cat"])
def test_the_examples_of_people_are_others_than_the_person(login: str) -> None:
    text = file_drafts.draft_project("main", Person("Me", login, ""), {})
    logins = re.findall(r"login: ([\w-]+)", text)
    assert logins.count(login) == 1 and len(set(logins)) == len(logins) == 3


# ── monitoring ──

LIVE = {**ROWS, "probability": ["0.1", "0.9", "0.6"], "region": ["n", "s", "n"], "note: x": ["a", "b", "c"]}
FILLED = {
    "start: …": "start: 2026-01-05", 'path: "{…}"': "path: remote://live/{date}.csv", "delay: …": "delay: 30d",
    "at_least: …": "at_least: 100",
}  # fmt: skip


def _taken_over(draft: str) -> str:
    """A draft as a person takes it over: without the outer `# `, and with what only people know."""
    text = re.sub("^# (?=[a-z -])", "", draft[draft.index("# apiVersion") :], flags=re.MULTILINE)
    for blank, known in FILLED.items():
        assert blank in text
        text = text.replace(blank, known)
    return text


def test_monitoring_is_drafted_in_comments_which_count_once_a_person_takes_them_over() -> None:
    files = {"dvc.yaml": PREDICTING, "metrics.json": METRICS}
    start = _start(files, samples={"data/holdout_predictions.csv": LIVE})
    draft = start.files["models/churn/monitoring.yaml"]
    assert all(line.startswith("#") for line in draft.splitlines() if line)
    assert _validate({**files, **start.files}).monitoring("churn") is None
    assert lines_with("\n".join(start.steps), "models/churn/monitoring.yaml", "init")

    gated = _kpis(start).replace("# gate: {at_least: …}", "gate: {at_least: 0.5}").replace("# gate:", "gate:")
    over = {"models/churn/monitoring.yaml": _taken_over(draft), "models/churn/kpis.yaml": gated}
    for blank, known in FILLED.items():  # whatever was forgotten is named
        left = {**over, "models/churn/monitoring.yaml": _taken_over(draft).replace(known, blank, 1)}
        texts = {**files, **start.files, **left}
        after = Snapshot(Overlay({path: text.encode() for path, text in texts.items()}))
        assert after.monitoring("churn") is None, blank
    found = _validate({**files, **start.files, **over}).monitoring("churn")
    assert found and found.owner == file_drafts.OPERATIONS and found.environments == ("production",)
    scored, labels = found.windows, found.windows.labels
    assert (scored.key, scored.score, labels and labels.label) == ("customer", "probability", "churned")
    checks = {watch.id: watch.check for watch in found.watches}
    assert checks["inputs"] == DataDrift(("region",), "psi", 0.1)  # no two rows share a note
    kpis = _validate({**files, **start.files}).kpis("churn")
    assert kpis and {id for id, check in checks.items() if isinstance(check, KpiDecay)} <= {kpi.id for kpi in kpis.kpis}
    assert "roc-auc" in checks


def test_the_workflow_that_monitors_is_written_once_something_is_watched() -> None:
    files = {"dvc.yaml": PREDICTING, "metrics.json": METRICS}
    first = _start(files, samples={"data/holdout_predictions.csv": LIVE}, github=True)
    assert len([path for path in first.files if "workflows" in path]) == 3
    draft = first.files["models/churn/monitoring.yaml"]
    gated = _kpis(first).replace("# gate: {at_least: …}", "gate: {at_least: 0.5}").replace("# gate:", "gate:")
    over = {"models/churn/monitoring.yaml": _taken_over(draft), "models/churn/kpis.yaml": gated}
    assert [*_start({**files, **first.files, **over}, github=True).files] == [workflow_drafts.MONITOR]


def test_retraining_is_drafted_in_comments_and_its_workflow_is_written_once_a_person_takes_it_over() -> None:
    files = {"dvc.yaml": PREDICTING, "metrics.json": METRICS}
    first = _start(files, samples={"data/holdout_predictions.csv": LIVE}, github=True)
    path = "models/churn/retraining.yaml"
    draft, written = first.files[path], {**files, **first.files}
    assert all(line.startswith("#") for line in draft.splitlines() if line)
    assert Snapshot(Overlay({path: text.encode() for path, text in written.items()})).retraining("churn") is None
    text = re.sub("^# (?=[a-z -])", "", draft[draft.index("# apiVersion") :], flags=re.MULTILINE)
    gated = _kpis(first).replace("# gate: {at_least: …}", "gate: {at_least: 0.5}").replace("# gate:", "gate:")
    watched = _taken_over(first.files["models/churn/monitoring.yaml"])
    over = {path: text, "models/churn/monitoring.yaml": watched, "models/churn/kpis.yaml": gated}
    found = _validate({**written, **over}).retraining("churn")
    assert found
    assert (found.pipeline.stages, found.evaluate) == (("train", "evaluate"), WindowsToJudge(4))
    assert found.decides == {file_drafts.SCIENCE: 1, file_drafts.OPERATIONS: 1}
    both = [workflow_drafts.MONITOR, workflow_drafts.RETRAIN]
    assert [*_start({**written, **over}, github=True).files] == both


def test_nothing_is_drafted_to_monitor_where_no_predictions_are_known() -> None:
    start = _start({"dvc.yaml": PREDICTING, "metrics.json": METRICS})
    assert not [path for path in start.files if "monitor" in path or "retrain" in path]
    assert not lines_with("\n".join([*start.steps, *start.notes]), "monitoring.yaml")


def test_predictions_without_a_key_have_no_labels_to_join_and_odd_names_are_quoted() -> None:
    odd = {"label": ["0", "1", "0"], "score": ["0.1", "0.9", "0.4"], "a: b": ["1", "2", "2"]}
    draft = _start(
        {"dvc.yaml": PREDICTING, "metrics.json": METRICS}, samples={"data/holdout_predictions.csv": odd}
    ).files["models/churn/monitoring.yaml"]
    assert "labels:" not in draft and "kpi:" not in draft
    assert '{columns: ["a: b"], effect: {psi: 0.1}}' in draft
