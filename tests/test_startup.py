"""What a process imports: whatever start-up imports, every hook pays for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sample

KPIS = "models/churn/kpis.yaml"
HEAVY = {
    "jsonschema", "git", "rich", "importlib.metadata", "importlib.resources", "subprocess", "dvc", "sklearn", "duckdb",
    "numpy", "rfc8785", "hashlib", "pkgutil", "pathlib", "tempfile",
}  # fmt: skip
REPEATING = {
    "mlops_gitops", "mlops_gitops.__main__", "mlops_gitops.edges", "mlops_gitops.edges.actions",
    "mlops_gitops.edges.answers", "mlops_gitops.errors", "mlops_gitops.observing", "mlops_gitops.worktree",
}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, data in sample.files().items():
        (tmp_path / "root" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / path).write_bytes(data)
    return tmp_path / "root"


def _imported(root: Path, *args: str, **env: str) -> set[str]:
    """The modules that a sound answer of validate takes."""
    script = root.parent / "bin/mlops-gitops"
    if not script.exists():
        script.parent.mkdir()
        script.write_text("import sys\nfrom mlops_gitops.__main__ import main\nsys.exit(main())\n")
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent.parent)} | env
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(script), "validate", *args],
        cwd=root, env=own, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip() for line in lines}


@pytest.mark.parametrize("args", [(KPIS,), (KPIS, "--format", "json"), ("releases/churn/1.0.0.yaml",)])
def test_a_valid_file_takes_nothing_heavy(root: Path, args: tuple[str, ...]) -> None:
    imported = _imported(root, *args)
    assert {"mlops_gitops.cli", "jsonschema_rs", "yaml"} <= imported
    assert sorted(HEAVY & imported) == []


def test_a_kept_answer_takes_next_to_nothing(root: Path) -> None:
    home = str(root.parent / "home")
    first, again = _imported(root, KPIS, HOME=home), _imported(root, KPIS, HOME=home)
    assert {name for name in again if name.startswith("mlops_gitops")} == REPEATING
    slow = {"argparse", "dataclasses", "json", "yaml", "hashlib", "jsonschema_rs"}
    assert (slow & first, slow & again) == (slow - {"hashlib"}, set())
