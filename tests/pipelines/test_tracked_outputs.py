"""Tracking: what DVC tracks, read without DVC."""

from __future__ import annotations

from cases import cases
from messages import lacking

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pipelines.dvc_hashes import folder_md5
from mlops_gitops.pipelines.tracked_outputs import Tracking, evaluation_pins
from mlops_gitops.records.release import Member, Pin

A, B, C = "a" * 32, "b" * 32, "c" * 32


def _tracking(**files: str) -> Tracking:
    return Tracking(Overlay({path.replace("__", "/").replace("_", "."): text.encode() for path, text in files.items()}))


def test_an_output_of_a_stage_with_a_working_directory() -> None:
    tracking = _tracking(
        sub__dvc_yaml="stages: {train: {cmd: x, wdir: ../src, outs: [model.bin]}}",
        sub__dvc_lock=f"schema: '2.0'\nstages: {{train: {{cmd: x, outs: [{{path: model.bin, md5: {A}, hash: md5}}]}}}}",
    )
    output = tracking.output("src/model.bin")
    assert output is not None and (output.pin.stage, output.pin.md5, output.source) == ("train", A, "sub/dvc.lock")


def test_a_file_added_by_itself() -> None:
    output = _tracking(data__x_csv_dvc=f"outs:\n- {{path: x.csv, md5: {A}, hash: md5, size: 3}}\n").output("data/x.csv")
    assert output is not None and (output.pin.stage, output.pin.size, output.cached) == (None, 3, True)


@cases(
    "declared",
    [
        "train: {cmd: x, metrics: [m.json: {cache: false}]}",
        "train: {foreach: [1], do: {cmd: x, metrics: [m.json: {cache: false}]}}",
        "train: {cmd: x, outs: ['${where}.json': {cache: false}]}",
    ],
)
def test_what_is_kept_in_git_is_told(declared: str) -> None:
    lock = f"schema: '2.0'\nstages: {{train@1: {{cmd: x, outs: [{{path: m.json, md5: {A}}}]}}}}"
    output = _tracking(dvc_yaml=f"stages: {{{declared}}}", dvc_lock=lock).output("m.json")
    assert output is not None and not output.cached


def test_predictions_are_linked_through_stages_or_made_beside_the_artifact() -> None:
    lock = f"""schema: '2.0'
stages:
  train: {{cmd: x, outs: [{{path: model, md5: {A}}}, {{path: beside.csv, md5: {C}}}]}}
  score: {{cmd: x, deps: [{{path: model, md5: {A}}}], outs: [{{path: raw, md5: {B}}}]}}
  evaluate: {{cmd: x, deps: [{{path: raw, md5: {B}}}], outs: [{{path: out.csv, md5: {C}}}]}}
  other: {{cmd: x, deps: [{{path: model, md5: {B}}}], outs: [{{path: other.csv, md5: {C}}}]}}
"""
    tracking = _tracking(dvc_lock=lock)
    linked = {
        path: tracking.linked(Pin(path, md5=C), Pin("model", md5=A)) for path in ("out.csv", "beside.csv", "other.csv")
    }
    assert linked == {"out.csv": True, "beside.csv": True, "other.csv": False}


def test_a_holdout_is_what_dvc_tracks_of_what_was_read_but_for_the_artifacts_and_what_they_made() -> None:
    one, two, three, four, five = (f"{n}" * 31 + "f" for n in range(1, 6))
    lock = f"""schema: '2.0'
stages:
  split: {{cmd: x, outs: [{{path: data/split, md5: {B}.dir}}]}}
  train:
    cmd: x
    deps: [{{path: data/split/train.csv, md5: {one}}}]
    outs: [{{path: model, md5: {A}.dir}}, {{path: beside.csv, md5: {two}}}]
  score:
    cmd: x
    deps: [{{path: model/weights, md5: {three}}}, {{path: model, md5: {A}.dir}}, {{path: score.py, md5: {C}}},
           {{path: data/split/test.csv, md5: {four}}}]
    outs: [{{path: scores, md5: {C}.dir}}]
  evaluate:
    cmd: x
    deps: [{{path: scores/raw, md5: {A}}}, {{path: beside.csv, md5: {two}}}, {{path: labels.csv, md5: {five}}}]
    outs: [{{path: out.csv, md5: {C}}}]
"""
    tracking = _tracking(dvc_lock=lock, labels_csv_dvc=f"outs: [{{path: labels.csv, md5: {five}}}]")
    artifact = Pin("model", md5=f"{A}.dir")
    known = {four: "data/split/test.csv", two: "beside.csv", five: "labels.csv"}
    assert tracking.holdout(Pin("out.csv", md5=C), [artifact]) == known
    assert tracking.holdout(Pin("labels.csv", md5=five), [artifact]) == {}
    assert tracking.holdout(Pin("elsewhere.csv", md5=C), [artifact]) == {}


def test_a_circle_of_stages_ends() -> None:
    lock = f"""schema: '2.0'
stages:
  a: {{deps: [{{path: y, md5: {A}}}], outs: [{{path: x, md5: {B}}}]}}
  b: {{deps: [{{path: x, md5: {B}}}], outs: [{{path: y, md5: {A}}}]}}
"""
    assert not _tracking(dvc_lock=lock).linked(Pin("x", md5=B), Pin("model", md5=C))


def test_what_was_pushed_to_a_cloud_versioned_remote_is_pinned_by_version_and_a_folder_by_its_files() -> None:
    cloud = "cloud: {storage: {etag: x, version_id: "
    files = f"[{{relpath: b.csv, md5: {B}, size: 2, {cloud}v2}}}}}}, {{relpath: a/b.csv, md5: {A}, {cloud}v1}}}}}}]"
    tracking = _tracking(
        x_csv_dvc=f"outs:\n- {{path: x.csv, md5: {A}, hash: md5, {cloud}v0}}}}}}\n",
        parts_dvc=f"outs:\n- {{path: parts, hash: md5, files: {files}}}\n",
        other_dvc=f"outs:\n- {{path: other, md5: {A}, remote: second, {cloud}v0}}}}}}\n",
        dvc_lock=f"schema: '2.0'\nstages: {{e: {{deps: [{{path: parts, md5: {C}.dir}}], outs: []}}}}",
    )
    pins = [output.pin for path in ("x.csv", "parts", "other") if (output := tracking.output(path))]
    assert [(pin.remote, pin.version_id) for pin in pins] == [("storage", "v0"), ("storage", None), ("second", None)]
    assert pins[1].md5 == folder_md5({"b.csv": B, "a/b.csv": A})
    assert pins[1].files == (Member("b.csv", B, 2, "v2"), Member("a/b.csv", A, None, "v1"))


@cases("files", ["[{relpath: a}]", "[a]", "{}", "[]", "[{md5: x}]"])
def test_a_folder_whose_files_are_not_said_is_not_tracked(files: str) -> None:
    assert _tracking(parts_dvc=f"outs:\n- {{path: parts, hash: md5, files: {files}}}\n").output("parts") is None


def test_an_import_tells_where_it_is_from_and_one_without_bytes_how_to_get_them() -> None:
    tracking = _tracking(
        x_csv_dvc=f"frozen: true\ndeps: [{{path: 'https://example.org/x'}}]\nouts: [{{path: x.csv, md5: {A}}}]",
        y_csv_dvc=f"deps: [{{path: y, repo: {{url: ../other}}}}]\nouts: [{{path: y.csv, md5: {A}}}]",
        z_csv_dvc="deps: [{path: z, repo: {url: ../other}}]\nouts: [{path: z.csv, hash: md5}]",
    )
    sources = [output.imported for path in ("x.csv", "y.csv", "z.csv") if (output := tracking.output(path))]
    assert sources == ["https://example.org/x", "../other"]
    assert not lacking(tracking.untracked_reason("z.csv"), "z.csv", "without its bytes", "dvc update z.csv.dvc")


def test_a_file_in_a_tracked_folder_is_said_so_wherever_it_lies() -> None:
    tracking = _tracking(
        dvc_lock=f"schema: '2.0'\nstages: {{e: {{outs: [{{path: eval, md5: {A}.dir}}]}}}}", eval__m_json="{}"
    )
    pin = evaluation_pins(tracking, {"m": "eval/m.json"})["m"]
    assert not lacking(str(pin), "eval/m.json", "folder eval", "DVC tracks")


def test_a_lock_that_does_not_parse_is_named() -> None:
    found = evaluation_pins(_tracking(dvc_lock="a: b: c"), {"m": "m.json"})["m"]
    assert "dvc.lock:1:5: not YAML" in str(found)
