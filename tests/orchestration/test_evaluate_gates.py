"""A kept measurement is used only where a fresh one would be the same."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import mlops_gitops
from mlops_gitops.orchestration.evaluate_gates import SOFTWARE

TOP = Path(mlops_gitops.__file__).parent


def test_every_library_that_measures_is_in_the_key_of_what_is_kept():
    found = set()
    for room in ("measurement", "metrics", "statistics"):
        for path in (TOP / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [node.module] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                found |= {str(name).partition(".")[0] for name in names}
    libraries = found - sys.stdlib_module_names - {"mlops_gitops"}
    assert {"duckdb", "numpy", "scipy"} <= libraries <= set(SOFTWARE)
