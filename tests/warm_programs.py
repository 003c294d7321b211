"""DVC and Python, started once: they take longer to start than to work, so a run is a fork of one that has imported.

A run has its own process, folder, environment and output, as a program has. It shares with others only what was
imported, which is done without a home and without settings.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

DVC = (
    "dvc.cli.parser", "dvc.commands.checkout", "dvc.data_cloud", "dvc.repo", "dvc.repo.push", "dvc.repo.reproduce",
    "dvc.scm", "dvc.stage.cache", "dvc.stage.run", "dvc_data.index.push", "dvc_render", "dulwich.client",
    "dulwich.ignore", "dulwich.worktree", "flufl.lock", "networkx", "psutil", "ruamel.yaml", "scmrepo.git",
    "zc.lockfile",
)  # fmt: skip
OURS = (
    "duckdb", "jsonschema", "jsonschema_rs", "numpy", "rfc8785", "yaml", "mlops_gitops.cli.commands.promote",
    "mlops_gitops.cli.main", "mlops_gitops.measurement.engines.duckdb", "mlops_gitops.orchestration.workspace",
    "mlops_gitops.policy.engine",
)  # fmt: skip


def run(program: str, words: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs `dvc` or `python` with these words."""
    with TemporaryDirectory() as folder:
        out, err = (Path(folder, name) for name in ("out", "err"))
        served = _program(program)
        assert served.stdin and served.stdout
        asked = {"words": words, "cwd": str(cwd), "env": dict(env), "out": str(out), "err": str(err)}
        served.stdin.write(json.dumps(asked) + "\n")
        served.stdin.flush()
        code = int(served.stdout.readline())
        return subprocess.CompletedProcess([program, *words], code, out.read_text(), err.read_text())


@cache
def _program(program: str) -> subprocess.Popen[str]:
    """The process that has imported; it ends when this one does."""
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "DVC_NO_ANALYTICS": "1", "GIT_CONFIG_NOSYSTEM": "1"}
    words = [sys.executable, __file__, program]
    served = subprocess.Popen(words, env=bare, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(served.communicate)
    return served


def _serve(program: str) -> None:
    imported, work = PROGRAMS[program]
    for name in imported:
        import_module(name)
    gc.freeze()  # what a fork never looks through, it never copies
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(json.loads(line), work)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _work(asked: dict[str, Any], work: Callable[[list[str]], int]) -> None:
    """Is one run, and ends the process with its exit code."""
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background hands it down as ignored
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    code = 255
    try:
        code = work(asked["words"])
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _dvc(words: list[str]) -> int:
    sys.argv = ["dvc", *words]
    return import_module("dvc.cli").main(words) or 0


def _python(words: list[str]) -> int:
    """Does what `python` does with `-m module`, `-c code` or a script, and words after it."""
    path = os.environ.get("PYTHONPATH", "")
    sys.path[:0] = path.split(os.pathsep) if path else []
    how, *rest = words
    if how == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    elif how == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        sys.path.insert(0, os.path.dirname(how))
        runpy.run_path(how, run_name="__main__")
    return 0


PROGRAMS: dict[str, tuple[Sequence[str], Callable[[list[str]], int]]] = {"dvc": (DVC, _dvc), "python": (OURS, _python)}


if __name__ == "__main__":
    if sys.argv[1] == "python":
        sys.path.insert(0, str(Path(__file__).parent.parent))
    _serve(sys.argv[1])
