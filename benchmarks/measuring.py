"""Runs programs one after the other, round by round, and takes the time and memory of each process."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Case:
    """One program to measure; `code` is the exit code it must have."""

    words: list[str]
    folder: Path
    code: int = 0
    env: Mapping[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Wall time of the whole process in seconds."""
        return statistics.median(self.seconds)

    @property
    def processor(self) -> float:
        """Seconds of processor time of the whole process: what other work on the machine hardly changes."""
        return statistics.median(self.busy)

    @property
    def peak(self) -> int:
        """The most memory a run took, in bytes."""
        return max(self.bytes)

    def run(self) -> None:
        """Runs it once, and measures."""
        started = time.perf_counter()
        process = self.start(subprocess.DEVNULL)
        self.finish(process)
        self.seconds.append(time.perf_counter() - started)
        if process.returncode != self.code:
            sys.exit(f"{' '.join(self.words)[:300]} ended with {process.returncode}, not {self.code}")

    def start(self, stdout: int) -> subprocess.Popen[bytes]:
        """The process, which reads nothing and prints to `stdout`."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GIT_"))} | dict(self.env)
        return subprocess.Popen(
            self.words, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=stdout,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def finish(self, process: subprocess.Popen[bytes]) -> None:
        """Awaits its end, and notes its processor time and memory."""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.busy.append(usage.ru_utime + usage.ru_stime)
        self.bytes.append(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def interleaved(cases: Iterable[Case], rounds: int) -> None:
    """Each case once to warm up, then all of them in turn, `rounds` times: what slows the machine slows them alike."""
    cases = list(cases)
    for case in cases:
        case.run()
        case.seconds.clear()
        case.busy.clear()
        case.bytes.clear()
    for number in range(rounds):
        for case in cases if number % 2 else reversed(cases):
            case.run()
