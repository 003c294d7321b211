"""A job of GitHub Actions that uses action.yml: its steps are run by bash, as the runner runs those of a composite."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass
class Done:
    """What a step that uses the action came to."""

    code: int
    log: str
    outputs: dict[str, str]


@dataclass
class Job:
    """One job: the folder that its steps share, the one below which it installs, and its environment."""

    action: Path
    temporary: Path
    lock: Path
    env: dict[str, str] = field(default_factory=dict)
    installing: Path | None = None

    @property
    def installed(self) -> Path:
        """What an installation is below, as the step that installs sees the folder of the job."""
        return self.installing or self.temporary

    @property
    def summary(self) -> str:
        """What the job's page shows, of all of its steps."""
        files = sorted(self.temporary.glob("summary-*"), key=lambda value: int(value.name.rpartition("-")[2]))
        return "".join(file.read_text() for file in files)

    def use(self, workspace: Path, *, env: Mapping[str, str] | None = None, **inputs: str) -> Done:
        """Uses the action once, with inputs by their names (`working_directory` for `working-directory`)."""
        action = yaml.safe_load((self.action / "action.yml").read_text())
        given = {name: value.get("default", "") for name, value in action["inputs"].items()}
        given = {name: inputs.get(name.replace("-", "_"), value) for name, value in given.items()}
        facts = {"github.action_path": str(self.action), "github.token": "ghs_none"}
        facts |= {f"inputs.{name}": _evaluated(value, facts) for name, value in given.items()}
        log, code = "", 0
        for step in action["runs"]["steps"]:
            if code:
                break
            folder = workspace / _evaluated(step.get("working-directory", "."), facts)
            own = {name: _evaluated(value, facts) for name, value in step["env"].items()}
            own |= {"RUNNER_TEMP": str(self.installed)} if step["id"] == "install" else {}
            code, said, outputs = self._step(step["run"], folder, own | dict(env or {}))
            log += said
            facts |= {f"steps.{step['id']}.outputs.{name}": value for name, value in outputs.items()}
        return Done(code, log, {name: _evaluated(value["value"], facts) for name, value in action["outputs"].items()})

    def _step(self, script: str, folder: Path, env: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        number = sum(1 for _ in self.temporary.glob("summary-*"))
        output, summary = self.temporary / f"output-{number}", self.temporary / f"summary-{number}"
        output.write_text("")
        summary.write_text("")
        told = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        with self.lock.open("w") as lock:  # the test run's processes share one installation
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run(
                ["/bin/bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
                cwd=folder, env=os.environ | {"RUNNER_TEMP": str(self.temporary)} | told | self.env | env,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )  # fmt: skip
        return done.returncode, done.stdout, parsed(output.read_text())


def parsed(text: str) -> dict[str, str]:
    """A file of outputs, read as the runner reads it: `name=value`, or `name<<end`, lines, `end`."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n")[:-1] if text else [])
    for line in lines:
        name, sign, end = re.fullmatch("(.*?)(=|<<)(.*)", line).groups()  # type: ignore[union-attr]
        value = [end]
        if sign == "<<":
            value = []
            while (line := next(lines)) != end:
                value.append(line)
        found[name] = "\n".join(value)
    return found


def _evaluated(text: Any, facts: Mapping[str, str]) -> str:
    """A text with its expressions evaluated: a fact of a context, or else (`||`) a literal."""

    def value(match: re.Match[str]) -> str:
        context, _, other = match[1].partition("||")
        return facts.get(context.strip(), "") or other.strip().strip("'")

    return re.sub(r"\$\{\{(.*?)\}\}", value, str(text))
