"""Which files are one model: folds, members of an ensemble and boosters that predict together."""

from __future__ import annotations

import json
import re
from typing import Any

from cases import cases

from mlops_gitops.discovery.discover import Discovery, discover
from mlops_gitops.discovery.evaluations import evaluation
from mlops_gitops.documents.tree import Overlay

Stages = dict[str, dict[str, Any]]


def _found(stages: Stages, **files: str) -> Discovery:
    """What discovery finds after `dvc repro`; a stage called `train@0` is a run of the loop `train`."""
    declared: Stages = {}
    for name, stage in stages.items():
        loop = name.partition("@")[0]
        declared[loop] = {"foreach": [0], "do": _templated(stage)} if loop != name else {"cmd": "x", **stage}
    runs = {
        name: {"cmd": "x", **{key: _locked(stage.get(key, [])) for key in ("deps", "outs")}}
        for name, stage in stages.items()
    }
    for name, stage in stages.items():
        runs[name]["outs"] += _locked(stage.get("metrics", []))
    texts = {"dvc.yaml": json.dumps({"stages": declared}), "dvc.lock": json.dumps({"schema": "2.0", "stages": runs})}
    named = {path.replace("__", "/").replace("_json", ".json"): text for path, text in files.items()}
    return discover(Overlay({path: text.encode() for path, text in (texts | named).items()}), "ml-churn")


def _templated(stage: dict[str, Any]) -> dict[str, Any]:
    return {"cmd": "x ${item}"} | {key: [re.sub(r"^[^.]*", "${item}", path) for path in stage[key]] for key in stage}


def _locked(paths: list[str]) -> list[dict[str, str]]:
    return [{"path": path, "md5": "1" * 32} for path in paths]


def _train(*outs: str, **more: list[str]) -> dict[str, Any]:
    return {"outs": list(outs), **more}


def _evaluate(*deps: str, metrics: str = "metrics.json") -> dict[str, Any]:
    return {"deps": list(deps), "metrics": [metrics]}


FOLDS = [f"models/fold_{n}.pkl" for n in range(5)]
FOLD_RUNS = {f"train@{n}": _train(path) for n, path in enumerate(FOLDS)}
METRICS = {"metrics_json": '{"auc": 0.8}'}

ONE = {
    "folds of a loop, read together": (FOLD_RUNS | {"evaluate": _evaluate(*FOLDS)}, FOLDS),
    "folds of a loop, each with metrics of its own": (
        {f"train@{n}": _train(path, metrics=[f"fold_{n}.json"]) for n, path in enumerate(FOLDS)}, FOLDS),
    "folds of a loop, and no evaluation": (FOLD_RUNS, FOLDS),
    "folds that an evaluation reads by their folder": (FOLD_RUNS | {"evaluate": _evaluate("models")}, FOLDS),
    "folds that one stage makes": ({"train": _train(*FOLDS)}, FOLDS),
    "folds in folders of their own": (
        {f"train@{n}": _train(f"out/{n}/model.pt") for n in range(3)}, [f"out/{n}/model.pt" for n in range(3)]),
    "seeds, which do not count from 0": (
        {"train": _train("m/seed42.pt", "m/seed7.pt")}, ["m/seed42.pt", "m/seed7.pt"]),
    "members that one stage makes": ({"train": _train("net_1.pt", "net_2.pt")}, ["net_1.pt", "net_2.pt"]),
    "two boosters that one evaluation reads": (
        {"train_xgb": _train("models/xgb.json"), "train_lgb": _train("models/lgb.txt"),
         "evaluate": _evaluate("models/xgb.json", "models/lgb.txt")}, ["models/xgb.json", "models/lgb.txt"]),
    "two boosters at the top, whose stages are called like them": (
        {"xgb": _train("xgb.ubj"), "lgb": _train("lgb.txt"), "blend": _evaluate("xgb.ubj", "lgb.txt")},
        ["xgb.ubj", "lgb.txt"]),
    "a loop over boosters, read together": (
        {"train@xgb": _train("models/xgb.ubj"), "train@lgb": _train("models/lgb.ubj"),
         "evaluate": _evaluate("models/xgb.ubj", "models/lgb.ubj")}, ["models/xgb.ubj", "models/lgb.ubj"]),
    "a loop whose items nothing measures apart": (
        {"train@xgb": _train("models/xgb.ubj"), "train@lgb": _train("models/lgb.ubj")},
        ["models/xgb.ubj", "models/lgb.ubj"]),
    "two that a stage without metrics predicts with": (
        {"train_a": _train("m/a.pkl"), "train_b": _train("m/b.pkl"), "predict": _train("out.json", deps=["m"])},
        ["m/a.pkl", "m/b.pkl"]),
    "a tokenizer that the evaluation reads too": (
        {"prepare": _train("vocab/tokenizer.json"), "train": _train("models/net.pt", deps=["vocab/tokenizer.json"]),
         "evaluate": _evaluate("models/net.pt", "vocab/tokenizer.json")}, ["models/net.pt", "vocab/tokenizer.json"]),
}  # fmt: skip
SEVERAL = {
    "regions of a loop, measured apart": (
        {f"train@{name}": _train(f"models/{name}.pkl", metrics=[f"metrics/{name}.json"]) for name in ("eu", "us")},
        {"eu": ["models/eu.pkl"], "us": ["models/us.pkl"]}),
    "years, which are no count": (
        {f"train@{year}": _train(f"models/{year}.pkl", metrics=[f"m/{year}.json"]) for year in (2023, 2024)},
        {"2023": ["models/2023.pkl"], "2024": ["models/2024.pkl"]}),
    "folds of two kinds, each kind evaluated": (
        {f"train@{kind}-{n}": _train(f"models/{kind}/fold{n}.pkl") for kind in ("xgb", "lgb") for n in range(2)}
        | {f"evaluate@{kind}": _evaluate(f"models/{kind}", metrics=f"{kind}.json") for kind in ("xgb", "lgb")},
        {kind: [f"models/{kind}/fold{n}.pkl" for n in range(2)] for kind in ("xgb", "lgb")}),
    "candidates that are compared": (
        {"train_a": _train("m/forest.pkl"), "train_b": _train("m/linear.pkl"),
         "compare": _evaluate("m/forest.pkl", "m/linear.pkl")},
        {"forest": ["m/forest.pkl"], "linear": ["m/linear.pkl"]}),
    "versions of one name that nothing reads together": (
        {"train_1": _train("m/churn_1.pkl"), "train_2": _train("m/churn_2.pkl")},
        {"churn-1": ["m/churn_1.pkl"], "churn-2": ["m/churn_2.pkl"]}),
    "a folder cv, which is no fold": (
        {"train_a": _train("cv/a.pkl"), "train_b": _train("cv/b.pkl")}, {"a": ["cv/a.pkl"], "b": ["cv/b.pkl"]}),
    "two that a stage without an evaluation packs": (
        {"train_a": _train("m/a.pkl"), "train_b": _train("m/b.pkl"), "pack": _train("all.zip", deps=["m"])},
        {"a": ["m/a.pkl"], "b": ["m/b.pkl"]}),
}  # fmt: skip


@cases("stages, files", [(*ONE[name],) for name in ONE])
def test_files_that_predict_together_are_one_model(stages: Stages, files: list[str]) -> None:
    (model,) = _found(stages, **METRICS).models
    assert sorted(model.artifacts) == sorted(files)


@cases("stages, models", [(*SEVERAL[name],) for name in SEVERAL])
def test_models_that_are_measured_or_made_apart_stay_several(stages: Stages, models: dict[str, list[str]]) -> None:
    assert {model.name: list(model.artifacts) for model in _found(stages, **METRICS).models} == models


def test_an_evaluation_whose_numbers_each_name_a_model_compares_them() -> None:
    stages = {
        "train_a": _train("m/forest.pkl"), "train_b": _train("m/linear.pkl"),
        "evaluate": _evaluate("m/forest.pkl", "m/linear.pkl"),
    }  # fmt: skip
    apart = _found(stages, metrics_json='{"forest": {"auc": 0.8}, "linear": {"auc": 0.7}}')
    assert [model.name for model in apart.models] == ["forest", "linear"]
    for model in apart.models:
        (kpi,) = evaluation(apart, model, {}, {}).benchmarks
        assert kpi.metric == next(n for n in apart.numbers["metrics.json"] if n.key == f"{model.name}.auc")
    blended = _found(stages, metrics_json='{"auc_forest": 0.8, "auc_linear": 0.7, "auc_blend": 0.82}')
    (model,) = blended.models
    (kpi,) = evaluation(blended, model, {}, {}).benchmarks
    assert kpi.id == "auc-blend"


def test_one_model_of_several_files_is_named_after_what_they_share() -> None:
    for paths, name in (
        (FOLDS, "churn"),
        (["m/fraud_fold0.pt", "m/fraud_fold1.pt"], "fraud"),
        (["models/fraud/xgb.json", "models/fraud/lgb.json"], "fraud"),
        (["models/fold_0/net.pt", "models/fold_1/net.pt"], "churn"),
    ):
        (model,) = _found({"train": _train(*paths), "evaluate": _evaluate(*paths)}).models
        assert model.name == name, paths


def test_a_model_says_why_several_files_are_one() -> None:
    (model,) = _found(FOLD_RUNS | {"evaluate": _evaluate(*FOLDS)}).models
    assert "stage evaluate reads them" in model.grouped
    (alone,) = _found({"train": _train("model.pkl", "scaler.pkl")}).models
    assert alone.grouped == "" and len(alone.artifacts) == 2


def test_files_that_dvc_add_tracks_are_one_model_where_they_are_called_after_folds() -> None:
    def models(*names: str) -> int:
        tracked = {f"models/{name}.dvc": f"outs: [{{path: {name}, md5: x}}]\n".encode() for name in names}
        return len(discover(Overlay(tracked), "churn").models)

    assert models("fold_1.pkl", "fold_2.pkl", "fold_3.pkl") == 1
    assert models("v_1.pkl", "v_2.pkl") == 2
