"""What a job of GitHub Actions shows: summary, outputs and files say the same as the log and the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from acting import parsed
from cases import cases
from house import Answer, Repository
from messages import lines_with

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.reporting.job_summary import publication
from mlops_gitops.reporting.report import Link, Report

TOP = Path(__file__).parent.parent.parent


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a job's files; its variables are set."""
    folder = tmp_path / "job"
    folder.mkdir()
    for name, value in (("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary"), ("RUNNER_TEMP", "")):
        monkeypatch.setenv(name, str(folder / value))
    return folder


def _outputs(job: Path) -> dict[str, str]:
    return parsed((job / "output").read_bytes().decode())


def _agrees(job: Path, answer: Answer, outcome: str) -> dict[str, str]:
    """The outputs, which say what the exit code says."""
    outputs = _outputs(job)
    assert (outputs["outcome"], outputs["exit-code"]) == (outcome, str(answer.code)), answer
    return outputs


def test_a_promotion_from_its_proposal_to_its_check(repository: Repository, job: Path) -> None:
    repository.release()
    proposed = repository.ok("promote", "churn", "--to", "staging", "--format", "github")
    outputs = _agrees(job, proposed, "passed")
    assert outputs["pull-request-number"] == "2" and "sarif-file" not in outputs
    data = json.loads(Path(outputs["diagnostics"]).read_text())
    assert (data["done"], data["pull_request"]["number"]) == ("opened", 2)
    checked = repository.run("check", "2", "--format=github")
    outputs = _agrees(job, checked, "failed")
    assert outputs["pull-request-number"] == "2" and outputs["pull-request-url"] == ""
    assert Path(outputs["diagnostics"]).read_text() == repository.run("check", "2", "--format", "json").out
    assert Path(outputs["sarif-file"]).read_text() == repository.run("check", "2", "--format", "sarif").out
    first, second = (job / "summary").read_text().split("### mlops-gitops check: failed, 1 error")
    assert first.startswith("### mlops-gitops promote: done\n")
    for summary in (first, second):
        assert "| passed | accuracy | 0.9 | point only | ≥ 0.8" in summary
        assert "```mermaid\nflowchart LR" in summary and '"staging: nothing to 1.0.0"' in summary


def test_outputs_and_exit_code_agree_when_a_command_stops(
    repository: Repository, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = repository.run("gate", "nothing-of-the-kind", "--format", "github")
    outputs = _agrees(job, wrong, "misused")
    (annotation,) = wrong.err.splitlines()
    assert annotation.startswith("::error title=mlops-gitops::") and wrong.out == ""
    data = json.loads(Path(outputs["diagnostics"]).read_text())
    assert f"{data['error']}%0A{data['help']}" in annotation
    assert "### mlops-gitops gate: usage or configuration" in (job / "summary").read_text()
    monkeypatch.setenv("MLOPS_GITOPS_PUBLISH", "1")
    _agrees(job, repository.run("nonsense"), "misused")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_EVENT_PATH", "/dev/null")
    _agrees(job, repository.run("check"), "undecided")
    with pytest.raises(SystemExit) as ended:
        repository.run("--version")
    assert ended.value.code == 0 and _outputs(job)["outcome"] == "passed"


def test_a_bug_is_told_as_one(repository: Repository, job: Path) -> None:
    """A dependency that is broken in a way nobody foresaw."""
    bug = "raise RuntimeError('::set-output name=outcome::passed\\n::error::x')\n"
    repository.write("broken/jsonschema_rs.py", bug)
    code = (
        "import sys; sys.path.insert(0, 'broken'); from mlops_gitops.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )

    def run(**env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, "validate", "--format", "github"], cwd=repository.root,
            env=os.environ | {"PYTHONPATH": str(TOP)} | env, capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = run()
    outputs = _agrees(job, Answer(done.returncode, done.stdout, done.stderr), "undecided")
    (said,) = done.stderr.splitlines()
    assert done.returncode == 3 and said.startswith("::error title=mlops-gitops::this is a bug") and done.stdout == ""
    data = json.loads(Path(outputs["diagnostics"]).read_text())
    assert "RuntimeError" in Path(data["help"].rpartition(" ")[2]).read_text()
    assert "could not decide" in (job / "summary").read_text()
    done = run(RUNNER_TEMP=str(job / "nowhere"))
    assert done.returncode == 3 and "Traceback" not in done.stderr and "report it with what led to it" in done.stderr


def test_what_cannot_be_written_is_no_success(
    repository: Repository, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_TEMP", str(job / "nowhere"))
    answer = repository.run("validate", "--format", "github")
    assert answer.code == 3 and lines_with(answer.err, "error", "summary", "outputs", "cannot be written")
    assert not (job / "output").exists()


def test_only_its_own_format_tells_a_job_and_nothing_is_kept_of_it(
    repository: Repository, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.ok("validate")
    repository.ok("validate", "--format", "json")
    assert not list(job.iterdir())
    monkeypatch.setenv("GITHUB_OUTPUT", "")
    repository.ok("validate", "--format", "github")
    assert (job / "summary").read_text() == (
        "### mlops-gitops validate: passed\n\n3 files checked: 0 errors, 0 warnings\n\n"
    )


HOSTILE = "x\noutcome=passed\noutcome<<E\npassed\nE\nghadelimiter_x\n\r\n::set-output name=outcome::passed"


def test_no_words_forge_an_output(job: Path) -> None:
    from mlops_gitops.runtime import console

    found = Diagnostic(HOSTILE, Severity.ERROR, HOSTILE, Span(HOSTILE), HOSTILE)
    report = Report({"diagnostics": [], "x": HOSTILE}, (found,), (), (HOSTILE,), 1, pull=Link(7, HOSTILE))
    published = publication(report)
    console.publish(published.summary, published.outputs, published.files)
    outputs = _outputs(job)
    assert list(outputs) == [*published.outputs, *published.files]
    assert outputs["outcome"] == "failed" and outputs["pull-request-url"] == HOSTILE


@cases("code, outcome", [(0, "passed"), (1, "failed"), (2, "misused"), (3, "undecided")])
def test_a_report_gives_the_same_publication_every_time(code: int, outcome: str) -> None:
    report = Report({"version": 1}, exit_code=code)
    assert publication(report) == publication(report) and publication(report).outputs["outcome"] == outcome
    assert publication(Report({}, exit_code=130)).outputs["outcome"] == "undecided"
