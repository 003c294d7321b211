"""The house: a room imports rooms before it only, files make no circle, and the world is touched at the edges."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TOP = Path(__file__).parent.parent
PACKAGE = TOP / "mlops_gitops"
EDGES = ("runtime", "git", "storage", "github")
ORDER = (
    "core", "documents", "records", "pipelines", "cards", "statistics", "metrics", "measurement", "gates", "forges",
    "repository", "monitoring", "retraining", "pull_requests", "promotion", "rollout", "policy", "audit", "compliance",
    "doctor", "discovery", "onboarding", "reporting",
    *EDGES, "orchestration", "cli",
)  # fmt: skip
# Folders of plug-ins: their modules are found by file name, import none of each other, and are imported by nobody.
PLUGINS = (
    "policy/rules", "compliance/checks", "doctor/checkups", "metrics/catalog", "monitoring/statistics",
    "monitoring/watches", "retraining/triggers", "rollout/targets", "rollout/observers",
    "reporting/formats", "cli/commands",
)  # fmt: skip
LOOSE = {"__init__.py", "__main__.py"}
MOST_FILES, MOST_LINES = 16, 400
FILES = {
    ".".join(("mlops_gitops", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] != "demo"
}


def _room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


@cache
def _imports(module: str) -> frozenset[str]:
    """The modules of this package that a module imports, at its top, in a function, or for its types alone."""
    found = set()
    for node in ast.walk(ast.parse(FILES[module].read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            named = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if name in FILES else node.module for name in named}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return frozenset(found & FILES.keys() - {module})


def _arrows() -> Iterator[tuple[str, str]]:
    return ((module, other) for module in FILES for other in _imports(module))


def test_every_module_is_in_a_room_of_the_order() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == LOOSE
    assert {_room(path) for path in FILES.values()} - {""} == set(ORDER)


def test_the_order_is_the_one_that_contributing_shows() -> None:
    shown = re.findall(r"^([a-z_]+)/ ", (TOP / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert tuple(shown) == ORDER


def test_a_room_imports_rooms_before_it_only() -> None:
    place = {room: number for number, room in enumerate(ORDER)} | {"": len(ORDER)}
    wrong = [
        f"{module} imports {other}"
        for module, other in _arrows()
        if other != "mlops_gitops" and place[_room(FILES[other])] > place[_room(FILES[module])]
    ]
    assert wrong == []


def test_files_make_no_circle() -> None:
    circles, done = [], set[str]()

    def visit(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            circles.append(" -> ".join((*path[path.index(module) :], module)))
        elif module not in done:
            for other in sorted(_imports(module)):
                visit(other, (*path, module))
            done.add(module)

    for module in FILES:
        visit(module, ())
    assert circles == []


def test_nobody_imports_a_plug_in() -> None:
    folders = tuple(f"mlops_gitops.{folder.replace('/', '.')}." for folder in PLUGINS)
    assert [f"{module} imports {other}" for module, other in _arrows() if other.startswith(folders)] == []


def test_rooms_stay_small() -> None:
    counts = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in FILES.values() if path.name not in LOOSE)
    assert {folder: n for folder, n in counts.items() if n > MOST_FILES and folder not in PLUGINS} == {}


def test_files_stay_small() -> None:
    lengths = {module: path.read_text().count("\n") for module, path in FILES.items()}
    assert {module: n for module, n in lengths.items() if n > MOST_LINES} == {}


def test_every_room_says_what_belongs_there() -> None:
    for folder in sorted({path.parent for path in FILES.values()} - {PACKAGE}):
        doc = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
        assert len(doc.split()) > 5, folder


def test_ruff_holds_the_world_at_the_edges() -> None:
    """What the settings of ruff ban everywhere is let in at the edges alone."""
    import tomllib

    ignores = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]["per-file-ignores"]
    let_in = {name for name, codes in ignores.items() if "TID251" in codes and name.startswith("mlops_gitops/")}
    let_in -= {"mlops_gitops/demo/*"}  # the files of the demo's repository, which is not ours
    assert let_in == {f"mlops_gitops/{room}/*" for room in EDGES}


def test_pure_rooms_know_no_network_clock_process_or_git() -> None:
    forbidden = {"subprocess", "socket", "urllib.request", "http", "time", "git", "dvc", "tempfile", "shutil"}
    pure = [path for path in FILES.values() if _room(path) in ORDER[: ORDER.index(EDGES[0])]]
    found = []
    for path in pure:
        if path.parent.name == "engines":
            continue  # an engine spills to a folder of its own
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [f"{path.name} imports {name}" for name in names if {name, name.split(".")[0]} & forbidden]
    assert found == []
