"""Work that is stopped at one of its calls of the system: each open, write, rename, fsync, symlink and unlink."""

from __future__ import annotations

import builtins
import ctypes
import errno
import functools
import inspect
import io
import itertools
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mlops_gitops.core.errors import Error

_AUDITED = {"open", "os.rename", "os.symlink", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}
CODES = {"done": 0, "failed": 3, "a bug": 70}


class Calls:
    """Counts the calls that work makes below a folder, and stops it at the nth: by SIGKILL, or as on a full disk."""

    def __init__(self, below: Path, stop_at: int, how: str, log: int) -> None:
        self.below, self.stop_at, self.how, self.log = str(below), stop_at, how, log
        self.numbers = itertools.count(1)

    def count(self, name: str) -> None:
        """Takes note of a call that is about to be made, and stops there where it is the one."""
        n = next(self.numbers)  # threads make calls too
        os.write(self.log, f"{name}\n".encode())
        if n == self.stop_at and self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if n == self.stop_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def watch(self) -> None:
        """Begins to count in this process, for good."""
        calls = self

        class Written(io.BufferedWriter):
            """A file that is written in two halves, so that it can be stopped between them."""

            def write(self, data: Any) -> int:
                half = len(data) // 2
                super().write(data[:half])
                super().flush()
                calls.count("write")
                super().write(data[half:])
                return len(data)

        opened = builtins.open

        def open_(path: Any, mode: str = "r", *args: Any, **named: Any) -> Any:
            if mode != "wb" or not str(path).startswith(calls.below):
                return opened(path, mode, *args, **named)
            return Written(io.FileIO(path, "wb"))

        def audited(event: str, args: tuple[Any, ...]) -> None:
            path = str(args[1] if event == "os.symlink" else args[0] if args else "")
            if event in _AUDITED and path.startswith(calls.below):
                calls.count(f"{event} {os.path.relpath(path, calls.below)}")

        builtins.open = open_  # type: ignore[assignment]
        for module, name in ((os, "fsync"), (os, "sendfile"), (ctypes, "CDLL")):
            setattr(module, name, self._counted(name, getattr(module, name)))
        sys.addaudithook(audited)

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            if name != "CDLL":
                self.count(name)
                return function(*args)
            library = function(*args)
            return type("Library", (), {"renameat2": staticmethod(self._counted("renameat2", library.renameat2))})

        return counted


def stopped_at(n: int, work: Callable[[], None], below: Path, *, how: str = "kill") -> tuple[str, list[str]]:
    """Does the work in a process of its own, stopped at its nth call below a folder: how it ended, and its calls."""
    reading, writing = os.pipe()

    def watched() -> None:
        os.close(reading)
        Calls(below, n, how, writing).watch()
        work()

    child = forked(watched)
    os.close(writing)
    with os.fdopen(reading) as log:
        calls = log.read().splitlines()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    names = {number: name for name, number in CODES.items()} | {-signal.SIGKILL: "killed"}
    return names[code], calls


def in_own_process(test: Callable[..., None]) -> Callable[..., None]:
    """Runs a test in a process without other threads: one that is copied while they hold locks may wait for ever."""

    @functools.wraps(test)
    def alone(**arguments: Any) -> None:
        module = Path(inspect.getfile(test))
        code = f"import sys, {module.stem} as m; m.{test.__name__}.__wrapped__(**eval(sys.argv[1]))"
        code = f"from pathlib import PosixPath; {code}"
        folders = os.pathsep.join([str(module.parent), *filter(None, sys.path)])
        words = [sys.executable, "-c", code, repr(arguments)]
        done = subprocess.run(
            words, env=os.environ | {"PYTHONPATH": folders}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    return alone


def forked(work: Callable[[], None]) -> int:
    """Begins work in a process of its own: its id."""
    child = os.fork()
    if child == 0:
        code = CODES["a bug"]
        try:
            work()
            code = CODES["done"]
        except Error:
            code = CODES["failed"]
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def every_stop(work: Callable[[], None], below: Path, prepare: Callable[[], None], how: str) -> Iterator[str]:
    """Stops the work at each of its calls in turn, from the start that `prepare` makes, and gives the call it was."""
    n = 1
    while True:
        prepare()
        ended, calls = stopped_at(n, work, below, how=how)
        if ended == "done" and len(calls) < n:
            return
        # What only looks, or may find a folder there already, does not mind a full disk.
        assert ended in ({"killed"} if how == "kill" else {"failed", "done"}), (calls[-1], ended)
        yield calls[-1]
        n += 1
