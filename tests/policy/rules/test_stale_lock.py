"""stale-lock: each cause is reported once, at its place, and nothing is said of what is as it was."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
from cases import cases
from house import Repository
from messages import lacking

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.tree import Overlay, Tree, WorkTree
from mlops_gitops.pipelines.dvc_hashes import folder_md5
from mlops_gitops.policy.rules.stale_lock import RULE
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

A, B = "a" * 32, "b" * 32


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def _found(tree: Tree) -> list[Diagnostic]:
    return list(RULE.check(Context(Snapshot(tree), date(2026, 1, 1))))


def _of(lock: str, pipeline: str, **files: str | bytes) -> list[Diagnostic]:
    """What is found in one dvc.lock and dvc.yaml (the stages only) beside files; `__` is a slash, `_` a dot."""
    named: dict[str, str | bytes] = {path.replace("__", "/").replace("_", "."): text for path, text in files.items()}
    named |= {"dvc.lock": f"schema: '2.0'\nstages:\n{lock}", "dvc.yaml": f"stages:\n{pipeline}"}
    return _found(
        Overlay({path: content if isinstance(content, bytes) else content.encode() for path, content in named.items()})
    )


def _assert_found(found: list[Diagnostic], severity: str, *facts: str) -> None:
    """There is one finding, of this severity, whose message holds these facts."""
    (finding,) = found
    assert finding.severity == severity and not lacking(finding.message, *facts)


def _dep(path: str, md5: str, hash: str = ", hash: md5") -> str:
    return f"  train: {{cmd: x, deps: [{{path: {path}, md5: {md5}{hash}}}], outs: [{{path: m, md5: {A}}}]}}\n"


TRAIN = "  train: {cmd: x, deps: [t.py], outs: [m]}\n"


def test_a_source_that_is_as_it_was() -> None:
    assert _of(_dep("t.py", _md5("1\n")), TRAIN, t_py="1\n") == []


def test_a_source_that_changed_is_told_at_its_digest_with_the_declaration_beside() -> None:
    (found,) = _of(_dep("t.py", _md5("1\n")), TRAIN, t_py="2\n")
    _assert_found([found], "warning", "stage train is stale", "t.py")
    assert (str(found.span), found.help) == ("dvc.lock:3:44", "dvc repro")
    assert [span.path for span in found.related] == ["dvc.yaml"]


def test_line_ends_count_for_dvc_3_only() -> None:
    assert _of(_dep("t.py", _md5("1\n"), ""), TRAIN, t_py="1\r\n") == []
    found = _of(_dep("t.py", _md5("1\n"), ", hash: md5"), TRAIN, t_py="1\r\n")
    _assert_found(found, "warning", "stage train may be stale", "t.py", "line ends", "CRLF")


def test_what_dvc_tracks_is_compared_by_digest_without_its_bytes() -> None:
    added = f"outs: [{{path: t.py, md5: {A}, hash: md5}}]"
    assert _of(_dep("t.py", A), TRAIN, t_py_dvc=added) == []
    found = _of(_dep("t.py", B), TRAIN, t_py_dvc=added)
    _assert_found(found, "warning", f"t.py with digest {B}", f"t.py.dvc has {A}")


def test_digests_of_two_kinds_are_not_compared() -> None:
    found = _of(_dep("t.py", B, ""), TRAIN, t_py_dvc=f"outs: [{{path: t.py, md5: {A}, hash: md5}}]")
    _assert_found(found, "note", "stage train was not compared with t.py", "t.py.dvc", "another kind of digest")


def test_an_input_that_another_stage_of_another_folder_has_made_anew() -> None:
    other = f"schema: '2.0'\nstages: {{prepare: {{cmd: y, outs: [{{path: ../t.py, md5: {A}, hash: md5}}]}}}}"
    found = _of(
        _dep("t.py", B), TRAIN, sub__dvc_lock=other, sub__dvc_yaml="stages: {prepare: {cmd: y, outs: [../t.py]}}"
    )
    assert [d.message.endswith(f"and sub/dvc.lock has {A}") for d in found] == [True]


def test_the_same_without_the_stage_that_once_made_it() -> None:
    other = f"schema: '2.0'\nstages: {{prepare: {{cmd: y, outs: [{{path: ../t.py, md5: {A}, hash: md5}}]}}}}"
    found = _of(_dep("t.py", _md5("1\n")), TRAIN, sub__dvc_lock=other, sub__dvc_yaml="stages: {}", t_py="1\n")
    _assert_found(found, "warning", "stage prepare is no longer in sub/dvc.yaml")
    assert found[0].span.path == "sub/dvc.lock"


@cases("path", ["s3://bucket/t.py", "/data/t.py", "../outside.csv", "ds://x"])
def test_what_lies_outside_the_repository_is_left_alone(path: str) -> None:
    assert _of(_dep(f"'{path}'", A), f"  train: {{cmd: x, deps: ['{path}'], outs: [m]}}\n") == []


@cases("files, reason", [
    ({}, "not in this tree"),
    ({"t_py": b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n"}, "it is a Git LFS pointer"),
])  # fmt: skip
def test_what_cannot_be_compared_is_noted(files: dict[str, str], reason: str) -> None:
    _assert_found(_of(_dep("t.py", A), TRAIN, **files), "note", f"stage train was not compared with t.py: {reason}")


def test_a_folder_in_a_cloud_versioned_remote_has_the_digest_of_its_files() -> None:
    added = f"outs: [{{path: parts, hash: md5, files: [{{relpath: a, md5: {A}}}, {{relpath: b, md5: {B}}}]}}]"
    digest, train = folder_md5({"a": A, "b": B}), TRAIN.replace("t.py", "parts")
    assert _of(_dep("parts", digest), train, parts_dvc=added) == []
    found = _of(_dep("parts", f"{A}.dir"), train, parts_dvc=added)
    _assert_found(found, "warning", f"parts with digest {A}.dir", f"parts.dvc has {digest}")


def test_a_file_of_a_folder_that_dvc_tracks_as_a_whole_is_noted() -> None:
    found = _of(_dep("d/t.py", A), TRAIN.replace("t.py", "d/t.py"), d_dvc=f"outs: [{{path: d, md5: {B}.dir}}]")
    _assert_found(found, "note", "stage train was not compared with d/t.py", "DVC tracks the folder d")


def test_a_folder_of_sources_may_be_stale_and_counts_tracked_files_by_digest() -> None:
    pipeline = TRAIN.replace("t.py", "src/")
    tracked = f"outs: [{{path: data.bin, md5: {B}, hash: md5}}]"
    digest = folder_md5({"a.py": _md5("1\n"), "data.bin": B, "data.bin.dvc": _md5(tracked)})
    lock = _dep("src", digest)
    assert _of(lock, pipeline, src__a_py="1\n", src__data_bin_dvc=tracked) == []
    found = _of(lock, pipeline, src__a_py="2\n", src__data_bin_dvc=tracked)
    _assert_found(found, "warning", "may be stale", "the folder src")


def test_a_folder_that_dvc_leaves_files_out_of_is_noted() -> None:
    files = {"dvc.lock": f"schema: '2.0'\nstages:\n{_dep('src', A + '.dir')}", ".dvcignore": "*.pyc\n",
             "dvc.yaml": f"stages:\n{TRAIN.replace('t.py', 'src')}", "src/a.py": ""}  # fmt: skip
    found = _found(Overlay({path: text.encode() for path, text in files.items()}))
    _assert_found(found, "note", "stage train was not compared with src", "a .dvcignore")


def _folder_in_project(**more: str) -> list[Diagnostic]:
    files = {"cv/dvc.lock": f"schema: '2.0'\nstages:\n{_dep('src', A + '.dir')}", "cv/src/a.py": "",
             "cv/dvc.yaml": f"stages:\n{TRAIN.replace('t.py', 'src')}", "cv/.dvc/config": ""}  # fmt: skip
    return _found(Overlay({path: text.encode() for path, text in (files | more).items()}))


def test_a_dvcignore_above_the_project_is_another_ones() -> None:
    found = _folder_in_project(**{".dvcignore": "*.pyc\n"})
    _assert_found(found, "warning", "stage train may be stale", "cv/src")


def test_a_folder_around_another_project_is_noted() -> None:
    found = _folder_in_project(**{"cv/src/old/.dvc/config": ""})
    _assert_found(found, "note", "stage train was not compared with cv/src", "DVC project")


def test_a_dependency_that_is_no_longer_declared_is_not_asked() -> None:
    assert _of(_dep("old.py", A), "  train: {cmd: x, outs: [m]}\n", old_py="1\n") == []


def test_what_is_declared_since_the_last_run_is_told() -> None:
    found = _of(_dep("t.py", _md5("")), "  train: {cmd: x, deps: [t.py, n.py, 's3://x/y'], outs: [m, n]}\n", t_py="")
    for finding, change in zip(found, ("it read n.py", "it made n"), strict=True):
        assert not lacking(finding.message, "stage train is stale", change)


def test_a_templated_path_is_the_one_that_ran() -> None:
    found = _of(
        _dep("src//t.py", _md5("1\n")), "  train: {cmd: x, deps: ['${dir}/t.py'], outs: [m]}\n", src__t_py="2\n"
    )
    _assert_found(found, "warning", "stage train is stale", "src/t.py")


PARAMS = "  train: {{cmd: x, params: {{{file}: {{{ran}}}}}, outs: [{{path: m, md5: " + A + "}}]}}\n"


def _with_params(ran: str, asked: str, file: str = "params.yaml", **files: str) -> list[str]:
    found = _of(PARAMS.format(file=file, ran=ran), f"  train: {{cmd: x, params: [{asked}], outs: [m]}}\n", **files)
    return [f"{d.severity.value}: {d.message.removeprefix('stage train ')}" for d in found]


@cases("ran, asked, now, told", [
    ("a.b: 1", "a.b", "a: {b: 1}", None),
    ("a.b: 1", "a.b", "a: {b: 2}", "a.b was 1 and is 2"),
    ("a.b: 1.0", "a.b", "a: {b: 1}", None),
    ("a.b: true", "a.b", "a: {b: false}", "a.b was true and is false"),
    ("a.b: '1'", "a.b", "a: {b: 1}", "a.b was 1 and is 1"),
    ("a: {b: [1, {c: x}]}", "a", "a: {b: [1, {c: x}]}", None),
    ("a: {b: [1, {c: x}]}", "a", "a: {b: [1, {c: y}]}", "a differs"),
    ("a.1.c: x", "a.1.c", "a: [0, {c: x}]", None),
    ("a: 1", "a", "b: 1", "a is gone"),
    ("a: 1", "a, b", "{a: 1, b: 2}", "b is new"),
    ("a: 1, old: 2", "a", "{a: 1, old: 3}", None),
    ("a: 1000", "a", "a: 1_000", None),
    ("a: 1000", "a", "a: 2_000", "a was 1000 and is 2_000"),
    ("a: 1.0e-05", "a", "a: 1e-5", None),
    ("a: {x: 1, y: 3}", "a", "base: &b {x: 1, y: 2}\na: {<<: *b, y: 3}", None),
    ("a: {x: 1, y: 3}", "a", "base: &b {x: 2, y: 2}\na: {<<: *b, y: 3}", "a differs"),
    ("a.b: 1, x: 1", "params.yaml: null", "{a.b: 1, x: 1}", None),
    ("a.b: 1, x: 1", "params.yaml: null", "{a.b: 2, x: 1}", "a.b was 1 and is 2"),
    ("x: 1", "params.yaml: ", "{x: 1, y: 2}", "y is new"),
    ("a: 1, b: 1", "'${key}', b", "{a: 2, b: 1}", "a was 1 and is 2"),
    ("a: 1, b: 1, c: 1, d: 1", "a, b, c, d", "{a: 2, b: 2, c: 2, d: 2}",
     "a was 1 and is 2, b was 1 and is 2, c was 1 and is 2 and 1 more"),
])  # fmt: skip
def test_parameters(ran: str, asked: str, now: str, told: str | None) -> None:
    found = _with_params(ran, asked, params_yaml=now)
    assert [lacking(line, "warning", "is stale", "params.yaml", str(told)) for line in found] == [[]] * bool(told)


@cases("file, now, facts", [
    ("p.json", '{"a": {"b": 2}}', ("warning", "is stale", "a.b was 1 and is 2")),
    ("p.toml", "[a]\nb = 1\n", ()),
    ("p.toml", "[a]\nb = 2\n", ("warning", "is stale", "a.b was 1 and is 2")),
    ("p.toml", "[a\n", ("note", "not compared", "not valid TOML")),
    ("p.py", "a = 1\n", ("note", "not compared", "Python", "not run")),
    ("p.yml", "a: {b: .nan}", ("note", "not compared", ".nan", "not a finite number")),
    ("p.yml", "- a", ("note", "not compared", "no mapping")),
])  # fmt: skip
def test_parameter_files_of_every_kind(file: str, now: str, facts: tuple[str, ...]) -> None:
    found = _with_params("a.b: 1", f"{file}: [a.b]", file, **{file.replace(".", "_"): now})
    assert [lacking(line, file, *facts) for line in found] == [[]] * bool(facts)


def test_a_parameter_file_that_is_not_there_is_noted() -> None:
    (found,) = _with_params("a: 1", "a")
    assert not lacking(found, "note", "not compared", "params.yaml", "not in this tree")


OUT = f"{{path: m, md5: {A}}}"


@cases("ran, declared, stale", [
    ("python a.py", "python b.py", True),
    ("python a.py", "python a.py\n", False),
    ("python a.py", "python ${script}", False),
    (["a", "b"], ["a", "b"], False),
    (["a", "b"], ["a", "c"], True),
])  # fmt: skip
def test_the_command(ran: object, declared: object, stale: bool) -> None:
    found = _of(f"  train: {{cmd: {ran!r}, outs: [{OUT}]}}\n", f'  train: {{cmd: {declared!r}, outs: [m]}}\n'.replace(
        "'python a.py\\n'", '"python a.py\\n"'))  # fmt: skip
    assert [lacking(finding.message, "stage train is stale", "command") for finding in found] == [[]] * stale


def test_a_frozen_stage_is_not_asked_what_it_read() -> None:
    frozen = "  train: {cmd: other, frozen: true, deps: [t.py, n.py], params: [a], outs: [m]}\n"
    assert _of(_dep("t.py", A), frozen, t_py="2\n") == []


@cases("stage", [
    "train: {foreach: [1, b, true], do: {cmd: 'x ${item}', outs: [m]}}",
    "train: {foreach: {'1': p, b: q, 'true': r}, do: {cmd: 'x ${key}', outs: [m]}}",
    "train: {matrix: {a: [1, b, true]}, cmd: 'x ${item.a}', outs: [m]}",
    "train: {foreach: '${items}', do: {cmd: 'x ${item}', outs: [m]}}",
])  # fmt: skip
def test_the_stages_of_a_loop_are_known_by_their_items(stage: str) -> None:
    lock = "".join(f"  train@{item}: {{cmd: x {item}, outs: [{OUT}]}}\n" for item in ("1", "b", "true"))
    assert _of(lock, f"  {stage}\n") == []
    gone = _of(f"{lock}  train@z: {{cmd: x, outs: [{OUT}]}}\n", f"  {stage}\n")
    known = "items" not in stage
    assert [lacking(finding.message, "stage train@z is no longer in dvc.yaml") for finding in gone] == [[]] * known


def test_a_matrix_names_composite_items_by_their_place() -> None:
    lock = "".join(f"  train@f{n}-{size}: {{cmd: x, outs: [{OUT}]}}\n" for n in (0, 1) for size in (1, 2))
    assert _of(lock, "  train: {matrix: {f: [{a: 1}, {a: 2}], size: [1, 2]}, cmd: x, outs: [m]}\n") == []


def test_stages_that_have_never_run() -> None:
    stages = f"{TRAIN}  evaluate: {{cmd: y, outs: [e]}}\n  show: {{cmd: z}}\n"
    (found,) = _of(_dep("t.py", _md5("")), stages, t_py="")
    assert not lacking(found.message, "stage evaluate has never run", "dvc.lock")
    assert str(found.span) == "dvc.yaml:3:3"
    (found,) = _found(Overlay({"a/dvc.yaml": f"stages:\n{stages}".encode()}))
    assert not lacking(found.message, "no dvc.lock beside a/dvc.yaml", "train", "evaluate")


def test_an_output_kept_in_git_is_the_one_that_was_made() -> None:
    lock = f"  train: {{cmd: x, outs: [{{path: m.json, md5: {_md5('1')}, hash: md5}}]}}\n"
    pipeline = "  train: {cmd: x, metrics: [m.json: {cache: false}]}\n"
    assert _of(lock, pipeline, m_json="1") == []
    (found,) = _of(lock, pipeline, m_json="2")
    _assert_found([found], "warning", "m.json is not what", "stage train")


def test_a_working_directory_and_one_that_a_template_says() -> None:
    lock = f"  train: {{cmd: x, deps: [{{path: t.py, md5: {A}, hash: md5}}], outs: [{OUT}]}}\n"
    stage = "  train: {{cmd: x, wdir: {wdir}, deps: [t.py], outs: [m]}}\n"
    _assert_found(_of(lock, stage.format(wdir="src"), src__t_py="1\n"), "warning", "stage train is stale", "src/t.py")
    templated = _of(lock, stage.format(wdir="'${d}'"), src__t_py="1\n")
    _assert_found(templated, "note", "stage train was not compared", "a template", "wdir")


@cases("lock, pipeline, facts", [
    ("a: b: c", "stages: {}", ("dvc.lock cannot be read", "no stage", "not YAML")),
    (f"schema: '2.0'\nstages: {{a: {{outs: [{OUT}]}}}}", "a: b: c", ("dvc.yaml cannot be read",)),
    (f"schema: '2.0'\nstages: {{a: {{outs: [{OUT}]}}}}", None, ("no dvc.yaml", "beside dvc.lock")),
])  # fmt: skip
def test_files_that_cannot_be_read_are_told_once(lock: str, pipeline: str | None, facts: tuple[str, ...]) -> None:
    tree = {"dvc.lock": lock.encode()} | ({"dvc.yaml": pipeline.encode()} if pipeline else {})
    _assert_found(_found(Overlay(tree)), "warning", *facts)


@cases("odd", [
    "stages: [1, 2]", "stages: {a: [x]}", "stages: {a: {deps: 1, outs: [2, {path: 3}], params: [x]}}",
    "stages: {a: {deps: [null, {path: x}], params: {p: 1}}}", "[]", "schema: '2.0'",
])  # fmt: skip
@cases("pipeline", [
    "stages: {a: {cmd: x, deps: [x], outs: [y], params: [[1], 2, {p: {}}]}}", "stages: {a: 1, b: {foreach: 1, do: 2}}",
    "stages: {a: {matrix: [1], cmd: 1}}", "stages: 1", "{}",
])  # fmt: skip
def test_odd_files_are_no_traceback(odd: str, pipeline: str) -> None:
    found = _found(Overlay({"dvc.lock": odd.encode(), "dvc.yaml": pipeline.encode()}))
    assert all("\n" not in d.message for d in found)


def _warned(repository: Repository) -> list[str]:
    found = _found(WorkTree(str(repository.root)))
    return [d.message for d in found]


@pytest.mark.outside
def test_it_agrees_with_dvc(repository: Repository) -> None:
    """What DVC has just run is not stale, and what it would run again is: a sub-folder, a loop, a folder of sources."""
    assert _warned(repository) == []
    files = {
        "src/a.py": "print(1)\n", "src/more/b.py": "print(2)\n", "src/more.py": "\r\n",
        "params.toml": "[deep]\nrate = 1e-5\nsteps = [1, 2]\n", "all.json": '{"a.b": 1, "c": [1, {"d": null}]}',
        "sub/dvc.yaml": "stages:\n"
        "  loop:\n    foreach: [1, two]\n    do:\n      wdir: ..\n      deps: [src]\n"
        "      cmd: echo ${item} > out.${item}\n"
        "      params: [params.toml: [deep.rate, deep.steps], all.json: ]\n      outs: ['out.${item}']\n"
        "  read: {cmd: cat ../out.1 > r.json, deps: [../out.1], metrics: [r.json: {cache: false}]}\n",
    }  # fmt: skip
    for path, text in files.items():
        repository.write(path, text)
    (message,) = _warned(repository)
    assert not lacking(message, "no dvc.lock beside sub/dvc.yaml", "loop@1", "loop@two", "read")
    repository.sh("dvc", "repro", "-P")
    assert _warned(repository) == []
    repository.edit("params.toml", "1e-5", "1e-4")
    repository.edit("src/more/b.py", "2", "3")
    stale = _warned(repository)
    assert [message.split(":")[0] for message in stale] == [
        "stage loop@1 may be stale", "stage loop@1 is stale", "stage loop@two may be stale", "stage loop@two is stale",
    ]  # fmt: skip
    assert not lacking(stale[1], "params.toml", "deep.rate was 1e-05 and is 0.0001")
    status = repository.sh("dvc", "status")
    assert all(name in status for name in ("loop@1", "loop@two", "deep.rate")) and "train" not in status
    repository.sh("dvc", "repro", "-P")
    assert _warned(repository) == []


def test_validate_shows_the_line_of_dvc_lock(repository: Repository) -> None:
    repository.edit("params.yaml", "hits: 45", "hits: 44")
    answer = repository.ok("validate")
    first, line, caret, also, help, *_ = answer.out.splitlines()
    assert not lacking(first, "warning[stale-lock]", "stage train is stale", "params.yaml", "hits was 45 and is 44")
    assert (line.split("|")[1].strip(), also.strip(), help.strip()) == (
        "hits: 45",
        "also here: dvc.yaml:5:5",
        "help: dvc repro",
    )
    assert Path(first.split(":")[0]).name == "dvc.lock" and "^^^^" in caret


def test_naming_a_file_asks_nothing_of_the_lock(repository: Repository) -> None:
    repository.edit("params.yaml", "hits: 45", "hits: 44")
    assert "stale-lock" not in repository.ok("validate", "models/churn/kpis.yaml").out
