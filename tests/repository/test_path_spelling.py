"""Which paths a file system may take for those of the tool, though they are spelt otherwise."""

from __future__ import annotations

import unicodedata

from cases import cases

from mlops_gitops.records.project import default_folders
from mlops_gitops.repository.path_spelling import taken_for

STATE = "environments/production/churn.yaml"
FOLDERS = default_folders() | {"decisions": "gouvernance/décisions"}


@cases(
    "path, right",
    [
        ("Environments/production/churn.yaml", STATE),
        ("ENVIRONMENTS/production/churn.yaml", STATE),
        ("environment\u017f/production/churn.yaml", STATE),  # a long s
        ("environ\u200bments/production/churn.yaml", STATE),  # a space without width
        ("environments./production/churn.yaml", STATE),
        ("Promotions/notes.txt", "promotions/notes.txt"),
        ("gouvernance/d\u0065\u0301cisions/leak.yaml", "gouvernance/décisions/leak.yaml"),
        ("Gouvernance/DÉCISIONS/leak.yaml", "gouvernance/décisions/leak.yaml"),
        ("Models/churn/kpis.yaml", "models/churn/kpis.yaml"),
        ("MLops.yaml", "mlops.yaml"),
        ("mlops-gitops.YAML", "mlops-gitops.yaml"),
        ("Freeze", "FREEZE"),
        ("releases", "releases"),
        ("Releases", "releases"),
        ("gouvernance", "gouvernance/décisions"),
    ],
)
def test_taken_for_one_of_the_tool_s(path: str, right: str) -> None:
    assert taken_for(FOLDERS, path) == right


@cases(
    "path",
    [
        STATE,
        "mlops.yaml",
        "FREEZE",
        unicodedata.normalize("NFC", "gouvernance/décisions/leak.yaml"),
        "Models/train.py",  # code, which nothing here reads
        "src/Environments/production/churn.yaml",
        "environments-old/production/churn.yaml",
        "gouvernance/autre/leak.yaml",
        "docs/mlops.yaml",
        "modelsx",
    ],
)
def test_any_other_path(path: str) -> None:
    assert taken_for(FOLDERS, path) == ""
