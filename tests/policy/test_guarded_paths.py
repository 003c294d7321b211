"""Which paths make a pull request one that promotes, decides, or changes what judges."""

from __future__ import annotations

from cases import cases

from mlops_gitops.policy import guarded_paths
from mlops_gitops.records.project import default_folders


@cases(
    "path",
    [
        "mlops.yaml",
        "FREEZE",
        "models/churn/kpis.yaml",
        "models/churn/monitoring.yaml",
        "models/churn/retraining.yaml",
        "releases/churn/1.0.0.yaml",
        "environments/staging/churn.yaml",
        "promotions/staging/churn/0001.json",
        "decisions/2026-01-05-outage.yaml",
        ".dvc/config",
        ".dvc/config.local",
        "team/a/.dvc/config",
        ".DVC/Config",
        ".dvc",
        "Environments/staging/churn.yaml",
        "promotions",
        "Mlops.yaml",
        "Models/churn/kpis.yaml",
    ],
)
def test_what_decides_is_not_answered_by_the_list_of_files_alone(path: str) -> None:
    assert guarded_paths.changes_guarded_or_policy(default_folders(), ["README.md", path])


def test_what_decides_nothing() -> None:
    paths = ["README.md", "models/churn/README.md", "dvc.lock", ".dvc/.gitignore", ".dvcignore", "src/train.py"]
    assert not guarded_paths.changes_guarded_or_policy(default_folders(), paths)
