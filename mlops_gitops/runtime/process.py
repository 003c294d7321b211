"""Other programs: run for `demo`, which shows them as a user would type them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlops_gitops.core.frozen import frozen


@frozen
class Finished:
    """How a program ended, and all it printed."""

    code: int
    printed: str


def run(words: Sequence[str], cwd: str, extra: Mapping[str, str] | None = None) -> Finished:
    """Runs a program and waits; `mlops-gitops`, `dvc` and `python` are the ones of this very environment."""
    own = {"mlops-gitops": ["-P", "-m", "mlops_gitops"], "dvc": ["-P", "-m", "dvc"], "python": []}
    command = [sys.executable, *own[words[0]], *words[1:]] if words[0] in own else list(words)
    here = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    quiet = {"DVC_NO_ANALYTICS": "1", "CI": "1", "PATH": here, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | quiet | dict(extra or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Finished(done.returncode, done.stdout.rstrip())
