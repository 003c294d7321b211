"""Programs that Go builds, once, into a folder of this checkout: seconds for some, minutes for others."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent.parent


def built(module: str, version: str, folder: str) -> Path:
    """The program of a module: built where Go is on the machine, else the one that is there. Skips where neither is."""
    name = next(part for part in reversed(module.split("/")) if not _is_major(part))
    go, there = shutil.which("go"), TOP / folder / version / name
    if not there.exists() and go is None:
        program = shutil.which(name)
        return Path(program) if program else pytest.skip(f"neither {name} nor Go, which builds it, is on this machine")
    (TOP / folder).mkdir(exist_ok=True)
    with (TOP / folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not there.exists():
            words = [str(go), "install", f"{module}@{version}"]
            environment = os.environ | {"GOBIN": str(there.parent)}
            done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{name} could not be built: {done.stderr}"
    return there


def _is_major(part: str) -> bool:
    """Whether a part of a module's path is its major version, such as `v5`, after which Go names no program."""
    return part.startswith("v") and part[1:].isdigit()
