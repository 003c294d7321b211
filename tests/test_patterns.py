"""Every pattern of ours answers long adversarial texts at once."""

from __future__ import annotations

import ast
import inspect
import re
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
import sample
from cases import cases
from fuzz.way import alarm

import mlops_gitops
from mlops_gitops.core import plugins
from mlops_gitops.core.table import Table
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import Screen
from mlops_gitops.repository.snapshot import KINDS, Snapshot


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    with alarm(60):
        yield


LENGTH = 20_000  # characters: a pattern that takes their square has a second's work, any other a hundredth of that
MOST = 0.25  # CPU-seconds for one text
SEARCHES = ("search", "sub", "split", "findall", "finditer")
ADVERSARIES = [unit * (LENGTH // len(unit)) + end
               for unit in ("a", " ", "-", "a-", "a.", "0", "0.", ".", "/", "a/", "@", "a@", "\\", "--- ", "---\n", "'",
                            "\" ",
                            "${", "${}", "FAILED", "FAILED ", "A", "Aa", "::", "\n", "\r", "x://", "#", "e")
               for end in ("!", "\n")]  # fmt: skip


def _schema_patterns() -> set[str]:
    def found(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("pattern"), str):
                yield value["pattern"]
            yield from (p for inner in value.values() for p in found(inner))
        elif isinstance(value, list):
            yield from (p for inner in value for p in found(inner))

    return {pattern for kind in KINDS for pattern in found(schema_validation.schema(kind.schema))}


def _module_patterns() -> dict[tuple[str, str], re.Pattern[Any]]:
    """Every compiled pattern a module of ours holds, in a list or by itself, by its module and name."""
    found: dict[tuple[str, str], re.Pattern[Any]] = {}
    for info in walk_packages(mlops_gitops.__path__, "mlops_gitops."):
        if ".demo" in info.name or info.name.endswith("__main__"):
            continue
        for name, value in vars(import_module(info.name)).items():
            for item in value if isinstance(value, list | tuple) else [value]:
                for pattern in item if isinstance(item, list | tuple) else [item]:
                    if isinstance(pattern, re.Pattern):
                        found[info.name, name] = pattern
    return found


@cache
def _searching(module: str) -> set[str]:
    """The patterns that a module looks for within a text, by name; others only match from its start."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    methods = (call for call in calls if isinstance(call, ast.Attribute) and call.attr in SEARCHES)
    return {method.value.id for method in methods if isinstance(method.value, ast.Name)}


def _hold_in_time(pattern: str, text: str, work: Callable[[], object]) -> None:
    before = time.process_time()
    work()
    taken = time.process_time() - before
    assert taken < MOST, f"{pattern} takes {taken:.2f} s for {text[:10]!r} and so on"


def test_no_schema_pattern_blows_up() -> None:
    patterns = _schema_patterns()
    assert len(patterns) > 10
    for pattern in patterns:
        with alarm(10):
            searched = re.compile(pattern.replace("$", r"\Z"))
            for text in ADVERSARIES:
                _hold_in_time(pattern, text, partial(searched.search, text))


def test_no_pattern_of_a_module_blows_up() -> None:
    patterns = _module_patterns()
    assert len(patterns) > 10
    for (module, name), pattern in patterns.items():
        searches = name in _searching(module)
        with alarm(10):
            for text in ADVERSARIES:
                subject: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
                ways = [pattern.match, pattern.fullmatch, *([partial(pattern.sub, subject[:0])] if searches else [])]
                for way in ways:
                    _hold_in_time(f"{module}.{name}", text, partial(way, subject))


def test_a_pattern_that_takes_the_square_is_noticed() -> None:
    with pytest.raises(AssertionError, match="takes"):
        _hold_in_time("a*b", "a", partial(re.compile("a*b").search, "a" * LENGTH))


def test_no_path_of_a_kind_blows_up() -> None:
    folders = Snapshot(Overlay(sample.files())).folders
    for kind in KINDS:
        for text in ADVERSARIES:
            kind.match(folders, f"{folders.get(kind.folder or '', '')}/{text}")


@cases("text", ADVERSARIES[::7])
def test_no_table_blows_up(text: str) -> None:
    report = Report({}, (), (Table("", ("a",), ((text,),)),), (text,))
    for name in plugins.names("reporting.formats"):
        plugins.load("reporting.formats", name, "REPORTER").render(report, Screen(True))


def test_many_templates_in_one_path_of_a_pipeline() -> None:
    out = "${a}" * 40 + "/x"
    pipeline = f"stages: {{train: {{cmd: x, outs: [{{'{out}': {{cache: false}}}}]}}}}\n"
    lock = f"schema: '2.0'\nstages: {{train: {{cmd: x, outs: [{{path: '{'a' * 1_000}', md5: {'a' * 32}}}]}}}}\n"
    tracking = Tracking(Overlay({"dvc.yaml": pipeline.encode(), "dvc.lock": lock.encode()}))
    output = tracking.output("a" * 1_000)
    assert output is not None and output.cached


@cases(
    "declared, made, in_git",
    [("m/${a}.json", "m/x.json", True), ("m/${a}.json", "m/.json", False), ("${a}/${b}.json", "a/b/c.json", True),
     ("${a}x${b}x${c}", "axxbxc", True), ("a${b}", "b", False), ("${a}${b}", "x", False), ("a+b", "a+b", True)],
)  # fmt: skip
def test_a_template_in_a_path_stands_for_any_text(declared: str, made: str, in_git: bool) -> None:
    pipeline = f"stages: {{t: {{cmd: x, outs: [{{'{declared}': {{cache: false}}}}]}}}}\n"
    lock = f"schema: '2.0'\nstages: {{t: {{cmd: x, outs: [{{path: '{made}', md5: {'a' * 32}}}]}}}}\n"
    output = Tracking(Overlay({"dvc.yaml": pipeline.encode(), "dvc.lock": lock.encode()})).output(made)
    assert output is not None and output.cached is not in_git
