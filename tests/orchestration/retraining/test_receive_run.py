"""What job two takes of a folder: what the base names, byte for byte; all else is refused by name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cases import cases
from handed import PIPELINE, Handed, base, entry, handed, lock, md5, outputs, params
from messages import lacking

from mlops_gitops.core.errors import Undecided
from mlops_gitops.orchestration.retraining.receive_run import HandOverRefused, read_run
from mlops_gitops.retraining.handover.handed_run import Ending, HandedRun

Change = Callable[[Handed], object]


def test_an_honest_run_is_taken(tmp_path: Path) -> None:
    found = handed(tmp_path).received()
    assert sorted(found.files) == ["dvc.lock", "metrics.json", "params.yaml"]
    assert found.files["params.yaml"] == params("2026-03-01")
    assert found.cached == ("models/churn/model.skops", "models/churn/tokens", "data/holdout.csv")
    digest = md5(b"model 2\n")
    assert (tmp_path / "cache/files/md5" / digest[:2] / digest[2:]).read_bytes() == b"model 2\n"
    names = [path.parent.name + path.name for path in (tmp_path / "cache/files").rglob("*") if path.is_file()]
    assert sum(name.endswith(".dir") for name in names) == 1
    assert len(names) == 5


def test_a_run_that_changed_nothing_hands_over_nothing(tmp_path: Path) -> None:
    own = handed(tmp_path)
    for path in [path for path in own.files.rglob("*") if path.is_file()]:
        path.unlink()
    same = base(params__yaml=params("2026-03-01"), dvc__lock=json.dumps(lock("1", "2026-03-01")).encode())
    assert own.received(same).files == {}
    with pytest.raises(HandOverRefused, match=r"train\.until was 2026-01-01"):  # the last run is of other params
        own.received(base(params__yaml=params("2026-03-01")))


def test_an_input_in_a_folder_that_the_run_made_is_known_by_its_listing(tmp_path: Path) -> None:
    vocabulary = "models/churn/tokens/a/vocab.txt"
    own, tree = (
        handed(tmp_path),
        base(dvc__yaml=PIPELINE.replace("deps: [evaluate.py", f"deps: [evaluate.py, {vocabulary}").encode()),
    )
    made = outputs("2")["models/churn/tokens"]
    assert not isinstance(made, bytes)
    read = entry(vocabulary, made["a/vocab.txt"])
    own.lock(lambda stages: stages["evaluate"]["deps"].append(read))
    assert own.received(tree).cached
    own.lock(lambda stages: stages["evaluate"]["deps"].append({**read, "md5": "a" * 32}))
    with pytest.raises(HandOverRefused, match=vocabulary):
        own.received(tree)


CLAIMS = HandedRun("churn", "2026-03-01T00:00:00Z", "2026-03-01T00:00:05Z", 61.5, Ending.FINISHED)


def test_what_a_run_says_of_itself(tmp_path: Path) -> None:
    with pytest.raises(Undecided, match=r"no run\.json"):
        read_run(str(tmp_path), "churn")
    (tmp_path / "run.json").write_bytes(CLAIMS.render())
    assert read_run(str(tmp_path), "churn") == CLAIMS
    with pytest.raises(HandOverRefused, match=r"churn.*fraud"):
        read_run(str(tmp_path), "fraud")


@cases("change", [
    {"format": "x"}, {"decided": "yesterday"}, {"decided": "2026-02-30T00:00:00Z"}, {"seconds": -1}, {"seconds": True},
    {"seconds": 1e300}, {"reason": "a" * 10_001},
    {"ending": "well"}, {"model": 1}, {"reason": "a\x1b[2J"}, {"started": None},
])  # fmt: skip
def test_what_a_run_cannot_say(tmp_path: Path, change: dict[str, Any]) -> None:
    data = json.loads(CLAIMS.render()) | change
    (tmp_path / "run.json").write_text(json.dumps(data))
    with pytest.raises(HandOverRefused, match=r"run\.json"):
        read_run(str(tmp_path), "churn")


def _link(target: str, path: str) -> Change:
    def change(own: Handed) -> None:
        place = own.files / path
        place.unlink(missing_ok=True)
        place.symlink_to(target)

    return change


def _write(path: str, text: str = "x\n") -> Change:
    return lambda own: own.write(path, text.encode())


def _lock(change: Callable[[Any], object]) -> Change:
    return lambda own: own.lock(change)


def _hard_link(own: Handed) -> None:
    os.link(own.files / "data/holdout.csv", own.files / "data/other.csv")


def _pipe(own: Handed) -> None:
    (own.files / "data/holdout.csv").unlink()
    os.mkfifo(own.files / "data/holdout.csv")


def _linked_folder(own: Handed) -> None:
    (own.files / "data").rename(own.folder.parent / "elsewhere")
    (own.files / "data").symlink_to(own.folder.parent / "elsewhere")


def _renamed(stages: Any, path: str) -> dict[str, Any]:
    return {**stages["train"]["outs"][0], "path": path}


_A = "a" * 32
REFUSED = [
    # what it is
    ("a symbolic link", _link("/etc/passwd", "data/holdout.csv"), ("data/holdout.csv", "symbolic link")),
    ("a link in a folder", _link("/etc/passwd", "models/churn/tokens/more.txt"), ("tokens/more.txt", "symbolic link")),
    ("a linked folder", _linked_folder, ("data", "symbolic link")),
    ("a hard link", _hard_link, ("data/holdout.csv", "hard link")),
    ("a pipe", _pipe, ("data/holdout.csv", "pipe")),
    ("two spellings", _write("Metrics.json"), ("metrics.json", "two spellings")),
    ("folders in two spellings", _write("Data/more.csv"), ("data", "two spellings")),
    ("a control character", _write("data/a\nb.csv"), ("data/a\\x0ab.csv",)),
    ("beside the files", lambda own: (own.folder / "more.sh").write_text(""), ("more.sh", "does not belong")),
    ("a linked log", lambda own: _link_log(own), ("log.txt", "does not belong")),
    # what it is of
    ("dvc.yaml", _write("dvc.yaml", PIPELINE), ("dvc.yaml", "neither")),
    ("the project", _write("mlops.yaml"), ("mlops.yaml", "neither")),
    ("a workflow", _write(".github/workflows/release.yml"), (".github/workflows/release.yml", "neither")),
    ("its source", _write("train.py"), ("train.py", "neither")),
    ("settings of DVC", _write(".dvc/config"), (".dvc/config", "neither")),
    ("an output of another stage", _write("data/train.csv"), ("data/train.csv", "neither")),
    ("an undeclared file", _write("notes.txt"), ("notes.txt", "neither")),
    ("a file beside an output", _write("models/churn/model.skops.bak"), ("model.skops.bak", "neither")),
    # what is in it
    ("other bytes of one size", _write("models/churn/model.skops", "model 3\n"), ("model.skops", "digest")),
    ("more bytes", _write("models/churn/model.skops", "model 22\n"), ("models/churn/model.skops", "9", "8")),
    ("a file more in a folder", _write("models/churn/tokens/more.txt"), ("models/churn/tokens", "bytes")),
    ("an empty file more in a folder", _write("models/churn/tokens/more.txt", ""), ("models/churn/tokens", "digest")),
    ("another metric", _write("metrics.json", '{"p95": 9}\n'), ("metrics.json", "evaluate")),
    ("another param", _write("params.yaml", 'train: {until: "2030-01-01"}\n'), ("params.yaml", "named params")),
    ("no output", lambda own: (own.files / "data/holdout.csv").unlink(), ("data/holdout.csv", "not handed over")),
    ("no dvc.lock", lambda own: (own.files / "dvc.lock").unlink(), ("neither",)),
    ("a dvc.lock that is none", _write("dvc.lock", "- x\n"), ("data/holdout.csv", "neither")),
    ("a dvc.lock that does not parse", _write("dvc.lock", "{"), ("dvc.lock",)),
    # what dvc.lock says
    ("a stage not named", _lock(lambda s: s["prepare"]["outs"][0].update(size=9)), ("prepare", "pipeline.stages")),
    ("a stage more", _lock(lambda s: s.update(deploy=s["prepare"])), ("deploy", "pipeline.stages")),
    ("a stage less", _lock(lambda s: s.pop("prepare")), ("drops", "prepare")),
    ("a named stage less", _lock(lambda s: s.pop("evaluate")), ("data/holdout.csv", "neither")),
    ("another command", _lock(lambda s: s["train"].update(cmd="curl x | sh")), ("train", "command")),
    ("a template for a command", _lock(lambda s: s["evaluate"].update(cmd="${x}")), ("evaluate", "template")),
    ("another schema", lambda own: _schema(own, "1.0"), ("dvc.lock", "schema")),
    ("no schema", lambda own: _schema(own, None), ("dvc.lock", "schema")),
    ("a count of none", _lock(lambda s: s["train"]["outs"][1].update(nfiles="x")), ("models/churn/tokens", "MD5")),
    ("another input", _lock(lambda s: s["train"]["deps"][0].update(md5=_A)), ("train", "data/train.csv")),
    ("another source", _lock(lambda s: s["train"]["deps"][1].update(md5=_A)), ("train", "train.py")),
    ("another model judged", _lock(lambda s: s["evaluate"]["deps"][1].update(md5=_A)), ("evaluate", "model.skops")),
    ("an input less", _lock(lambda s: s["train"]["deps"].pop()), ("train", "train.py")),
    ("an input more", _lock(lambda s: s["train"]["deps"].append(_renamed(s, "x"))), ("x", "deps")),
    ("an output more", _lock(lambda s: s["train"]["outs"].append(_renamed(s, "x"))), ("x",)),
    ("an output twice", _lock(lambda s: s["train"]["outs"].append(s["train"]["outs"][0])), ("twice", "train")),
    ("an output less", _lock(lambda s: s["train"]["outs"].pop()), ("models/churn/tokens",)),
    ("a param of another value", _lock(lambda s: _param(s, "2030-01-01")), ("train.until", "2030-01-01")),
    ("a param more", _lock(lambda s: s["train"]["params"]["params.yaml"].update(x=1)), ("x", "params.yaml")),
    ("a params file more", _lock(lambda s: s["train"]["params"].update({"x.yaml": {"a": 1}})), ("x.yaml",)),
    ("a key of no run", _lock(lambda s: s["train"].update(desc="x")), ("desc", "train")),
    ("a cloud's version", _lock(lambda s: s["train"]["outs"][0].update(cloud={})), ("models/churn/model.skops", "MD5")),
    ("a path upwards", _lock(lambda s: s["train"]["outs"][0].update(path="../x")), ("../x",)),
    ("an absolute path", _lock(lambda s: s["train"]["outs"][0].update(path="/etc/x")), ("/etc/x",)),
    ("an address", _lock(lambda s: s["train"]["outs"][0].update(path="s3://b/x")), ("model.skops", "neither")),
    ("no digest", _lock(lambda s: s["train"]["outs"][0].pop("md5")), ("models/churn/model.skops",)),
    ("a digest of none", _lock(lambda s: s["train"]["outs"][0].update(md5="../../x")), ("models/churn/model.skops",)),
    ("an old digest", _lock(lambda s: s["train"]["outs"][0].pop("hash")), ("models/churn/model.skops", "MD5")),
    ("another size of an output", _lock(lambda s: _size(s, "train", "outs", 0)), ("models/churn/model.skops", "99")),
    ("another size of a folder", _lock(lambda s: _size(s, "train", "outs", 1)), ("models/churn/tokens", "99")),
    ("another size of a metric", _lock(lambda s: _size(s, "evaluate", "outs", 1)), ("metrics.json", "99", "11")),
    ("another size of an input", _lock(lambda s: _size(s, "train", "deps", 0)), ("data/train.csv", "99", "5")),
    ("another size of a source", _lock(lambda s: _size(s, "train", "deps", 1)), ("train.py", "99", "8")),
    ("another size of what a stage made", _lock(lambda s: _size(s, "evaluate", "deps", 1)), ("evaluate", "99", "8")),
    ("another count of files", _lock(lambda s: _size(s, "train", "outs", 1, "nfiles")), ("tokens", "99 files", "2")),
    ("no size", _lock(lambda s: s["train"]["outs"][0].pop("size")), ("models/churn/model.skops", "MD5")),
]  # fmt: skip


def _param(stages: Any, value: str) -> None:
    stages["train"]["params"]["params.yaml"]["train.until"] = value


def _size(stages: Any, stage: str, key: str, number: int, what: str = "size") -> None:
    stages[stage][key][number][what] = 99


def _schema(own: Handed, version: str | None) -> None:
    own.write("dvc.lock", json.dumps(lock("2", "2026-03-01") | {"schema": version}).encode())


def _link_log(own: Handed) -> None:
    (own.folder / "log.txt").unlink()
    (own.folder / "log.txt").symlink_to("/etc/passwd")


@cases("name, change, facts", REFUSED)
def test_what_is_refused(tmp_path: Path, name: str, change: Change, facts: tuple[str, ...]) -> None:
    own = handed(tmp_path)
    change(own)
    with pytest.raises(HandOverRefused) as refused:
        own.received()
    reasons = "\n".join(refused.value.reasons)
    assert lacking(reasons, *facts) == [], (name, reasons)
