"""tools/hub_lists.py: what it reads from its sources, and how it writes that."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from cases import cases

TOOL = Path(__file__).parent.parent / "tools/hub_lists.py"
PAGE = """# Licenses

| Fullname | License identifier |
| --- | --- |
| Elsewhere | `elsewhere` |

<!-- region licenses -->

| Fullname         | License identifier (to use in repo card) |
| ---------------- | ---------------------------------------- |
| MIT              | `mit`                                    |
| Do What The F\\*  | `wtf`                                    | <!-- info: https://example.org -->
| Other            | `other`                                  |

<!-- endregion -->
"""


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hub_lists_tool", TOOL)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_licences_are_those_of_the_marked_table(tool: ModuleType) -> None:
    assert tool.read_licences(PAGE) == {"mit": "MIT", "wtf": "Do What The F*", "other": "Other"}


@cases("page", ["", "<!-- region licenses -->\n<!-- endregion -->", PAGE.replace("`other`", "other"), PAGE[:-20]])
def test_a_page_of_another_form_is_refused(page: str, tool: ModuleType) -> None:
    with pytest.raises(SystemExit, match="no table of licences"):
        tool.read_licences(page)


def test_tasks_subtasks_and_libraries_come_from_the_package(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"name": "tasks", "main": "index.js"}))
    (tmp_path / "index.js").write_text(
        "exports.PIPELINE_DATA = {a: {name: 'A', subtasks: [{type: 'x', name: 'X'}]},"
        " b: {name: 'B', subtasks: [{type: 'x', name: 'X'}]}, c: {name: 'C'}};"
        "exports.MODEL_LIBRARIES_UI_ELEMENTS = {lib: {prettyLabel: 'Lib'}};"
    )
    found = tool._node("node", "-e", tool._READ_TASKS, str(tmp_path))
    assert tool.joined(found["tasks"]) == {"a": "A", "b": "B", "c": "C"}
    assert tool.joined(found["subtasks"]) == {"x": "a, b"}
    assert tool.joined(found["libraries"]) == {"lib": "Lib"}


def test_a_list_says_its_source_first(tool: ModuleType) -> None:
    assert tool.listed({"b": "B", "a": "A"}, "here 1.0 of 2026-01-01").splitlines() == [
        "# From here 1.0 of 2026-01-01; tools/hub_lists.py writes this file.", "a: A", "b: B",
    ]  # fmt: skip
    assert tool.wrapped(["abc", "aba", "b"], "here").splitlines()[1:] == ["aba abc", "b"]
    with pytest.raises(SystemExit, match="here has no entries"):
        tool.listed({}, "here")


@cases("path", sorted((TOOL.parent.parent / "mlops_gitops/cards/hub").glob("*.txt")))
def test_every_list_has_a_dated_source(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    assert first.startswith("# From ") and " of 20" in first
