"""Measures how long the Action takes to install itself, for each set of extras: see docs/reference/action.md.

    make bench-install               or: python benchmarks/install.py [--rounds N]

Cold: nothing is kept, so every file is downloaded, uv's too. Warm: uv's cache is kept and uv is on the PATH, as on a
runner of one's own, or where actions/cache brings it. Again: the second step of a job. Medians of whole steps.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STEP = Path(__file__).parent.parent / "action/install.py"
COMMANDS = {"validate": "the base", "screen": "github", "check": "gates, github"}


def installed(command: str, runner: Path, cache: Path, uv: Path | None = None) -> float:
    """The seconds that one installation takes, in a job whose folder is `runner`."""
    path = [its for its in os.get_exec_path() if not Path(its, "uv").exists()]
    path = [str(uv.parent), *path] if uv else path
    told = {
        "ACTION_COMMAND": command, "RUNNER_TEMP": str(runner), "GITHUB_OUTPUT": str(runner / "output"),
        "UV_CACHE_DIR": str(cache), "PIP_NO_CACHE_DIR": "1", "PATH": os.pathsep.join(path),
    }  # fmt: skip
    runner.mkdir(exist_ok=True)
    started = time.perf_counter()
    words = [sys.executable, "-I", "-X", "utf8", str(STEP)]
    done = subprocess.run(words, env=os.environ | told, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command} was not installed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def measured(command: str, top: Path) -> tuple[float, float, float]:
    """Cold, warm, and again."""
    cold = installed(command, top / "cold", top / "cache")
    (note,) = (top / "cold/mlops-gitops").glob("uv-*")
    warm = installed(command, top / "warm", top / "cache", Path(note.read_text()))
    return cold, warm, installed(command, top / "warm", top / "cache")


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print("| command | it brings | cold | warm | again |\n|---|---|---|---|---|")
    for command, brings in COMMANDS.items():
        taken = []
        for _ in range(rounds):
            top = Path(tempfile.mkdtemp(prefix="install-"))
            taken.append(measured(command, top))
            shutil.rmtree(top)
        times = " | ".join(f"{statistics.median(its):.1f} s" for its in zip(*taken, strict=True))
        print(f"| `{command}` | {brings} | {times} |", flush=True)
    print(f"\n{rounds} rounds, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
