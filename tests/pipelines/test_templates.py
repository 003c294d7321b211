"""Templates of a dvc.yaml that has not run: what DVC itself makes of them."""

from __future__ import annotations

import json
import logging
import subprocess
from pathlib import Path
from typing import Any

from cases import cases
from fuzz.way import alarm

from mlops_gitops.documents.tree import Overlay, WorkTree
from mlops_gitops.pipelines.declared_stages import read_pipelines
from mlops_gitops.pipelines.templates import can_be, literal_parts

PARAMS = """model: {path: out/model.pkl, depth: 3, fast: true}
regions: [eu, us]
sizes: {small: {rows: 10}, large: {rows: 1000}}
"""
PIPELINE = """vars: [more.yaml, {where: plots}]
stages:
  plain: {cmd: "python plain.py ${model.depth} ${model.fast}", deps: ["${data.train}"], outs: ["${model.path}"]}
  list: {foreach: "${regions}", do: {cmd: "x ${item}", outs: ["list/${item}.pkl"]}}
  keys: {foreach: "${sizes}", do: {cmd: "x ${key} ${item.rows}", outs: ["keys/${key}-${item.rows}.csv"]}}
  dicts: {foreach: [{r: eu, n: [1, 2]}, {r: us, n: [3]}], do: {cmd: "x ${item.n[0]}", outs: ["dicts/${item.r}.pkl"]}}
  numbers: {foreach: [0, 1.5, true], do: {cmd: x, metrics: ["numbers/${item}.json": {cache: false}]}}
  both:
    matrix: {fold: [1, 2], region: "${regions}"}
    cmd: x
    outs: ["both/${item.region}-${item.fold}.pkl"]
    plots: ["${where}/${item.region}-${item.fold}.csv"]
"""
MORE = "data: {train: data/train.csv}\n"


def test_they_stand_for_what_dvc_makes_of_them(tmp_path: Path) -> None:
    for path, text in {"params.yaml": PARAMS, "dvc.yaml": PIPELINE, "more.yaml": MORE, ".dvc/config": ""}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    subprocess.run(["git", "init", "-q", "--template=", tmp_path], check=True)
    ours = {
        stage.name: (stage.command, {*stage.deps}, {*stage.outs})
        for stage in read_pipelines(WorkTree(str(tmp_path))).stages
    }
    assert ours == _by_dvc(tmp_path)
    assert len(ours) == 14


def _by_dvc(root: Path) -> dict[str, tuple[str, set[str], set[str]]]:
    from dvc.repo import Repo

    logging.disable()
    try:
        with Repo(str(root)) as repo:
            stages = repo.index.stages
            return {
                stage.name: (stage.cmd, {dep.def_path for dep in stage.deps}, {out.def_path for out in stage.outs})
                for stage in stages
            }
    finally:
        logging.disable(logging.NOTSET)


def _stages(stage: dict[str, Any], **files: str) -> list[tuple[str, list[str]]]:
    texts = {"dvc.yaml": json.dumps({"stages": {"s": {"cmd": "x", **stage}}}), **files}
    tree = Overlay({path.replace("_", "."): text.encode() for path, text in texts.items()})
    return [(stage.name, [*stage.outs]) for stage in read_pipelines(tree).stages]


@cases(
    "stage, found",
    [
        ({"outs": ["${nothing}.pkl"]}, [("s", [])]),
        ({"outs": ["${a.b.c}.pkl", "${}", "${a[}x", "plain.pkl"]}, [("s", ["plain.pkl"])]),
        ({"outs": ["${up}/x.pkl"]}, [("s", [])]),
        ({"foreach": "${nothing}", "do": {"outs": ["${item}.pkl"]}}, [("s", [])]),
        ({"foreach": [], "do": {"outs": ["${item}.pkl"]}}, []),
        ({"foreach": 3, "do": {"outs": ["x.pkl"]}}, []),
        ({"matrix": {"a": 3}, "outs": ["x.pkl"]}, []),
        ({"foreach": ["a"], "do": {"outs": ["${long}.pkl", "${item}.pkl"]}}, [("s@a", ["a.pkl"])]),
    ],
)
def test_what_stands_for_nothing_stays_a_template_and_is_left_out(stage: dict[str, Any], found: list[Any]) -> None:
    assert _stages(stage, params_yaml=f"up: ..\na: {{b: 1}}\nlong: {'x' * 20_000}\n") == found


def test_a_loop_of_many_items_ends() -> None:
    axes = {f"a{n}": [*range(100)] for n in range(6)}
    assert _stages({"matrix": axes, "outs": ["${item.a0}.pkl"]}) == [("s", [])]
    assert _stages({"foreach": [*range(9000)], "do": {"outs": ["x" * 20_000]}}) == [("s", [])]


@cases("text, parts", [
    ("plain", ["plain"]), ("a/${b}", ["a/", ""]), ("${a}${b}.csv", ["", "", ".csv"]), ("${a", ["${a"]),
    ("x${a}y${b", ["x", "y${b"]), ("${${a}}", ["", "}"]), ("", [""]),
])  # fmt: skip
def test_the_literal_parts_of_a_text(text: str, parts: list[str]) -> None:
    assert literal_parts(text) == parts


@cases("template, text, least", [
    ("out/${a}.csv", "out/x.csv", 1), ("out/${a}.csv", "out/.csv", 0), ("${a}", "x/y", 1), ("${a}/${b}", "x/y/z", 1),
    ("a${b}a${c}a", "aaaaa", 1), ("plain", "plain", 1), ("${a}${b}", "xy", 1), ("${a}ab${b}", "xabab", 1),
])  # fmt: skip
def test_what_a_template_can_be(template: str, text: str, least: int) -> None:
    assert can_be(template, text, least=least)


@cases("template, text, least", [
    ("out/${a}.csv", "out/.csv", 1), ("out/${a}.csv", "out/x.json", 0), ("plain", "other", 0), ("${a}${b}", "x", 1),
    ("a${b}a${c}a", "aaa", 1), ("ab${c}ba", "aba", 0), ("x/${a}", "y/x/z", 0),
])  # fmt: skip
def test_what_a_template_cannot_be(template: str, text: str, least: int) -> None:
    assert not can_be(template, text, least=least)


def test_templates_that_do_not_end_take_time_in_proportion() -> None:
    many = 200_000
    with alarm(10):
        assert literal_parts("${" * many) == ["${" * many]
        assert not can_be("${a}a" * many + "!", "a" * many)
        lock = "schema: '2.0'\nstages: {s: {cmd: x, outs: [{path: aaa, md5: " + "a" * 32 + "}]}}\n"
        pipeline = "stages: {s: {cmd: x, outs: ['" + "${" * 50_000 + "']}}\n"
        read_pipelines(Overlay({"dvc.yaml": pipeline.encode(), "dvc.lock": lock.encode()}))
