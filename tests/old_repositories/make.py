"""Makes a bundle of a repository as this version of the tool writes it, which every later version must still read.

    PYTHONPATH=.:tests .venv/bin/python -m old_repositories.make tests/old_repositories/0.1.0.bundle

The data lie in it too, as the tree of `refs/old/storage`. Names and times are fixed.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, cast

import house
from conftest import ENVIRONMENT, prepare_repository
from house import Repository
from live_windows import PLAN

from mlops_gitops.runtime import clock

FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
EXPIRES = "expires: 2026-12-31\n"
STORAGE = "refs/old/storage"
WHO = ("-c", "user.name=Alice", "-c", "user.email=alice@example.org")
POLICY = "models/churn/kpis.yaml"
DECISION = """apiVersion: mlops-gitops/v1
kind: Decision
type: {type}
subject: {subject}
role: operations
by: bob
reason: {reason}
{expires}"""


class _Output(NamedTuple):
    out: str
    err: str


class _Captured:
    """What commands print, for a repository that no test works."""

    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()

    def readouterr(self) -> _Output:
        """What was printed since this was last called."""
        found = _Output(self.out.getvalue(), self.err.getvalue())
        for stream in (self.out, self.err):
            stream.seek(0)
            stream.truncate()
        return found


class Years:
    """A clock that only moves on when a step is done."""

    def __init__(self) -> None:
        self.moment = FIRST
        self.wait(timedelta())

    def wait(self, time: timedelta) -> None:
        """Lets time pass, for the tool and for git."""
        self.moment += time
        stamp = f"{self.moment:%Y-%m-%dT%H:%M:%SZ}"
        changed = {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}
        house.DATES.update(changed)
        os.environ.update(changed)
        for name, value in (("now", stamp), ("utc_now", self.moment), ("today", self.moment.date())):
            setattr(clock, name, lambda value=value: value)


def make(bundle: Path) -> None:
    """Writes the bundle of a repository in which everything that is kept has happened."""
    with TemporaryDirectory() as folder, _environment(folder):
        years, top = Years(), Path(folder, "work")
        prepare_repository(top)
        captured = _Captured()
        with contextlib.redirect_stdout(captured.out), contextlib.redirect_stderr(captured.err):
            repository = Repository(top / "repository", cast(Any, captured))
            _happen(repository, years)
            _bundle(repository, bundle)
    print(f"{bundle}: {bundle.stat().st_size} bytes", file=sys.stderr)


@contextlib.contextmanager
def _environment(folder: str) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "GH_"))]:
        del os.environ[name]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ.update({**ENVIRONMENT, "HOME": folder, "NO_COLOR": "1", "PATH": path})
    yield


def _happen(repository: Repository, years: Years) -> None:
    """A year in the life of a model."""
    for version, hits, how in (("1.0.0", 45, None), ("1.1.0", 46, "squash"), ("1.2.0", 47, "rebase")):
        years.wait(timedelta(days=20))
        if version != "1.0.0":
            repository.retrain(hits)
        _release(repository, version, how)
        for environment in ("staging", "production"):
            years.wait(timedelta(hours=2))
            repository.promote(environment, version=version, how=how)
        if version == "1.1.0":
            _change_policy(repository)
    years.wait(timedelta(days=1))
    _roll_back(repository)
    years.wait(timedelta(days=1))
    _decide(repository)
    years.wait(timedelta(days=1))
    _watch(repository, years)
    years.wait(timedelta(days=30))
    repository.retrain(48)
    _release(repository, "1.3.0", None)
    years.wait(timedelta(hours=1))
    repository.ok("promote", "churn", "--to", "staging", "--why", "Left open")
    repository.approve_newest("bob")


def _release(repository: Repository, version: str, how: str | None) -> None:
    repository.ok("release", "churn", version)
    repository.merge(how=how)


def _change_policy(repository: Repository) -> None:
    """Two commits of one pull request, which a rebase puts on the branch one after the other."""
    repository.sh("git", "switch", "-q", "-c", "stricter")
    repository.write("docs/thresholds.md", "0.85 from now on\n")
    repository.commit("Why the threshold rises", push=False)
    repository.edit(POLICY, "at_least: 0.8", "at_least: 0.85")
    repository.edit("mlops.yaml", "staging: {approvals", "staging: {order: ever, approvals")
    repository.commit("A higher threshold, and an order in words", push=False)
    repository.sh("git", "push", "-q", "origin", "stricter")
    repository.ok("pr", "open")
    repository.sh("git", "switch", "-q", "main")
    repository.merge("bob", "carol", how="rebase")


def _roll_back(repository: Repository) -> None:
    repository.ok("rollback", "churn", "--in", "production", "--why", "Calls doubled")
    repository.merge("bob", "carol")


def _decide(repository: Repository) -> None:
    """A quarantine, its lift, and an override that nothing rests on."""
    release = 'model: churn, release: "1.2.0"'
    decisions = {
        "leak": ("quarantine", f"{{{release}}}", "It leaks.", ""),
        "mended": ("lift", f"{{{release}}}", "It does not leak.", ""),
        "outage": (
            "override",
            f"{{{release}, environment: production, skip: soak}}",
            "Outage.",
            "expires: 2026-12-31\n",
        ),
    }
    for name, (kind, subject, reason, expires) in decisions.items():
        text = DECISION.format(type=kind, subject=subject, reason=reason, expires=expires)
        repository.write(f"decisions/{name}.yaml", text)
        repository.agree(name, "bob")


def _watch(repository: Repository, years: Years) -> None:
    """A plan of monitoring, and windows on record, the last an alarm with its issue."""
    first = years.moment.date()
    repository.write("models/churn/monitoring.yaml", PLAN.format(start=first))
    repository.write(".gitignore", "live/\nlabels/\nlatency.json\n")
    repository.agree("watch-churn", "bob")
    repository.write("latency.json", '{"p95_ms": 40}')
    for n, rows in enumerate((600, 600, 600, 400)):
        _write_window(repository, f"{first + n * timedelta(days=1)}", rows)
    for days, code in ((3, 0), (1, 1)):
        years.wait(timedelta(days=days))
        answer = repository.run("monitor", "churn")
        assert answer.code == code, answer


def _write_window(repository: Repository, day: str, rows: int) -> None:
    draw = random.Random(day)
    labels = [draw.random() < 0.5 for _ in range(rows)]
    guesses = [label if draw.random() < 0.95 else not label for label in labels]
    scored = [f"{day}-{n},{int(guess)},{0.9 if guess else 0.1}" for n, guess in enumerate(guesses)]
    repository.write(f"live/{day}.csv", "\n".join(["customer,predicted,probability", *scored]) + "\n")
    labelled = [f"{day}-{n},{int(label)}" for n, label in enumerate(labels)]
    repository.write(f"labels/{day}.csv", "\n".join(["customer,churned", *labelled]) + "\n")


def _bundle(repository: Repository, bundle: Path) -> None:
    """Everything of the remote, and the data beside it."""
    repository.ok("audit")
    origin, storage = repository.root.parent / "origin.git", repository.root.parent / "storage"
    git = ("git", "--git-dir", str(origin))
    repository.sh(*git, "--work-tree", str(storage), "add", "--force", "--all", str(storage))
    tree = repository.sh(*git, "write-tree")
    repository.sh(*git, "update-ref", STORAGE, repository.sh(*git, *WHO, "commit-tree", tree, "-m", "The data"))
    repository.sh(*git, "repack", "-adfq", "--window=250", "--depth=250")
    repository.sh(*git, "bundle", "create", "-q", str(bundle.resolve()), "--all")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
