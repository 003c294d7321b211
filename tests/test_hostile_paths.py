"""Paths made to hurt: in files, on disk, and in their names."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sample
from fuzz.way import alarm, told
from messages import lacking

from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Overlay, WorkTree
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.reporting.findings import findings_report
from mlops_gitops.reporting.reporter import PLAIN
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

CARD = "models/churn/README.md"
KPIS = "models/churn/kpis.yaml"
STATE = "environments/staging/churn.yaml"
RECORD = "promotions/staging/churn/0001.json"


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    with alarm(60):
        yield


def _problems(changes: dict[str, bytes]) -> tuple[Diagnostic, ...]:
    head = Snapshot(Overlay({**sample.files(), **changes}))
    return told(validate(Context(head, sample.TODAY), Scope.TREE))


LEAVING = ["../x", "/etc/passwd", "C:\\x", "C:/../x", "a/../../b", "a/./b", "a//b", "..", ".", "", "a\\..\\b", "a/"]


@pytest.mark.parametrize("path", LEAVING)
def test_no_path_in_a_file_leaves_the_repository(path: str) -> None:
    edits = {
        CARD: sample.CARD.replace("models/churn/model.skops", json.dumps(path)),
        KPIS: sample.KPIS.replace("data/holdout.csv", json.dumps(path)),
        "mlops.yaml": sample.PROJECT + f"paths: {{releases: {json.dumps(path)}}}\n",
    }  # fmt: skip
    for name, text in edits.items():
        found = [d for d in _problems({name: text.encode()}) if d.span.path == name]
        assert {d.rule for d in found} == {"schema"}, (name, found)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The sample on disk."""
    for path, data in sample.files().items():
        (tmp_path / "root" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / path).write_bytes(data)
    return tmp_path / "root"


def _on_disk(root: Path) -> list[tuple[str, str, str]]:
    head = Snapshot(WorkTree(str(root)))
    found = told(validate(Context(head, sample.TODAY), Scope.TREE))
    report = findings_report(found, head, files=len(head.index))
    for name in plugins.names("reporting.formats"):
        plugins.load("reporting.formats", name, "REPORTER").render(report, PLAIN)
    return [(d.rule, d.span.path, d.message) for d in found]


def test_a_pipe_at_a_file_s_place_is_not_waited_for(root: Path) -> None:
    (root / KPIS).unlink()
    os.mkfifo(root / KPIS)
    ((rule, path, message),) = _on_disk(root)
    assert (rule, path) == ("unreadable", KPIS) and not lacking(message, KPIS, "not a plain file")


def test_a_folder_at_a_file_s_place(root: Path) -> None:
    (root / CARD).unlink()
    (root / CARD).mkdir()
    assert load(WorkTree(str(root)), CARD) is None
    ((rule, path, message),) = _on_disk(root)
    assert (rule, path) == ("card-and-kpis", "releases/churn/1.0.0.yaml")
    assert not lacking(message, "churn", "releases", "no model card", CARD)


@pytest.mark.parametrize(
    "target", ["/dev/zero", "/dev/stdin", "/proc/self/mem", "/etc/passwd", "../../../out.yaml", "nowhere"]
)
def test_a_linked_file_is_not_followed(root: Path, target: str) -> None:
    (root / KPIS).unlink()
    (root / KPIS).symlink_to(target)
    ((rule, path, message),) = _on_disk(root)
    assert (rule, path, "is a symbolic link" in message) == ("unreadable", KPIS, True)


@pytest.mark.parametrize("folder", ["releases/churn", "promotions/staging", "environments/staging", "decisions"])
def test_a_linked_folder_is_told_and_not_looked_into(root: Path, folder: str) -> None:
    (root / folder).rename(root.parent / "outside")
    (root / folder).symlink_to(root.parent / "outside")
    faults = [(rule, path) for rule, path, _ in _on_disk(root)]
    assert any(path.startswith(folder) and rule in ("unexpected-file", "unreadable") for rule, path in faults), faults


def test_a_linked_model_folder_is_told(root: Path) -> None:
    (root / "models/churn").rename(root.parent / "outside")
    (root / "models/churn").symlink_to(root.parent / "outside")
    assert any("models/churn" in message for _, _, message in _on_disk(root)), _on_disk(root)


def test_a_file_that_cannot_be_read(root: Path) -> None:
    # A file without permissions could be read by root; a link to itself by nobody.
    (root / KPIS).unlink()
    (root / KPIS).symlink_to("kpis.yaml")
    ((rule, path, message),) = _on_disk(root)
    assert (rule, path, message.startswith(f"{KPIS} is a symbolic link")) == ("unreadable", KPIS, True)


@pytest.mark.parametrize("path", ["a\x00b", "x" * 5_000, "x/" * 5_000 + "x", "\udcff"])
def test_a_path_that_no_file_can_have(root: Path, path: str) -> None:
    assert not WorkTree(str(root)).exists(path) and load(WorkTree(str(root)), path) is None


@pytest.mark.parametrize(
    "name", [b"a\nb.yaml", b"a'\"b.yaml", b"-rf", b"\xff\xfe.yaml", b"::error::x.yaml", b" .yaml", b"\x1b[2J"]
)
def test_odd_file_names(root: Path, name: bytes) -> None:
    (Path(os.fsdecode(os.path.join(os.fsencode(root), b"releases/churn", name)))).write_bytes(b"x")
    ((rule, path, message),) = _on_disk(root)
    assert (rule, os.fsencode(path), message.isprintable()) == ("unexpected-file", b"releases/churn/" + name, True)
