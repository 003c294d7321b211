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
    "numpy", "rfc8785", "hashlib", "pkgutil", "pathlib", "tempfile", "dataclasses", "inspect",
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
    assert {"mlops_gitops.cli.main", "jsonschema_rs", "yaml"} <= imported
    assert sorted(HEAVY & imported) == []


# What a manifest is not judged by: history, the other files' rules and what these are made of.
OTHERS = {
    "mlops_gitops.repository.ledger", "mlops_gitops.cards.claimed_metrics", "mlops_gitops.cards.card_body",
    "mlops_gitops.pipelines.staleness",
    "mlops_gitops.pipelines.tracked_outputs", "mlops_gitops.measurement.results", "mlops_gitops.promotion.manifest",
    "mlops_gitops.metrics.lookup",
    "mlops_gitops.measurement.rows", "mlops_gitops.forges.change_set", "mlops_gitops.records.receipt",
    "mlops_gitops.records.card",
    "mlops_gitops.records.kpis", "mlops_gitops.records.decision", "mlops_gitops.records.promotion", "difflib",
}  # fmt: skip


def test_a_valid_manifest_takes_only_what_judges_a_manifest(root: Path) -> None:
    assert sorted(OTHERS & _imported(root, "releases/churn/1.0.0.yaml")) == []


def test_a_manifest_takes_only_rules_about_it() -> None:
    program = """
import sys
from mlops_gitops.policy import engine
from mlops_gitops.policy.rule import Scope
ran = engine.select_rules(Scope.FILE, {"Release"})
print(*sorted(name for name in sys.modules if name.startswith("mlops_gitops.policy.rules.")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        f"mlops_gitops.policy.rules.{name}" for name in ("ambiguous_values", "names_agree")
    ]  # fmt: skip


def test_a_tree_takes_no_rules_that_ask_for_its_history() -> None:
    program = """
import sys
from mlops_gitops.policy import engine
from mlops_gitops.policy.rule import Scope
ran = engine.select_rules(Scope.TREE)
print(len(ran), sum(name.startswith("mlops_gitops.policy.rules.") for name in sys.modules))
print(*(rule.id for rule in ran if rule.scope > Scope.TREE))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    counts, beyond = done.stdout.splitlines()
    assert len(set(counts.split())) == 1 and counts != "0 0" and beyond == ""


def test_a_validation_leaves_without_looking_for_cycles_and_prints_all_it_has_to_say(root: Path) -> None:
    program = """
import atexit, gc, sys
from mlops_gitops.__main__ import main
atexit.register(lambda: print("frozen" if gc.get_freeze_count() else "thawed"))
sys.argv = ["mlops-gitops", *sys.argv[1:]]
sys.exit(main())
"""
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", program, "validate", KPIS]
    done = subprocess.run(command, cwd=root, env=own, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["1 file checked: 0 errors, 0 warnings", "frozen"]
