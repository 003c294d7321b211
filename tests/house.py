"""What the tests' repository holds, and a hand to work it with."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import pytest
import warm_programs
from outcomes import Outcomes

from mlops_gitops.cli.main import main
from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.pull_request import Review
from mlops_gitops.git.local_forge.forge import LocalForge
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.runtime import clock

P, T = ParamSpec("P"), TypeVar("T")
# Of every commit that a test makes by git: equal histories have equal ids.
DATES = {"GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z"}
PROPOSE = ("release", "promote", "rollback")  # commands that many tests begin with
NOT_READ_BY_DVC = (".git/", "releases", "promotions", "environments", "decisions", "mlops.yaml", "FREEZE",
                   "mlops-gitops.yaml", "models/churn/README.md", "models/churn/kpis.yaml")  # fmt: skip
PROJECT = """apiVersion: mlops-gitops/v1
kind: Project
branch: main
roles:
  data-science:
    - {login: alice, emails: [alice@example.org]}
    - {login: carol, emails: [carol@example.org]}
  operations:
    - {login: bob, emails: [bob@example.org]}
environments:
  staging: {approvals: {operations: 1}}
  production: {after: [staging], approvals: {data-science: 1, operations: 1}}
"""
CARD = """---
license: apache-2.0
mlops:
  artifacts:
    - path: models/churn/model.skops
  owners:
    - {name: Alice, contact: alice@example.org, role: data-science}
  risk: {class: limited, rationale: Ranks accounts for a call.}
  intended_use: Choosing which accounts to call.
  out_of_scope: Pricing.
  limitations: One country.
---

# Churn

A tree on account history.
"""
KPIS = """apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data:
  holdout:
    path: data/holdout.csv
    key: customer
    label: churned
    prediction: predicted
    score: probability
kpis:
  - id: accuracy
    metric: accuracy
    data: holdout
    owner: data-science
    gate:
      at_least: 0.8
      no_worse_than: {baseline: production, by: 0.02}
      runbook: Hold the release.
  - id: roc-auc
    metric: roc_auc
    data: holdout
  - id: latency
    metric: {file: metrics.json, key: p95_ms}
    gate: {at_most: 40}
"""
PIPELINE = """stages:
  train:
    cmd: python pipeline.py train
    deps: [pipeline.py]
    params: [hits]
    outs: [models/churn/model.skops]
  evaluate:
    cmd: python pipeline.py evaluate
    deps: [pipeline.py, models/churn/model.skops]
    outs: [data/holdout.csv]
    metrics:
      - metrics.json: {cache: false}
"""
# The "model" is how many of fifty customers it gets right: quality is set to the row, and every figure follows.
SCRIPT = """import json, pathlib, re, sys
if sys.argv[1] == "train":
    hits = re.search(r"hits: *([0-9]+)", pathlib.Path("params.yaml").read_text())[1]
    pathlib.Path("models/churn/model.skops").write_text(f"model {hits}\\n")
else:
    hits = int(pathlib.Path("models/churn/model.skops").read_text().split()[1])
    lines = ["customer,churned,predicted,probability"]
    for n in range(50):
        label = n % 2
        guess = label if n < hits else 1 - label
        lines.append(f"c{n},{label},{guess},{0.9 - n / 1000 if guess else 0.1 + n / 1000}")
    pathlib.Path("data").mkdir(exist_ok=True)
    pathlib.Path("data/holdout.csv").write_text("\\n".join(lines) + "\\n")
    pathlib.Path("metrics.json").write_text(json.dumps({"p95_ms": 12.5}) + "\\n")
"""


def _reached_by_dvc(path: str) -> bool:
    """Whether DVC may read or write what is at this path from the top; it never reads what is ours or git's."""
    return not path.startswith("/origin.git") and not path.removeprefix("/repository/").startswith(NOT_READ_BY_DVC)


def desired(release: str, environment: str = "staging") -> str:
    """The text of a desired state."""
    head = "apiVersion: mlops-gitops/v1\nkind: DesiredState\nmodel: churn\n"
    return f'{head}environment: {environment}\nrelease: "{release}"\n'


def filled_in(card: str) -> str:
    """A drafted model card with its blanks answered."""
    answers = {
        "To be written:": "Written down:",
        "<login>": "alice",
        "class: high": "class: limited",
        "# license:": "license:",
    }
    for blank, answer in answers.items():
        card = card.replace(blank, answer)
    return card


@dataclass
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output as JSON."""
        return json.loads(self.out)


def _written(value: object) -> object:
    """What a step returns, in JSON."""
    return vars(value) if isinstance(value, Answer) else value


def _once(work: Callable[P, T]) -> Callable[P, T]:
    """Makes a method a step whose outcome is kept, where a repository keeps outcomes."""

    @functools.wraps(work)
    def done(*args: P.args, **options: P.kwargs) -> T:
        self = cast(Repository, args[0])
        if self.outcomes is None:
            return work(*args, **options)
        step = (work.__name__, *map(str, args[1:]), *sorted(options.items()))
        value = self.outcomes.once(step, lambda: _written(work(*args, **options)))
        return cast(T, Answer(**value) if isinstance(value, dict) else value)

    return done


@dataclass
class Repository:
    """A real repository, and the people who work in it.

    What `outcomes` keeps is copied; where it is None, everything is done.
    """

    root: Path
    capsys: pytest.CaptureFixture[str]
    outcomes: Outcomes | None = field(default=None, kw_only=True)

    def run(self, *args: object) -> Answer:
        """Runs mlops-gitops in this process."""
        before = Path.cwd()
        os.chdir(self.root)
        self.capsys.readouterr()
        try:
            code = main([str(arg) for arg in args])
        finally:
            os.chdir(before)
        out, err = self.capsys.readouterr()
        return Answer(code, out, err)

    def ok(self, *args: object) -> Answer:
        """Runs mlops-gitops and expects it to pass."""
        return self._proposed(*args) if args[0] in PROPOSE else self._passed(*args)

    @_once
    def _proposed(self, *args: object) -> Answer:
        return self._passed(*args)

    def _passed(self, *args: object) -> Answer:
        answer = self.run(*args)
        assert answer.code == 0, f"{args}: {answer}"
        assert "Traceback" not in answer.err
        return answer

    def sh(self, *words: str) -> str:
        """Runs another program, such as git or dvc, and expects it to pass."""
        return self._dvc(*words) if words[0] == "dvc" else self._sh(*words)

    def _dvc(self, *words: str) -> str:
        if self.outcomes is None:
            return self._sh(*words)
        output: str = self.outcomes.once(words, lambda: self._sh(*words), _reached_by_dvc)
        return output

    def _sh(self, *words: str) -> str:
        if words[0] == "dvc":
            done = warm_programs.run("dvc", words[1:], self.root, os.environ | DATES)
        else:
            done = subprocess.run(
                words, cwd=self.root, env=os.environ | DATES, capture_output=True, text=True, check=False
            )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        """Writes a file."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces text in a file."""
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new))

    def fill_in(self) -> None:
        """Answers every blank of the model cards that `init` wrote."""
        for card in sorted((self.root / "models").glob("*/README.md")):
            card.write_text(filled_in(card.read_text()))

    def commit(self, message: str, *, push: bool = True) -> str:
        """Commits everything, and pushes it straight to main."""
        self.sh("git", "add", "--all")
        self.sh("git", "commit", "-q", "-m", message)
        if push:
            self.sh("git", "push", "-q", "origin", "HEAD:main")
        return self.checked_out()

    def checked_out(self) -> str:
        """The commit that is checked out, without a process where HEAD's branch is a file, as after every commit."""
        kept = self.root / ".git"
        name = (kept / "HEAD").read_text().strip().removeprefix("ref: ") if kept.is_dir() else ""
        return (
            (kept / name).read_text().strip()
            if name and (kept / name).is_file()
            else self._sh("git", "rev-parse", "HEAD")
        )

    def begin_so(self) -> None:
        """Makes what the work tree changes part of the first commit, as if it had been so from the beginning."""
        self.sh("git", "add", "--all")
        self.sh("git", "commit", "-q", "--amend", "--no-edit")
        self.sh("git", "push", "-q", "--force", "origin", "HEAD:main")

    @_once
    def propose(self, branch: str) -> int:
        """Opens a pull request of what the work tree changes; its number."""
        return self._propose(branch)

    def _propose(self, branch: str) -> int:
        self.sh("git", "switch", "-q", "-c", branch)
        self.commit(branch, push=False)
        self.sh("git", "push", "-q", "origin", branch)
        number: int = self.ok("pr", "open", "--format", "json").json["pull_request"]["number"]
        self.sh("git", "switch", "-q", "main")
        return number

    @_once
    def agree(self, branch: str, *approvers: str, how: str | None = None) -> str:
        """Merges what the work tree changes by a pull request that these people approve, and records it; the tip."""
        self._propose(branch)
        self.merge_newest(*approvers, how=how)
        return self.checked_out()

    def once(self, name: str, work: Callable[[], T]) -> T:
        """A step of a test file's own, such as its fixture: its name says all that it depends on beside the files.

        It returns what the step does, None or text.
        """
        if self.outcomes is None:
            return work()
        return cast(T, self.outcomes.once((name,), work))

    def pull(self) -> None:
        """Brings this clone up to date."""
        self.sh("git", "pull", "-q", "--ff-only")

    @_once
    def retrain(self, hits: int) -> None:
        """Makes a model that gets `hits` of fifty right, and merges it."""
        self.write("params.yaml", f"hits: {hits}\n")
        self._dvc("dvc", "repro", "-q")
        self._dvc("dvc", "push", "-q")
        self.commit(f"Train with {hits}")

    @_once
    def merge(self, *approvers: str, how: str | None = None) -> Answer:
        """Has the newest open pull request approved, checked, merged and recorded."""
        return self.merge_newest(*approvers, how=how)

    def merge_newest(self, *approvers: str, how: str | None = None) -> Answer:
        """The same, and not kept: a part of a larger step, which is."""
        number = self.approve_newest(*approvers)
        self.ok("check", number)
        self.ok("pr", "merge", "--only", number, *([f"--{how}"] if how else []))
        self.sh("git", "merge", "-q", "--ff-only", "@{upstream}")  # what was merged is here already
        return self.ok("record")

    def approve_newest(self, *approvers: str) -> int:
        """Approves the newest open pull request; its number."""
        return self.approve_pull(None, *approvers)

    def approve_pull(self, number: int | None, *approvers: str) -> int:
        """Approves a pull request, or the newest open one, as `pr approve` does, but in one push for all approvers."""
        workspace = open_workspace(str(self.root))
        workspace.sync()
        forge = workspace.forge
        wanted = forge.find()[-1].number if number is None else number
        if approvers:
            pull = forge.read(wanted)
            assert pull and pull.state == "open" and isinstance(forge, LocalForge)
            *first, last = (f"{who}@example.org" for who in approvers)
            reviews = tuple(Review(who, pull.head, clock.now()) for who in first)
            forge.approve(replace(pull, reviews=(*pull.reviews, *reviews)), last)
        return wanted

    @_once
    def release(self, version: str = "1.0.0") -> None:
        """Releases what is merged."""
        self.ok("release", "churn", version)
        self.merge_newest()

    @_once
    def promote(self, to: str, *, version: str = "1.0.0", how: str | None = None) -> None:
        """Promotes a release with all approvals."""
        self.ok("promote", "churn", "--to", to, "--release", version)
        self.merge_newest("bob", "carol", how=how)

    @_once
    def allow_adoption(self, until: str = "2099-12-31", approvals: str = "{data-science: 1}") -> None:
        """Merges a policy that allows adoptions."""
        self.write("mlops.yaml", self.allowing_adoptions(until, approvals))
        self.agree("allow-adoptions", "bob", "carol")

    @_once
    def begin_with_adoptions(self, until: str = "2099-12-31", approvals: str = "{data-science: 1}") -> None:
        """Makes a policy that allows adoptions part of the first commit, which asks for no approval and no record."""
        self.write("mlops.yaml", self.allowing_adoptions(until, approvals))
        self.begin_so()

    def allowing_adoptions(self, until: str = "2099-12-31", approvals: str = "{data-science: 1}") -> str:
        """The text of mlops.yaml with a policy that allows adoptions."""
        policy = f'policies: {{adopt: {{until: "{until}", approvals: {approvals}}}}}\n'
        return (self.root / "mlops.yaml").read_text() + policy

    def begin_with(self, path: str, text: str, later: Mapping[str, str] | None = None) -> None:
        """Gives the history another beginning: a file that is older than mlops.yaml and all else, `later` with that."""
        self.sh("git", "checkout", "-q", "--orphan", "older")
        self.sh("git", "rm", "-rq", "--cached", ".")
        self.write(path, text)
        self.sh("git", "add", "--force", path)
        self.sh("git", "commit", "-q", "-m", "Before the tool came")
        self.sh("git", "branch", "-q", "-f", "main", "older")
        self.sh("git", "checkout", "-q", "main")
        self.sh("git", "push", "-q", "--force", "origin", "main")
        for name, content in (later or {}).items():
            self.write(name, content)
        self.commit("Begin")

    @_once
    def to_production(self, version: str = "1.0.0") -> None:
        """Takes a release through staging to production."""
        self.release(version)
        self.promote("staging", version=version)
        self.promote("production", version=version)
