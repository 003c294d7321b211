"""The house: imports go down only, siblings never import siblings, and what touches the world stays at the edges."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mlops_gitops"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "demo" not in path.relative_to(PACKAGE).parts[:1])

VERBS = {"validate", "gate", "release", "promote", "due", "record", "audit", "init", "screening"}
# From the ground up: a module may import those of lower floors. Nouns may import one another.
FLOORS = (
    {
        "errors",
        "values",
        "diagnostics",
        "tree",
        "worktree",
        "observing",
        "canonical",
        "versions",
        "coauthors",
        "rendering",
        "markdown",
        "display",
        "foreign",
        "changeset",
        "report",
        "settings",
        "estimate",
        "schema_files",
        "moments",
        "areas",
    },
    {"composing", "documents", "ignores", "insertion", "placeholders", "prose", "schema", "kinds", "where"},
    {"records"},
    {
        "results",
        "cells",
        "mixed_moments",
        "deciding",
        "group_judgement",
        "numbers",
        "judgement",
        "gate_record",
        "plausible",
        "gate_conditions",
        "gate_report",
        "gate_plan",
        "snapshot",
        "tracking",
        "hashing",
        "parameters",
        "runs",
        "staleness",
        "ledger",
        "policy_files",
        "policy_approvals",
        "policy_line",
        "policy_findings",
        "dvc_places",
        "contracts",
        "instruments",
        "pulls",
        "combining",
        "registry",
        "discovery",
        "adopt",
        "manifests",
        "claims",
        "approving",
        "workflows",
        "codeowners",
        "premises",
        "github_answers",
    },
    {"intervals"},
    {"forms"},
    {"metrics"},
    {"measures", "queries", "filtering", "estimating", "soundness", "waiving", "catalogue"},
    {"pull_text", "pull_parts", "pull_flow", "pull_figures", "pull_status"},
    {"rules", "checkups"},
    VERBS,
    {"edges", "engines", "forges", "reporters"},
    {"shell"},
    {"commands"},
    {"cli"},
    {"__main__"},
)
BANDS = {"records", "rules", "checkups", "intervals", "forms", "metrics", "reporters", "engines", "forges", "commands"}
PURE = {name for floor in FLOORS[:11] for name in floor}


def _floor(name: str) -> int:
    return next(number for number, floor in enumerate(FLOORS) if name in floor)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _ours(path: Path) -> Iterator[tuple[str, ...]]:
    """The imported modules of this package, as (room, file)."""
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "mlops_gitops" and len(parts) > 1 and parts[1] != "__version__":
            yield tuple(parts[1:3])


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    room = _room(path)
    if room == "__init__":
        return
    for target in _ours(path):
        if target[0] != room:
            same_floor = _floor(target[0]) == _floor(room) and room not in BANDS | VERBS | {"edges"}
            ladder = room in {"forges", "engines"} and target[0] == "edges"
            assert _floor(target[0]) < _floor(room) or same_floor or ladder, f"{path.name} imports {'.'.join(target)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_siblings_never_import_siblings(path: Path) -> None:
    room = _room(path)
    for target in _ours(path):
        if room in BANDS and target[0] == room:
            assert room == "records", f"{path.name} imports its sibling {target[1]}"
        assert not (room in VERBS and target[0] in VERBS), f"the verb {room} imports the verb {target[0]}"


@pytest.mark.parametrize(
    "path", [p for p in FILES if _room(p) in PURE], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_the_pure_core_knows_no_network_clock_process_or_git(path: Path) -> None:
    forbidden = {"subprocess", "socket", "urllib.request", "http", "time", "git", "dvc", "tempfile", "shutil"}
    for name in _imports(path):
        whole = {name.split(".")[0], ".".join(name.split(".")[:2])}
        assert not whole & forbidden, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_small(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= 400, f"{path.name} has {lines} lines"


# What reads JSON of ours, text with places, or the answer of a server that is asked for more than its texts.
READERS = {"documents.py", "foreign.py", "schema.py", "edges/github_api.py", "edges/kept.py", "edges/runner.py"}


def test_json_that_somebody_else_wrote_is_read_in_one_place() -> None:
    found = {str(path.relative_to(PACKAGE)) for path in FILES if "json.load" in path.read_text()}
    assert found == READERS
