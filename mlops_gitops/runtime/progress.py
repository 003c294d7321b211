"""Work on many files at once, and how far it is: a line that is written over on a terminal, now and then one in a log.

It is said on standard error, and only of work that takes long.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import TextIO, TypeVar

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")

JOBS = 8  # files at once
PATIENCE = 1.0  # seconds before a terminal shows anything
TICK = 0.2
HEARTBEAT = 30.0  # a log hears less, and often enough that no runner takes the job for dead
UNITS = ("B", "kB", "MB", "GB", "TB")


class Stopped(Exception):
    """The work is not wanted any more."""


class Progress:
    """Counts files and bytes, and shows them for as long as its block lasts."""

    def __init__(self, doing: str, files: int, size: int = 0, *, stream: TextIO | None = None) -> None:
        self._doing, self._files, self._size = doing, files, size
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._lock, self._over = threading.Lock(), threading.Event()
        self._ended, self._bytes, self._width = 0, 0, 0
        self._begun = time.monotonic()
        self._speaker = threading.Thread(target=self._speak, name="progress", daemon=True)

    def advance(self, size: int) -> None:
        """Some more bytes were moved. Raises Stopped when the block has been left."""
        if self._over.is_set():
            raise Stopped
        with self._lock:
            self._bytes += size

    def each(self, work: Callable[[_Item], _Found], items: Iterable[_Item]) -> list[_Found]:
        """What the work finds for each item, several at once; the first exception ends them all, and is raised."""

        def work_on(item: _Item) -> _Found:
            self.advance(0)
            found = work(item)
            with self._lock:
                self._ended += 1
            return found

        waiting = list(items)
        if len(waiting) < 2:
            return [work_on(item) for item in waiting]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(JOBS, len(waiting)), "fetch") as pool:
            try:
                return [task.result() for task in [pool.submit(work_on, item) for item in waiting]]
            except BaseException:
                self._over.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def __enter__(self) -> Progress:
        self._speaker.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._speaker.join()
        if self._width:
            self._say("\r" + " " * self._width + "\r")

    def _speak(self) -> None:
        wait = PATIENCE if self._terminal else HEARTBEAT
        while not self._over.wait(wait):
            line = self._line()
            self._say(f"\r{line.ljust(self._width)}" if self._terminal else f"{line}\n")
            if self._terminal:
                wait, self._width = TICK, max(len(line), self._width)

    def _say(self, text: str) -> None:
        with suppress(OSError, ValueError):  # nobody listens any more
            self._stream.write(text)
            self._stream.flush()

    def _line(self) -> str:
        files = f"{self._ended} of {self._files} file{'s' if self._files != 1 else ''}"
        moved = f", {_shown(self._bytes)}" + (f" of {_shown(self._size)}" if self._size else "") if self._bytes else ""
        return f"{self._doing}: {files}{moved}, {time.monotonic() - self._begun:.0f} s"


def _shown(size: float) -> str:
    for unit in UNITS:
        if size < 1000 or unit == UNITS[-1]:
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
