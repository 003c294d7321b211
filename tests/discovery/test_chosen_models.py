"""Models as a person says they are, in the place of those that were found."""

from __future__ import annotations

import json

import pytest
from cases import cases

from mlops_gitops.core.errors import Error
from mlops_gitops.discovery.chosen_models import Choice, choose_models
from mlops_gitops.discovery.discover import discover
from mlops_gitops.documents.tree import Overlay

FOLDS = tuple(f"models/fold_{n}.pkl" for n in range(3))
STAGES = {
    "train": {"cmd": "x", "outs": list(FOLDS)},
    "train_fraud": {"cmd": "x", "outs": ["models/fraud.pkl"]},
    "prepare": {"cmd": "x", "outs": ["vectors.pkl"]},
}


def _chosen(choice: Choice) -> dict[str, tuple[str, ...]]:
    texts = {"dvc.yaml": json.dumps({"stages": STAGES}), "kept/model.bin": "x"}
    tree = Overlay({path: text.encode() for path, text in texts.items()})
    return {model.name: model.artifacts for model in choose_models(discover(tree, "churn"), tree, choice).models}


@cases(
    "choice, models",
    [
        (Choice(), {"churn": FOLDS, "fraud": ("models/fraud.pkl",)}),
        (Choice({"other": (FOLDS[0],)}), {"churn": FOLDS[1:], "fraud": ("models/fraud.pkl",), "other": (FOLDS[0],)}),
        (Choice({"a": FOLDS[:1], "b": FOLDS[1:]}, skip=("fraud",)), {"a": FOLDS[:1], "b": FOLDS[1:]}),
        (Choice({"churn": ("models/fraud.pkl", "vectors.pkl")}), {"churn": ("models/fraud.pkl", "vectors.pkl")}),
        (Choice(only=("fraud",)), {"fraud": ("models/fraud.pkl",)}),
        (Choice(skip=("fraud", "churn")), {}),
        (Choice({"Kept_1": ("kept/model.bin",)}, only=("Kept_1",)), {"Kept_1": ("kept/model.bin",)}),
        (Choice({"whole": ("kept",)}, only=("whole",)), {"whole": ("kept",)}),
    ],
)
def test_what_is_chosen_takes_the_place_of_what_was_found(choice: Choice, models: dict[str, tuple[str, ...]]) -> None:
    assert _chosen(choice) == models


@cases(
    "choice, message, help",
    [
        (Choice(only=("frod",)), "no model frod: the models are churn, fraud", "--model frod=PATH"),
        (Choice(skip=("x",)), "no model x", "--model x=PATH"),
        (Choice({"a": ("models/fold_9.pkl",)}), "no file models/fold_9.pkl", "DVC tracks models/fold_0.pkl"),
        (Choice({"a": ("models/fraud.pkl",), "b": ("models/fraud.pkl",)}), "a file of a and of b", "for one model"),
        (Choice({"a": ("kept/\u2028",)}), "leads out, or does not print", ""),
        (Choice({"a": (".git/config",)}), "one of Git's or of DVC's own", ""),
        (Choice({"a": ("kept/.DVC/config",)}), "one of Git's or of DVC's own", ""),
    ],
)
def test_what_cannot_be_chosen_is_one_line(choice: Choice, message: str, help: str) -> None:
    with pytest.raises(Error) as caught:
        _chosen(choice)
    assert message in caught.value.message and help in (caught.value.help or "")
