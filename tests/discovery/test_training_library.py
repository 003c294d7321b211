"""The library of a model, by the imports of the stage that makes it."""

from __future__ import annotations

import json

from cases import cases

from mlops_gitops.discovery.discover import discover
from mlops_gitops.discovery.training_library import training_library
from mlops_gitops.documents.tree import Overlay

CASES = [
    ("model.pkl", "from sklearn.ensemble import RandomForestClassifier", "sklearn"),
    ("model.pkl", "import xgboost as xgb\nfrom sklearn.model_selection import train_test_split", "xgboost"),
    ("model.pkl", "def fit():\n    import lightgbm", "lightgbm"),
    ("model.pkl", "import xgboost, lightgbm", ""),
    ("model.pkl", "import pandas", ""),
    ("model.pkl", "# import sklearn\ntext = 'import sklearn'", ""),
    ("model.pkl", "from .sklearn import x\nfrom . import sklearn", ""),
    ("model.skops", "import pandas", ""),
    ("model.skops", "import skops.io", "sklearn"),
    ("model.pt", "import torch", "pytorch"),
    ("model.pt", "import torch\nimport transformers", "transformers"),
    ("model.h5", "import tensorflow as tf", "keras"),
    ("model.onnx", "import sklearn, skl2onnx", ""),
    ("model.pkl", "import sklearn\nthis is no Python", ""),
    ("model.pkl", "import sklearn\nx = '\\d'\n" + "#" * (1 << 18), ""),
    ("model.pkl", "import sklearn; x = " + "(" * 5000, ""),
    ("model.pkl", "import sklearn\0", ""),
]


def _library(out: str, command: str, deps: list[str], files: dict[str, str]) -> str:
    stages = {"train": {"cmd": command, "deps": deps, "outs": [out]}}
    tree = Overlay(
        {path: text.encode() for path, text in files.items()} | {"dvc.yaml": json.dumps({"stages": stages}).encode()}
    )
    return training_library(tree, discover(tree, "churn").models[0])


@cases("out, source, library", CASES)
def test_the_imports_say_it(out: str, source: str, library: str) -> None:
    assert _library(out, "python train.py", ["train.py"], {"train.py": source}) == library


@cases(
    "command, deps, path",
    [("python src/train.py --x", [], "src/train.py"), ("python -m src.train", ["src"], "src/deep/net.py"),
     ("bash run.sh", ["src/net.py"], "src/net.py")],
)  # fmt: skip
def test_scripts_and_folders_are_looked_into(command: str, deps: list[str], path: str) -> None:
    assert _library("model.pkl", command, deps, {path: "import sklearn"}) == "sklearn"


def test_what_the_evaluation_imports_is_another_matter() -> None:
    assert _library("model.pkl", "python train.py", ["train.py"], {"evaluate.py": "import sklearn"}) == ""
