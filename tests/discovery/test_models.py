"""What models are called: as the folder for them that is there already, where there is one."""

from __future__ import annotations

from cases import cases

from mlops_gitops.discovery.discover import discover
from mlops_gitops.documents.tree import Overlay

PIPELINE = """stages:
  train: {{cmd: x, outs: [{path}], metrics: [metrics.json]}}
artifacts: {{{name}: {{path: {path}, type: model}}}}
"""


@cases(
    "folder, declared, name",
    [
        ("models/my_model", "my-model", "my_model"),
        ("models/Churn", "churn", "Churn"),
        ("models/v1.0", "v1-0", "v1-0"),  # no model can be called v1.0
        ("models/other", "churn", "churn"),
        ("out/Churn", "churn", "churn"),
    ],
)
def test_a_model_is_called_as_its_folder(folder: str, declared: str, name: str) -> None:
    pipeline = PIPELINE.format(path=f"{folder}/model.onnx", name=declared)
    files = {"dvc.yaml": pipeline, "metrics.json": '{"f1": 0.8}', f"{folder}/train.py": "import x\n"}
    found = discover(Overlay({path: text.encode() for path, text in files.items()}), "ml")
    assert [model.name for model in found.models] == [name]
