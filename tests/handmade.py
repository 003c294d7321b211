"""A DVC repository written by hand: what `dvc repro`, `dvc add` and `dvc push` leave behind, without starting DVC."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GIT = {"user.name": "Dana", "user.email": "dana@example.org", "gc.auto": "0", "core.fsync": "none"}


@dataclass(frozen=True)
class Run:
    """One stage as it ran. `outs` are kept by DVC, `metrics` by Git (`cache: false`)."""

    name: str
    deps: tuple[str, ...] = ()
    outs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cmd: str = ""


@dataclass
class Handmade:
    """The work tree, with a bare origin and DVC's storage beside it. `old` writes as DVC 2 did."""

    root: Path
    old: bool = False

    @classmethod
    def begin(cls, root: Path, *, old: bool = False, remote: str = "../../storage") -> Handmade:
        """A repository with a remote for Git, and one for DVC unless `remote` is empty."""
        made = cls(root, old)
        root.mkdir(parents=True)
        subprocess.run(
            ["git", "init", "-q", "--template=", "--bare", "-b", "main", root.parent / "origin.git"], check=True
        )
        subprocess.run(["git", "init", "-q", "--template=", "-b", "main", root], check=True)
        for name, value in GIT.items():
            made.git("config", name, value)
        made.git("remote", "add", "origin", "../origin.git")
        if remote:
            made.project("", remote)
        made.write(".gitignore", "")
        return made

    def git(self, *words: str) -> None:
        """Runs git."""
        subprocess.run(["git", *words], cwd=self.root, check=True, capture_output=True)

    def write(self, path: str, text: str) -> None:
        """Writes a file."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def project(self, folder: str, remote: str = "../../storage") -> None:
        """Makes a folder a DVC project, as `dvc init --subdir` and `dvc remote add` do."""
        dvc = f"{folder}/.dvc".lstrip("/")
        self.write(f"{dvc}/config", f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {remote}\n")
        self.write(f"{dvc}/.gitignore", "/config.local\n/tmp\n/cache\n")

    def lock(self, runs: tuple[Run, ...], folder: str = "") -> None:
        """Writes dvc.lock for stages that have run there; Git ignores what they made, and it is pushed."""
        below = f"{folder}/" if folder else ""
        stages = {}
        for run in runs:
            entry: dict[str, Any] = {"cmd": run.cmd or f"python {run.name.partition('@')[0]}.py"}
            entry["deps"] = [self._entry(dep, below) for dep in run.deps]
            entry |= {"params": {file: dict(values) for file, values in run.params.items()}} if run.params else {}
            entry["outs"] = [self._entry(out, below) for out in (*run.outs, *run.metrics)]
            stages[run.name] = entry
            self.keep(*(f"{below}{out}" for out in run.outs))
        self.write(f"{below}dvc.lock", json.dumps({"schema": "2.0", "stages": stages}, indent=1) + "\n")

    def add(self, path: str) -> None:
        """Tracks a file as `dvc add` does."""
        entry = self._entry(path) | {"path": path.rpartition("/")[2]}
        self.write(f"{path}.dvc", json.dumps({"outs": [entry]}) + "\n")
        self.keep(path)

    def keep(self, *paths: str) -> None:
        """Has Git ignore files, and puts their bytes into the storage."""
        with (self.root / ".gitignore").open("a") as file:
            file.writelines(f"/{path}\n" for path in paths)
        for path in paths:
            digest = self._md5(path)
            place = self.storage / digest[:2] / digest[2:]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((self.root / path).read_bytes())

    @property
    def storage(self) -> Path:
        """Where the remote keeps the bytes."""
        return self.root.parent / "storage" / ("" if self.old else "files/md5")

    def _entry(self, path: str, below: str = "") -> dict[str, Any]:
        kind = {} if self.old else {"hash": "md5"}
        whole = f"{below}{path}"
        return {"path": path, **kind, "md5": self._md5(whole), "size": (self.root / whole).stat().st_size}

    def _md5(self, path: str) -> str:
        return hashlib.md5((self.root / path).read_bytes()).hexdigest()
