"""dvc.yaml means what DVC makes of it: anchors, merge keys, templates, loops, beside the stages of DVC itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from cases import cases

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pipelines.declared_stages import read_pipelines
from mlops_gitops.pipelines.params_files import read_parameters
from mlops_gitops.pipelines.staleness import Staleness
from mlops_gitops.pipelines.tracked_outputs import Tracking

PARAMS = "lr: 1\nmodel: {cmd: go, out: o.bin}\n"
OTHER = "n: {k: [p, 1.50]}\non: true\n"
MD5 = "a" * 32


@pytest.fixture(scope="module")
def dvc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that DVC takes for a project."""
    from dvc.repo import Repo

    root = tmp_path_factory.mktemp("dvc")
    Repo.init(str(root), no_scm=True).close()
    return root


def parsed(root: Path, pipeline: str) -> list[Any]:
    """The stages that DVC makes of a dvc.yaml."""
    from dvc.repo import Repo

    (root / "dvc.yaml").write_text(pipeline)
    (root / "params.yaml").write_text(PARAMS)
    (root / "other.yaml").write_text(OTHER)
    with Repo(str(root)) as repo:
        return list(repo.index.stages)


def named(root: Path, stage: Any, files: list[Any]) -> dict[str, Any]:
    """The files of a stage of DVC, by their paths from the top."""
    return {Path(file.fs_path).relative_to(root).as_posix(): file for file in files}


def lock_of(stages: list[Any], command: str = "") -> str:
    """The dvc.lock of these stages after a run, as DVC writes it; or after one with another command."""
    entries = {}
    for stage in stages:
        deps = [{"path": dep.def_path, "hash": "md5", "md5": MD5} for dep in stage.deps if not hasattr(dep, "params")]
        outs = [{"path": out.def_path, "hash": "md5", "md5": MD5} for out in stage.outs]
        entries[stage.name] = {"cmd": command or stage.cmd, "deps": deps, "outs": outs}
    return yaml.safe_dump({"schema": "2.0", "stages": entries}, sort_keys=False)


def tree(pipeline: str, lock: str) -> Overlay:
    """A tree with both files, and none of those that they name."""
    files = {"dvc.yaml": pipeline, "dvc.lock": lock, "params.yaml": PARAMS, "other.yaml": OTHER}
    return Overlay({path: text.encode() for path, text in files.items()})


@cases("pipeline", [
    "stages: {train: {cmd: x, deps: [t.py], outs: [m]}}",
    "vars: [{c: &c {cache: false}}]\nstages: {e: {cmd: x, metrics: [metrics.json: *c]}}",
    "vars: [{c: &c {cache: false}}]\nstages: {e: {cmd: x, metrics: [metrics.json: {<<: *c}]}}",
    "vars: [{c: &c {cache: true}}]\nstages: {e: {cmd: x, metrics: [metrics.json: {<<: *c, cache: false}]}}",
    "stages:\n  a: &a {cmd: x a, outs: [m]}\n  b: &b {cmd: x b, deps: [t.py], outs: [n]}\n"
    "  c: {<<: [*a, *b], outs: [o]}",
    "stages:\n  a: &a {cmd: x, deps: [t.py], outs: [m: {cache: false}]}\n  b: {<<: *a, outs: [n: {cache: false}]}",
    "stages:\n  a: &a {cmd: x, outs: []}\n  b: *a",
    "stages:\n  a: {cmd: x, deps: [&t t.py], outs: [m]}\n  b: {cmd: y, deps: [*t, m], outs: [n]}",
    "stages: {a: {<<: {cmd: x}, outs: [m]}}",
    "vars: [{x: &x {cmd: x}}, {y: &y {<<: *x, deps: [t.py]}}]\nstages: {a: {<<: *y, outs: [m]}}",
    "vars: [{w: &w {wdir: sub}}]\nstages: {a: {<<: *w, cmd: x, deps: [t.py], outs: [m: {cache: false}]}}",
    "vars: [{f: &f {frozen: true}}]\nstages: {a: {<<: *f, cmd: x, outs: [m]}}",
    "vars: [{p: &p [lr]}]\nstages: {a: {cmd: x, params: *p, outs: [m]}}",
    "vars: [{dir: out, cmd: go}]\nstages: {a: {cmd: '${cmd}', deps: ['${dir}/t'], outs: ['${dir}/m': {cache: false}]}}",
    "stages: {a: {cmd: '${model.cmd}', outs: ['${model.out}']}}",
    "stages: {a: {vars: [{o: m}], cmd: 'x ${o}', outs: ['${o}': {cache: false}]}}",
    "stages: {a: {foreach: [eu, 1, 1.5, true, null, 1e3, 0x10, 010, yes], do: {cmd: x, outs: ['m_${item}']}}}",
    "stages: {a: {foreach: {eu: {n: 1}, us: {n: 2}}, do: {cmd: x, outs: ['m_${key}': {cache: false}]}}}",
    "stages: {a: {foreach: [{n: 1}, {n: 2}], do: {cmd: 'x ${item.n}', outs: ['m_${item.n}']}}}",
    "vars: [{b: &b {eu: {n: 1}}}]\nstages: {a: {foreach: {<<: *b, us: {n: 2}}, do: {cmd: x, outs: ['m_${key}']}}}",
    "stages:\n  z: {foreach: [q], do: &d {cmd: x, outs: ['m_${item}': {cache: false}]}}\n"
    "  a: {foreach: [eu, us], do: {<<: *d, deps: [t.py]}}",
    "stages:\n  a: &a {foreach: [eu, us], do: {cmd: x, outs: ['m_${item}']}}\n"
    "  b: {<<: *a, do: {cmd: y, outs: ['n_${item}']}}",
    "stages: {a: {matrix: {r: [eu, us], n: [1, 2.0, true], c: [{x: 1}, {x: 2}]}, cmd: x,"
    " outs: ['${item.r}_${item.n}_${item.c.x}']}}",
    "vars: [{m: &m {r: [eu, us]}}]\nstages: {a: {matrix: {<<: *m, n: [1, 2]}, cmd: x, outs: ['${item.r}_${item.n}']}}",
    "vars: [{regions: [eu, us]}]\nstages: {a: {foreach: '${regions}', do: {cmd: 'x ${item}', outs: ['m_${item}']}}}",
    "stages: {a: {foreach: '${model}', do: {cmd: 'x ${key} ${item}', outs: ['m_${key}': {cache: false}]}}}",
    "vars: [{n: [1, 2]}]\nstages: {a: {matrix: {r: [eu], n: '${n}'}, cmd: x, outs: ['${item.r}_${item.n}']}}",
    "vars: [{w: sub}]\nstages: {a: {cmd: x, wdir: '${w}', deps: [t.py], outs: [m: {cache: false}]}}",
    "stages: {a: {foreach: [eu, us], do: {wdir: '${item}', cmd: x, deps: [t.py], outs: [m]}}}",
    "vars: [other.yaml, {n: {m: 1}}]\nstages: {a: {cmd: 'x ${n.k[1]} ${n.m} ${on}', outs: ['${n.k[0]}']}}",
    "vars: ['other.yaml:on']\nstages: {a: {vars: [{lst: [q]}], cmd: 'x ${on} ${lr}', outs: ['${lst[0]}']}}",
    "stages: {a: {cmd: 'x \\${HOME} ${lr}', outs: [m]}}",
    "stages: {a: {cmd: 'x ${model}', outs: [m]}}",
    "stages: {a: {cmd: [x, y], outs: [m]}}",
    "stages:\n  a:\n    cmd: >-\n      x\n      y\n    outs: [m]",
    "stages: {a: {cmd: x, metrics: [m.json], plots: [p.csv: {x: a, cache: false}], outs: [o: {persist: true}]}}",
])  # fmt: skip
def test_stages_are_those_of_dvc(dvc: Path, pipeline: str) -> None:
    stages = parsed(dvc, pipeline)
    made = {(stage.name, path): out for stage in stages for path, out in named(dvc, stage, stage.outs).items()}
    read = {(stage.name, path) for stage in stages
            for path in named(dvc, stage, [dep for dep in stage.deps if not hasattr(dep, "params")])}  # fmt: skip
    after_a_run = tree(pipeline, lock_of(stages))
    tracking = Tracking(after_a_run)
    outputs = {(stage.name, path): output for stage in tracking.stages for path, output in stage.outputs.items()}
    assert {place: output.cached for place, output in outputs.items()} == {p: o.use_cache for p, o in made.items()}
    assert {(stage.name, path) for stage in tracking.stages for path in stage.deps} == read
    roles = {
        (stage.name, path): role for stage in read_pipelines(after_a_run).stages for path, role in stage.outs.items()
    }
    assert roles == {p: "metric" if o.metric else "plot" if o.plot else "out" for p, o in made.items()}
    said = [cause.message for cause in Staleness(after_a_run).all()]
    assert [text for text in said if "never run" in text or "no longer" in text or "command" in text] == []


@cases("pipeline", [
    "stages:\n  a: &a {cmd: x, outs: [m]}\n  b: {<<: *a, outs: [n]}",
    "stages: {a: {foreach: [eu, us], do: {cmd: x, outs: ['m_${item}']}}}",
    "vars: [{m: &m {r: [eu, us]}}]\nstages: {a: {matrix: {<<: *m, n: [1, 2]}, cmd: x, outs: ['${item.r}_${item.n}']}}",
    "vars: [{f: &f {frozen: true}}]\nstages:\n  a: {<<: *f, cmd: x, outs: [m]}\n  b: {cmd: x, outs: [n]}",
    "stages: {a: {foreach: '${model}', do: {cmd: 'x ${item} ${lr}', outs: ['m_${key}']}}}",
])  # fmt: skip
def test_a_stage_of_any_form_is_stale_by_its_command_and_before_its_first_run(dvc: Path, pipeline: str) -> None:
    stages = parsed(dvc, pipeline)
    wanted = {stage.name for stage in stages if not stage.frozen}
    for lock, fact in ((lock_of(stages, "other"), "its command"), ("schema: '2.0'\nstages: {}\n", "never run")):
        found = {cause.stage for cause in Staleness(tree(pipeline, lock)).all() if fact in cause.message}
        assert found == wanted, fact


@cases("pipeline", [
    "vars: [gone.yaml]\nstages: {a: {foreach: '${regions}', do: {cmd: 'x ${item}', outs: ['m_${item}']}}}",
    "vars: [p.py]\nstages: {a: {foreach: [eu], do: {cmd: 'x ${item} ${py}', outs: ['m_${item}']}}}",
    "vars: [{lr: 2}]\nstages: {a: {cmd: 'x ${lr}', outs: [m]}}",
    "vars: [{n: 1_000}]\nstages: {a: {cmd: 'x ${n}', outs: [m]}}",
    "stages: {a: {foreach: [0b11], do: {cmd: 'x ${item}', outs: ['m_${item}']}}}",
    "stages: {a: {cmd: 'x ${gone} ${lr.x} ${model[0]}', outs: [m]}}",
    "stages: {a: {matrix: {x: &n [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], y: *n, z: *n, w: *n, v: *n}, cmd: 'x ${item.x}',"
    " outs: [m]}}",
])  # fmt: skip
def test_what_files_do_not_tell_stays_open(pipeline: str) -> None:
    """Nothing is called stale, never run, or gone for a template whose value is not known, or a loop beyond measure."""
    run = {"cmd": "x 1", "outs": [{"path": "m", "hash": "md5", "md5": MD5}]}
    lock = yaml.safe_dump(
        {"schema": "2.0", "stages": {"a@eu" if "each" in pipeline or "matrix" in pipeline else "a": run}}
    )
    said = [cause.message for cause in Staleness(tree(pipeline, lock)).all()]
    assert [text for text in said if "its command" in text or "no longer" in text] == []
    assert not any("a@1" in text for text in said)


@cases("text, fault", [
    ("stages: {a: {<<: 1, cmd: x}}", "dvc.yaml:1:14"),
    ("stages: {a: {<<: [{outs: [m]}, x], cmd: x}}", "dvc.yaml:1:14"),
    ("stages: {a: {<<: null, cmd: x}}", "dvc.yaml:1:14"),
    ("stages: {a: &a {cmd: x}, b: {<<: *a, <<: *a}}", "dvc.yaml:1:38"),
])  # fmt: skip
def test_what_dvc_cannot_merge_is_not_guessed(dvc: Path, text: str, fault: str) -> None:
    from dvc.exceptions import DvcException

    with pytest.raises(DvcException):
        parsed(dvc, text)
    (problem, *_) = read_pipelines(tree(text, "schema: '2.0'\nstages: {}\n")).broken
    assert str(problem.span) == fault and "<<" in problem.message


@cases("text, value", [
    ("b: &b {x: 1, y: 1}\nc: &c {x: 2, z: 2}\na: {<<: [*b, *c], y: 3}", {"x": 1, "y": 3, "z": 2}),
    ("b: &b {x: 1}\nc: &c {<<: *b, z: 2}\na: {x: 4, <<: *c}", {"x": 4, "z": 2}),
    ("b: &b {x: {n: 1, m: 1}}\na: {<<: *b}", {"x": {"n": 1, "m": 1}}),
    ("b: &b {x: {n: 1, m: 1}}\na: {<<: *b, x: {n: 2}}", {"x": {"n": 2}}),
    ("a: [&b {x: 1}, {<<: *b, y: 2}]", [{"x": 1}, {"x": 1, "y": 2}]),
])  # fmt: skip
def test_parameters_are_merged_as_dvc_does(text: str, value: object) -> None:
    from dvc.utils.serialize import parse_yaml

    ours = read_parameters(Overlay({"params.yaml": text.encode()}), "params.yaml")
    assert isinstance(ours, dict) and ours["a"] == value
    assert ours == parse_yaml(text, "params.yaml")
