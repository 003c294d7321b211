"""Several projects in one repository: each has its own models, and their numbers are those of its own evaluations."""

from __future__ import annotations

from cases import cases

from mlops_gitops.discovery.discover import Discovery, discover
from mlops_gitops.discovery.evaluations import evaluation
from mlops_gitops.documents.tree import Overlay

TRAIN = "stages:\n  train: {cmd: x, deps: [train.py], outs: [model.onnx], metrics: [metrics.json]}\n"
BUILD = "stages:\n  build: {cmd: x, outs: [model.onnx], metrics: [metrics.json]}\n"
BARE = "stages:\n  train: {cmd: x, outs: [model.onnx]}\n"
ARTIFACT = "artifacts: {seg: {path: model.onnx, type: model}}\n"
DICE, AUC = '{"dice": 0.8}', '{"roc_auc": 0.9}'
ADDED = "outs: [{path: model.onnx, md5: 0123456789abcdef0123456789abcdef}]\n"


def _found(files: dict[str, str], repository: str = "ml-models") -> Discovery:
    return discover(Overlay({path: text.encode() for path, text in files.items()}), repository)


def _drafts(files: dict[str, str]) -> dict[str, tuple[tuple[str, ...], list[str]]]:
    """Model → its files, and the ids of its KPIs."""
    found = _found(files)
    kpis = {
        model.name: [benchmark.id for benchmark in evaluation(found, model, {}, {}).benchmarks]
        for model in found.models
    }
    return {model.name: (model.artifacts, kpis[model.name]) for model in found.models}


VISION = {"vision/dvc.yaml": TRAIN, "vision/metrics.json": DICE}
TEXT = {"text/dvc.yaml": TRAIN, "text/metrics.json": AUC}


@cases(
    "files, expected",
    [
        (VISION | TEXT, {"vision": ("vision/model.onnx", "dice"), "text": ("text/model.onnx", "roc-auc")}),
        (  # one project declares its model
            VISION | TEXT | {"vision/dvc.yaml": TRAIN + ARTIFACT},
            {"seg": ("vision/model.onnx", "dice"), "text": ("text/model.onnx", "roc-auc")},
        ),
        (  # the top declares one of them, as GTO does
            VISION | TEXT | {"artifacts.yaml": "seg: {path: vision/model.onnx, type: model}\n"},
            {"seg": ("vision/model.onnx", "dice"), "text": ("text/model.onnx", "roc-auc")},
        ),
        (  # both declare one, by one name
            VISION | TEXT | {"vision/dvc.yaml": TRAIN + ARTIFACT, "text/dvc.yaml": TRAIN + ARTIFACT},
            {"vision-seg": ("vision/model.onnx", "dice"), "text-seg": ("text/model.onnx", "roc-auc")},
        ),
        (  # their last folders have one name
            {f"services/{name}/ml/{file}": text for name in ("a", "b")
             for file, text in (("dvc.yaml", TRAIN), ("metrics.json", AUC if name == "a" else DICE))},
            {"services-a-ml": ("services/a/ml/model.onnx", "roc-auc"),
             "services-b-ml": ("services/b/ml/model.onnx", "dice")},
        ),
        (  # only one calls its stage train
            VISION | {"text/dvc.yaml": BUILD, "text/metrics.json": AUC},
            {"vision": ("vision/model.onnx", "dice"), "text": ("text/model.onnx", "roc-auc")},
        ),
        (  # only one declares its metrics
            VISION | {"text/dvc.yaml": BARE, "text/metrics.json": AUC},
            {"vision": ("vision/model.onnx", "dice"), "text": ("text/model.onnx", "roc-auc")},
        ),
        (  # one has no pipeline, only DVC's settings and a tracked file
            VISION | {"text/.dvc/config": "", "text/model.onnx.dvc": ADDED, "text/metrics.json": AUC},
            {"vision": ("vision/model.onnx", "dice"), "text": ("text/model.onnx", "roc-auc")},
        ),
        (  # one evaluation reads both
            VISION | TEXT | {"dvc.yaml": "stages: {smoke: {cmd: x, deps: [vision/model.onnx, text/model.onnx], "
                             "metrics: [smoke.json]}}\n"},
            {"vision": ("vision/model.onnx", "dice"), "text": ("text/model.onnx", "roc-auc")},
        ),
        (  # folders that are called like folds
            {f"cv/{name}": text for name, text in {"dvc.yaml": TRAIN, "metrics.json": DICE}.items()},
            {"cv": ("cv/model.onnx", "dice")},
        ),
        (  # a nested one
            VISION | {f"vision/old/{name.partition('/')[2]}": text for name, text in TEXT.items()},
            {"vision": ("vision/model.onnx", "dice"), "old": ("vision/old/model.onnx", "roc-auc")},
        ),
    ],
)  # fmt: skip
def test_each_project_has_its_own_model_and_numbers(
    files: dict[str, str], expected: dict[str, tuple[str, str]]
) -> None:
    drafts = _drafts(files)
    assert {name: (found[0], kpis[0]) for name, (found, kpis) in drafts.items()} == expected
    own = {"dice", "roc-auc"}
    assert all(len(own & {*kpis}) == 1 for _, kpis in drafts.values())


def test_one_pipeline_over_several_folders_has_the_model_that_it_declares() -> None:
    files = {
        "features/dvc.yaml": "stages: {fit: {cmd: x, outs: [encoder_model.pkl]}}\n",
        "train/dvc.yaml": "stages: {train: {cmd: x, deps: [../features/encoder_model.pkl], outs: [churn.pkl]}}\n"
        "artifacts: {churn: {path: churn.pkl, type: model}}\n",
        "explain/dvc.yaml": "stages: {fit: {cmd: x, deps: [../train/churn.pkl], outs: [surrogate_model.pkl]}}\n",
    }
    assert [(model.name, model.artifacts) for model in _found(files).models] == [("churn", ("train/churn.pkl",))]


def test_a_model_that_is_declared_beside_its_pipeline_stands_for_the_pipeline() -> None:
    files = {
        "dvc.yaml": "stages: {train: {cmd: x, outs: [model.pt, base_model.pt]}}\n",
        "dvclive/dvc.yaml": "artifacts: {net: {path: ../model.pt, type: model}}\nmetrics: [metrics.json]\n",
        "dvclive/metrics.json": AUC,
    }
    assert _drafts(files) == {"net": (("model.pt",), ["roc-auc"])}


def test_numbers_at_the_top_are_everybodys_and_a_projects_are_its_own() -> None:
    files = VISION | TEXT | {"vision/dvc.yaml": BARE, "text/dvc.yaml": BARE}
    files["dvc.yaml"] = "metrics: [metrics.json]\n"
    found = _found(files | {"metrics.json": '{"accuracy": 0.7}'})
    shared = {model.name: evaluation(found, model, {}, {}).shared for model in found.models}
    assert shared == {"vision": ("metrics.json",), "text": ("metrics.json",)}
    near = {path: [model.name for model in found.neighbours(path)] for path in found.numbers}
    assert near == {
        "metrics.json": ["text", "vision"], "vision/metrics.json": ["vision"], "text/metrics.json": ["text"],
    }  # fmt: skip
