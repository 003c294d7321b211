"""DVC, started once: it takes longer to start than to work, so each run is a fork of one process that has imported it.

A run has its own process, folder, environment and output, as a program has. It shares with others only what was
imported, which is done without a home and without settings.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

WARM = (
    "dvc.cli.parser", "dvc.commands.checkout", "dvc.data_cloud", "dvc.repo", "dvc.repo.push", "dvc.repo.reproduce",
    "dvc.scm", "dvc.stage.cache", "dvc.stage.run", "dvc_data.index.push", "dvc_render", "dulwich.client",
    "dulwich.ignore", "dulwich.worktree", "flufl.lock", "networkx", "psutil", "ruamel.yaml", "scmrepo.git",
    "zc.lockfile",
)  # fmt: skip


def run(words: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs `dvc` with these words."""
    with TemporaryDirectory() as folder:
        out, err = (Path(folder, name) for name in ("out", "err"))
        program = _program()
        assert program.stdin and program.stdout
        asked = {"words": words, "cwd": str(cwd), "env": dict(env), "out": str(out), "err": str(err)}
        program.stdin.write(json.dumps(asked) + "\n")
        program.stdin.flush()
        code = int(program.stdout.readline())
        return subprocess.CompletedProcess(["dvc", *words], code, out.read_text(), err.read_text())


@cache
def _program() -> subprocess.Popen[str]:
    """The process that imports DVC; it ends when this one does."""
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "DVC_NO_ANALYTICS": "1", "GIT_CONFIG_NOSYSTEM": "1"}
    program = subprocess.Popen(
        [sys.executable, __file__], env=bare, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(program.communicate)
    return program


def _serve() -> None:
    for name in WARM:
        import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _work(asked: dict[str, Any]) -> None:
    """Is one run of DVC, and ends the process with its exit code."""
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = ["dvc", *asked["words"]]
    code = 255
    try:
        code = import_module("dvc.cli").main(asked["words"]) or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
