"""A pull request that plants what programs pick up from the folder they run in; each plant leaves a mark."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from house import PIPELINE, Repository

# What Python would import from the current folder: ours, and what we import.
MODULES = (
    "mlops_gitops", "yaml", "git", "gitdb", "jsonschema", "jsonschema_rs", "rfc8785", "markdown_it", "dvc", "dvc_s3",
    "s3fs", "botocore", "aiobotocore", "duckdb", "numpy", "scipy", "sklearn", "github", "platformdirs", "configobj",
    "sitecustomize", "usercustomize", "json", "tempfile", "re",
)  # fmt: skip
HOOKS = ("reference-transaction", "pre-push", "post-checkout", "post-merge", "pre-commit", "commit-msg", "pre-rebase")
AWS = "[profile ci]\ncredential_process = sh {helper} {name}\n"
# Settings of a careful person whose programs lie in the repository, by a path that counts from it.
TOOLS = {
    "core.hooksPath": ".githooks",
    "filter.planted.smudge": "sh tools/helper.sh smudge",
    "filter.planted.clean": "sh tools/helper.sh clean",
    "merge.planted.driver": "sh tools/helper.sh driver",
    "diff.planted.textconv": "sh tools/helper.sh textconv",
    "diff.planted.command": "sh tools/helper.sh diff",
}


@dataclass(frozen=True)
class Checkout:
    """The plants, and the folder where they leave their marks."""

    repository: Repository
    marks: Path

    @property
    def root(self) -> Path:
        """The work tree."""
        return self.repository.root

    def marked(self) -> list[str]:
        """What ran, and forgets it."""
        found = sorted(path.name for path in self.marks.iterdir())
        for path in self.marks.iterdir():
            path.unlink()
        return found

    def plant(self) -> None:
        """Writes and commits every plant, and pushes it to the branch of the pull request that is open."""
        write, helper = self.repository.write, self.root / "tools/helper.sh"
        write("tools/helper.sh", f'env > "{self.marks}/$1"\n[ -f "$2" ] && cat "$2" || true\n')
        for name in MODULES:
            write(f"{name}.py", f"open({str(self.marks / f'import-{name}')!r}, 'w').close()\n")
        for name in HOOKS:
            write(f".githooks/{name}", f"#!/bin/sh\nsh {helper} hook-{name}\n")
            (self.root / f".githooks/{name}").chmod(0o755)
        write("tools/aws", AWS.format(helper=helper, name="credential-process"))
        write(".aws/config", AWS.format(helper=helper, name="home-credential"))
        for folder in ("", "data/", "models/churn/"):  # below the top, projects that are nearer to the data
            aws = f"{'../' * folder.count('/')}../tools/aws"
            write(f"{folder}.dvc/config.local", self._s3("local", aws))
            write(f"{folder}.dvc/config", self._s3("committed", aws))
        write(".gitattributes", "* filter=planted merge=planted diff=planted\n")
        write(".gitmodules", "[submodule]\n\tfetchRecurseSubmodules = true\n")
        for name in ("pip.conf", "uv.toml", ".netrc", ".env", ".duckdbrc", ".pdbrc", "pyvenv.cfg", "setup.cfg"):
            write(name, f"[planted]\nindex-url = http://127.0.0.1:9/{name}\n")
        write("dvc.yaml", f"{PIPELINE}  planted:\n    cmd: sh {helper} stage\n    always_changed: true\n")
        self._plant_bare(helper)
        self.repository.sh("git", "add", "--all", "--force")
        self.repository.sh("git", "commit", "-q", "-m", "Planted")

    def _s3(self, name: str, configpath: str) -> str:
        remote = {
            "url": "s3://models/x",
            "endpointurl": "http://127.0.0.1:9",
            "configpath": configpath,
            "profile": "ci",
        }
        lines = [f"['remote \"{remote_name}\"']\n" + "".join(f"    {key} = {value}\n" for key, value in remote.items())
                 for remote_name in ("storage", name)]  # fmt: skip
        return f"[core]\n    remote = {name}\n" + "".join(lines)

    def _plant_bare(self, helper: Path) -> None:
        """A bare repository among the files, whose own settings name a program."""
        bare = self.root / "data/bare"
        (bare / "refs").mkdir(parents=True)
        (bare / "objects").mkdir()
        for place in (bare / "refs/keep", bare / "objects/keep"):
            place.write_text("")
        (bare / "HEAD").write_text("ref: refs/heads/main\n")
        settings = ("repositoryformatversion = 0", "bare = false", "worktree = .", f"fsmonitor = sh {helper} fsmonitor")
        (bare / "config").write_text("\n\t".join(("[core]", *settings)) + "\n")

    def use_own_tools(self) -> None:
        """The settings of somebody whose programs lie in the repository."""
        for name, value in TOOLS.items():
            self.repository.sh("git", "config", name, value)


def run(words: Iterable[str | Path], cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A program in a folder, with the environment of the test and more."""
    return subprocess.run(
        list(map(str, words)), cwd=cwd, env=os.environ | more, capture_output=True, text=True, check=False, timeout=300,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


# What the console script does, for several command lines in one process.
DRIVER = """import json, os, sys
from mlops_gitops.__main__ import main
for words in json.load(open(sys.argv[1])):
    sys.argv = ["mlops-gitops", *words]
    try:
        code = main()
    except SystemExit as error:
        code = error.code or 0
    print("EXIT", code, *words, flush=True)
"""


def exit_codes(printed: str) -> Mapping[str, int]:
    """The exit code of each command line that the driver ran."""
    rows = [line.split(" ", 2) for line in printed.splitlines() if line.startswith("EXIT ")]
    return {words: int(code) for _, code, words in rows}


PYTHON = (sys.executable, "-P")
