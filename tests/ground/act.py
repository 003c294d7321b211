"""`act` runs workflows on this machine: bash, git, DVC and the action are real, GitHub's API is the front.

What stands in, since there is no network: actions of GitHub's, by actions of our own (`stand_ins/`); the tag of our
action, by this checkout. Tokens may do what the workflow asks for them and no more.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ground import go_programs
from ground.access import PERMISSIONS
from ground.act_log import Run
from ground.house import House

HERE = Path(__file__).parent
MODULE, VERSION = "github.com/nektos/act", "v0.2.87"
RUN_TOKEN = "the-token-of-the-run"
_KNOWN = {"metadata", "actions"} | {name for names in PERMISSIONS.values() for name in names}
_runs = itertools.count(700)


def found() -> Path:
    """The program: built once where Go is on the machine, else the one that is there. Skips where neither is."""
    return go_programs.built(MODULE, VERSION, ".act")


def packed(published: Path, shared: Path) -> Path:
    """The action as GitHub hands it to a job: its files without their history."""
    there = shared / "packed"
    with (shared / "packed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not there.exists():
            shutil.copytree(published, there, ignore=shutil.ignore_patterns(".git"), symlinks=True)
    return there


@dataclass
class Act:
    """The runner: one for a test. What its first job installs, in `shared`, serves all tests."""

    program: Path
    action: Path
    shared: Path
    folder: Path

    def run(
        self, house: House, workflow: str, event: str, payload: Any, *, at: str = "main", actor: str = "alice"
    ) -> Run:
        """Runs a workflow as it stands at a revision, started by an event."""
        house.mirror()
        number = next(_runs)
        work, path = self.folder / f"run-{number}", f".github/workflows/{workflow}.yml"
        house.sh("git", "clone", "-q", "--no-checkout", str(house.bare), str(work))
        house.sh("git", "-C", str(work), "checkout", "-q", "--detach", house.bridge.one("rev-parse", at))
        text = (work / path).read_text()
        self._give_tokens(house, _jobs(yaml.safe_load(text), event))
        house.workflow_run(number, actor=actor, event=event)
        (self.folder / "event.json").write_text(json.dumps(payload))
        self._lies_at(house.bare, house.url)
        words = [
            event, "-W", path, "-e", self.folder / "event.json", "-a", actor, *self._stand_ins(text),
            "-s", "MLOPS_GITOPS_KEY=the-key", "--var", "MLOPS_GITOPS_APP=the-app",
            "--env", f"GITHUB_API_URL={house.front.url}", "--env", f"GITHUB_REPOSITORY={house.name}",
            "--env", f"GITHUB_RUN_ID={number}",
        ]  # fmt: skip
        with self._installing(workflow):
            return self._ran(work, *words)

    def run_own(self, published: Path, workflow: str, job: str, *options: str) -> Run:
        """Runs a job of this project's own workflows, on a clone of this project."""
        work, name = self.folder / "own", "mlops-gitops/mlops-gitops"
        subprocess.run(["git", "clone", "-q", str(published), str(work)], check=True)
        self._lies_at(published, f"https://github.com/{name}.git")
        path = f".github/workflows/{workflow}.yml"
        own = ["--env", f"GITHUB_REPOSITORY={name}", *self._stand_ins((work / path).read_text())]
        return self._ran(work, "push", "-W", path, "-j", job, *options, *own)

    def _ran(self, work: Path, *words: object) -> Run:
        always = [
            "-C", work, "--json", "-P", "ubuntu-latest=-self-hosted", "--no-skip-checkout", "--no-cache-server",
            "--action-cache-path", self.folder / "cache", "-s", f"GITHUB_TOKEN={RUN_TOKEN}",
        ]  # fmt: skip
        done = subprocess.run(
            [str(word) for word in (self.program, *words, *always)], cwd=work, env=self._environment(),
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.stdout, done.stderr
        return Run(done.returncode, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")])

    @contextmanager
    def _installing(self, workflow: str) -> Iterator[None]:
        """The first run of a workflow installs what all others find: those of other processes wait for it."""
        done = self.shared / f"act-{workflow}-has-run"
        with (self.shared / "act.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH if done.exists() else fcntl.LOCK_EX)
            yield
            done.touch()

    def _lies_at(self, repository: Path, address: str) -> None:
        """Lets git find a repository of this machine at an address of GitHub's."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        (home / ".gitconfig").write_text(f'[url "{repository}"]\n\tinsteadOf = {address}\n')

    def _environment(self) -> dict[str, str]:
        temporary = self.shared / "jobs-temp"
        temporary.mkdir(exist_ok=True)
        ours = ("GITHUB_", "GH_", "GIT_", "MLOPS_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return kept | {
            "PATH": f"{self._patient_bash()}{os.pathsep}{kept['PATH']}",
            "HOME": str(self.folder / "home"), "JOBS_TEMP": str(temporary),
            "UV_CACHE_DIR": str(self.shared / "uv-cache"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "DVC_NO_ANALYTICS": "1", "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip

    def _patient_bash(self) -> Path:
        """The folder of a bash that waits a moment where it fails: act may drop what a failing step printed last."""
        folder = self.folder / "bin"
        if not folder.exists():
            folder.mkdir()
            script = f'#!/bin/sh\n{shutil.which("bash")} "$@"\ncode=$?\n[ $code = 0 ] || sleep 0.5\nexit $code\n'
            (folder / "bash").write_text(script)
            (folder / "bash").chmod(0o755)
        return folder

    def _stand_ins(self, text: str) -> Iterator[str]:
        for action in dict.fromkeys(re.findall(r"uses: ([\w/.-]+@\S+)", text)):
            name = action.partition("@")[0]
            value = self.action if name == "mlops-gitops/mlops-gitops" else HERE / "stand_ins" / name.partition("/")[2]
            assert (value / "action.yml").is_file(), action
            yield from ("--local-repository", f"{action}={value}")

    def _give_tokens(self, house: House, jobs: list[Any]) -> None:
        """The run's token may do what the jobs' `permissions:` say, an App's what its step asks for."""
        house.token(RUN_TOKEN, **_only({name: level for job in jobs for name, level in job["permissions"].items()}))
        for step in (step for job in jobs for step in job["steps"]):
            given = {name.partition("permission-"): level for name, level in step.get("with", {}).items()}
            asked = {rest: level for (before, found, rest), level in given.items() if found and not before}
            if asked:
                name = ".".join(f"{key}-{level}" for key, level in sorted(asked.items()))
                house.token(f"app.{name}", **_only(asked))


def _jobs(workflow: Any, event: str) -> list[Any]:
    """The jobs of a workflow that an event starts."""
    return [
        job
        for job in workflow["jobs"].values()
        if ("== 'pull_request_target'" in str(job.get("if"))) == (event == "pull_request_target")
    ]


def _only(permissions: Mapping[str, str]) -> dict[str, str]:
    """These permissions, as the front names them, and none else."""
    given = {name.replace("-", "_"): level for name, level in permissions.items()}
    assert set(given) <= _KNOWN, given
    return dict.fromkeys(_KNOWN, "none") | {"metadata": "read"} | given
