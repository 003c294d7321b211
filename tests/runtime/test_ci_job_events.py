"""What a job knows of its event: every example of GitHub's own is read, or is about no pull request."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ground import nodes
from house import PROJECT
from messages import lacking

from mlops_gitops.cli.main import main
from mlops_gitops.core.errors import Undecided
from mlops_gitops.runtime import ci_job
from mlops_gitops.runtime.ci_job import Event

EXAMPLES = "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
PULLS = {
    "pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_review_thread",
}  # fmt: skip
TAKEN = PULLS | {"merge_group", "push", "workflow_dispatch", "workflow_run", "release", "repository_dispatch"}
SCHEDULE = {"schedule": "23 * * * *", "repository": {"full_name": "example/models"}, "workflow": "status.yml"}
GROUP = Event(104, "2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d")

Reader = Callable[[str, Any], Event | None]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Reads an event as a job that it started; a payload of bytes is written as it is."""

    def read(name: str, payload: Any) -> Event | None:
        path = tmp_path / "event.json"
        path.write_bytes(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        for variable, value in (("ACTIONS", "true"), ("EVENT_NAME", name), ("EVENT_PATH", str(path))):
            monkeypatch.setenv(f"GITHUB_{variable}", value)
        return ci_job.event()

    return read


def _examples() -> list[tuple[str, dict[str, Any]]]:
    listed = json.loads((nodes.installed() / EXAMPLES).read_text())
    return [(entry["name"], example) for entry in listed for example in entry["examples"]]


def _expected(name: str, payload: dict[str, Any]) -> Event | None:
    if name == "merge_group":
        return GROUP
    return Event(payload["pull_request"]["number"]) if name in PULLS else None


def test_every_example_of_github_s(read: Reader) -> None:
    examples = _examples()
    assert {name for name, _ in examples} >= TAKEN and len(examples) > 250
    for name, payload in [*examples, ("schedule", SCHEDULE), ("an_event_of_next_year", {"x": [1]})]:
        assert read(name, payload) == _expected(name, payload), name
        more = payload | {"unknown": {"deep": [None, {}]}, "": ""}
        assert read(name, more) == _expected(name, payload), name
    (opened, *_) = (payload for name, payload in examples if name == "pull_request")
    assert read("pull_request_target", opened) == Event(opened["number"])


def test_an_event_about_no_pull_request_is_not_even_opened(read: Reader) -> None:
    for name in ("push", "schedule", "workflow_run", "issue_comment", ""):
        assert read(name, b"\xff{") is None


GROUP_OF_NONE = {"head_sha": "a" * 40, "head_ref": "refs/heads/main"}
NO_COMMIT = {"head_sha": "--upload-pack=x", "head_ref": f"refs/heads/gh-readonly-queue/main/pr-7-{'a' * 40}"}


@pytest.mark.parametrize("number", [True, 0, -1, 1.5, "7", None, [7], {}])
def test_what_is_no_number_is_none(read: Reader, number: object) -> None:
    with pytest.raises(Undecided, match=r"event.*pull_request_review.*cannot be read"):
        read("pull_request_review", {"pull_request": {"number": number}})


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("pull_request", b""),
        ("pull_request", b'{"pull_request": {"number": 7}'),
        ("pull_request", b'{"pull_request": {"number": 1e999}}'),
        ("pull_request", b'{"pull_request": {"number": NaN}}'),
        ("pull_request", b"\xff"),
        ("pull_request", b"[" * 100_000),
        ("pull_request", []),
        ("pull_request", {"number": 7}),
        ("pull_request", {"pull_request": None}),
        ("merge_group", {"merge_group": GROUP_OF_NONE}),
        ("merge_group", {"merge_group": NO_COMMIT}),
        ("merge_group", {"merge_group": {"head_sha": 1, "head_ref": 2}}),
        ("merge_group", {"pull_request": {"number": 7}}),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(
    read: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, payload: object
) -> None:
    with pytest.raises(Undecided):
        read(name, payload)
    (tmp_path / "repository").mkdir()
    assert main(["check", "--repo", str(_bare(tmp_path / "repository"))]) == 3
    out, err = capsys.readouterr()
    said, help = err.splitlines()
    assert not lacking(said, "error", "event", name, "cannot be read") and out == ""
    assert help.startswith("help: GITHUB_EVENT_PATH")


def _bare(folder: Path) -> Path:
    """The smallest repository of ours."""
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    (folder / "mlops.yaml").write_text(PROJECT)
    return folder


def test_a_job_that_lost_its_event_is_not_taken_for_one_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    with pytest.raises(Undecided):
        ci_job.event()
