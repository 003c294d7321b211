"""No command runs anything that a pull request brought: on a laptop, in a hook, in a job."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hostile_checkout import DRIVER, PYTHON, Checkout, exit_codes, run
from house import Repository

from mlops_gitops.core import plugins

pytestmark = pytest.mark.outside

TOKENS = {"GITHUB_TOKEN": "ghs_forge", "AWS_SECRET_ACCESS_KEY": "s3cret", "AWS_ACCESS_KEY_ID": "key"}
# Every command of the product, in the forms that read most. `{N}` is the number of the hostile pull request.
COMMANDS: dict[str, list[list[str]]] = {
    "advance": [["advance"]],
    "audit": [["audit", "--data"], ["audit", "--rev", "HEAD"], ["audit", "export", "--out", "{ZIP}"],
              ["audit", "anchor"], ["audit", "checkpoint"], ["audit", "--since-checkpoint"]],
    "bom": [["bom", "churn"]],
    "card": [["card", "adopt", "models/churn/README.md", "--dry-run"], ["card", "new", "churn", "--dry-run"]],
    "check": [["check", "{N}", "--no-status"], ["check", "--all"], ["check", "--push"]],
    "completion": [["completion", "models"], ["completion", "bash"]],
    "demo": [["demo", "--help"]],  # works in a folder of its own: test_the_demo_runs_nothing_of_it
    "diff": [["diff", "churn", "1.0.0", "1.1.0"]],
    "doctor": [["doctor"]],
    "explain": [["explain", "verify", "churn"], ["explain", "verify", "churn", "--re-run"],
                ["explain", "init", "churn", "--dry-run"]],
    "fetch": [["fetch", "churn", "--in", "staging", "--out", "{OUT}"]],
    "gate": [["gate", "churn"], ["gate", "churn", "--rev", "HEAD"], ["gate", "plan", "churn"]],
    "governance": [["governance"], ["governance", "churn", "--pack", "nyc-ll144"]],
    "history": [["history"]],
    "init": [["init", "--dry-run"]],
    "inventory": [["inventory"]],
    "issue": [["issue", "list", "--all"]],
    "metrics": [["metrics"]],
    "monitor": [["monitor", "--backtest"], ["monitor"]],
    "observe": [["observe", "churn", "--in", "staging", "--target", "eu-api", "--from", "mlops.yaml", "--dry-run"]],
    "pr": [["pr", "list", "--all"], ["pr", "show", "{N}"], ["pr", "approve", "{N}"],
           ["pr", "open"], ["pr", "merge", "--only", "{N}", "--rebase"],
           ["pr", "merge", "{N}", "--force", "--squash"]],
    "profile": [["profile", "churn"]],
    "promote": [["promote", "churn", "--to", "staging", "--release", "1.0.0"]],
    "record": [["record"]],
    "release": [["release", "churn", "1.1.0"], ["release", "churn", "1.2.0", "--local"]],
    "releases": [["releases"]],
    # The pipeline that these run is that of the base.
    "retrain": [["retrain", "--check"], ["retrain", "run", "--out", "{OUT}"], ["retrain", "propose", "--from", "{OUT}"],
                ["retrain"]],
    "replay": [["replay", "promotions/staging/churn/0001.json", "--data"], ["replay", "--with", "mlops.yaml"]],
    "rollback": [["rollback", "churn", "--in", "staging", "--why", "x"]],
    "rollout": [["rollout", "churn", "--in", "staging"]],
    "rules": [["rules"]],
    "schema": [["schema"]],
    "screen": [["screen", "{N}"]],
    "status": [["status"], ["status", "--mine"]],
    "validate": [["validate"], ["validate", "models/churn/README.md", "mlops.yaml"], ["validate", "--base", "HEAD~1"]],
}  # fmt: skip

# Live data are read from the remote, and a number from the work tree.
MONITORING = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: 2024-01-01
every: 365d
grace: 2d
environments: [production]
windows:
  scored: {path: "remote://live/{date}.csv", key: customer}
watch:
  - {id: rows, quality: {rows: {at_least: 5}}}
  - {id: latency, number: {file: metrics.json, key: p95_ms, at_most: 1}}
"""
RETRAINING = """apiVersion: mlops-gitops/v1
kind: Retraining
model: churn
decides: {operations: 1}
triggers:
  - {id: few, alarm: rows}
  - {id: data, changed: data/holdout.csv}
cooldown: 14d
budget: {runs: 4 per month, minutes: 120}
pipeline: {stages: [train, evaluate]}
evaluate: holdout
then: pull_request
"""


@pytest.fixture
def checkout(repository: Repository, tmp_path: Path) -> Checkout:
    """A clone at the head of a promotion's pull request, to which somebody has pushed everything that could run."""
    marks = tmp_path / "marks"
    marks.mkdir()
    repository.to_production()
    repository.write("models/churn/monitoring.yaml", MONITORING)
    repository.write("models/churn/retraining.yaml", RETRAINING)
    repository.agree("watch", "bob")
    repository.retrain(46)
    repository.release("1.1.0")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    branch = repository.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["branch"]
    repository.sh("git", "fetch", "-q")
    repository.sh("git", "checkout", "-q", branch)
    entry = Checkout(repository, marks)
    entry.plant()
    repository.sh("git", "push", "-q", "origin", f"HEAD:{branch}")
    repository.sh("rm", "-rf", ".dvc/cache", "data/holdout.csv")  # so that the remote is asked
    entry.use_own_tools()
    assert entry.marked() == []
    return entry


def _number(checkout: Checkout) -> str:
    listed = checkout.repository.ok("pr", "list", "--format", "json").json["pull_requests"]
    return str(listed[-1]["number"])


def _ran(checkout: Checkout, tmp_path: Path, **more: str) -> dict[str, int]:
    """Runs every command line in one process that starts as the console script does; their exit codes."""
    filled = {"{N}": _number(checkout), "{OUT}": str(tmp_path / "out"), "{ZIP}": str(tmp_path / "out.zip")}
    lines = [[filled.get(word, word) for word in words] for value in COMMANDS.values() for words in value]
    (tmp_path / "lines.json").write_text(json.dumps(lines))
    (tmp_path / "driver.py").write_text(DRIVER)
    done = run([*PYTHON, tmp_path / "driver.py", tmp_path / "lines.json"], checkout.root, **more)
    codes = dict(exit_codes(done.stdout))

    assert len(codes) == len(lines), done.stdout + done.stderr
    assert "this is a bug" not in done.stdout + done.stderr
    return codes


def test_every_command_is_in_the_list() -> None:
    assert sorted(COMMANDS) == sorted(plugins.names("cli.commands"))


@pytest.mark.parametrize(
    "mode",
    [
        {},
        {"GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/index", "GIT_PREFIX": "", "PRE_COMMIT": "1"},
        {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_ACTOR": "bob", "GITHUB_EVENT_NAME": "push"} | TOKENS,
    ],
    ids=["laptop", "hook", "job"],
)
def test_no_command_runs_what_a_pull_request_brought(checkout: Checkout, tmp_path: Path, mode: dict[str, str]) -> None:
    judged = f"check {_number(checkout)} --no-status"
    codes = _ran(checkout, tmp_path, **mode)
    assert checkout.marked() == []
    assert {codes[judged], codes["check --push"]} <= {1, 2}
    assert codes["monitor"] in (1, 3)  # live data, and the number of the work tree, were looked at


def test_without_settings_of_its_own_the_base_s_data_is_measured(checkout: Checkout, tmp_path: Path) -> None:
    checkout.repository.sh("git", "rm", "-q", "--cached", ".dvc/config.local")
    (checkout.root / ".dvc/config.local").unlink()
    checkout.marked()  # git itself has run the programs of its user
    codes = _ran(checkout, tmp_path)
    assert checkout.marked() == []
    measured = ("gate churn", "gate churn --rev HEAD", "audit --data", f"fetch churn --in staging --out {tmp_path}/out")
    assert [codes[words] for words in measured] == [0, 0, 0, 0]


def test_a_bare_repository_among_the_files_is_not_entered(checkout: Checkout) -> None:
    for folder in ("data/bare", "data/bare/refs"):
        for words in (["validate"], ["status"], ["init", "--dry-run"], ["gate", "churn"]):
            run([*PYTHON, "-m", "mlops_gitops", *words], checkout.root / folder)
            run([*PYTHON, "-m", "mlops_gitops", *words, "--repo", folder], checkout.root)
    assert checkout.marked() == []


def test_the_demo_runs_nothing_of_it(checkout: Checkout, tmp_path: Path) -> None:
    done = run([Path(sys.executable).parent / "mlops-gitops", "demo", "--repo", tmp_path / "demo"], checkout.root)
    assert (done.returncode, checkout.marked()) == (0, []), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        (["python", "-m", "mlops_gitops", "--version"], "import-mlops_gitops"),
        (["dvc", "pull", "-q"], "credential-process"),
        (["dvc", "repro", "-q", "planted"], "stage"),
        (["git", "-C", "data/bare", "status"], "fsmonitor"),
        (["git", "checkout-index", "--force", "--all"], "smudge"),
        (["git", "add", "--renormalize", "."], "clean"),
        (["git", "commit", "--allow-empty", "-q", "-m", "x"], "hook-pre-commit"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_plants_are_live(checkout: Checkout, words: list[str], mark: str) -> None:
    """What a program does that does not take care; else the tests above would prove nothing."""
    done = run(words, checkout.root)
    assert mark in checkout.marked(), done.stdout + done.stderr
