"""Progress: a line on a terminal, a heartbeat in a log, and nothing of work that is quick; many files at once."""

from __future__ import annotations

import io
import re
import threading
import time

import pytest
from messages import lacking, lines_with

from mlops_gitops.runtime import progress
from mlops_gitops.runtime.progress import Progress, Stopped


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _worked(stream: io.StringIO, seconds: float) -> str:
    with Progress("fetching", 3, 4_000_000, stream=stream) as bar:
        bar.each(lambda size: (bar.advance(size), time.sleep(seconds)), [1_500_000, 500])
    return stream.getvalue()


def test_quick_work_says_nothing() -> None:
    assert (_worked(Terminal(), 0), _worked(io.StringIO(), 0)) == ("", "")


def test_a_terminal_is_written_over_and_left_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    monkeypatch.setattr(progress, "TICK", 0.05)
    said = _worked(Terminal(), 0.4)
    facts = ("fetching", "0 of 3 files", "1.5 MB of 4.0 MB", "0 s")
    assert "\n" not in said and any(not lacking(line, *facts) for line in said.split("\r"))
    assert re.search(r"\r +\r\Z", said)


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "HEARTBEAT", 0.15)
    said = _worked(io.StringIO(), 0.4)
    assert said and lines_with(said, "fetching", "0 of 3 files", "1.5 MB of 4.0 MB", "0 s") == said.splitlines()


def test_several_are_worked_on_at_once_and_found_in_order() -> None:
    together = threading.Barrier(progress.JOBS, timeout=10)
    with Progress("fetching", progress.JOBS) as bar:
        assert bar.each(lambda n: together.wait() * 0 + n, range(progress.JOBS)) == list(range(progress.JOBS))


def test_what_breaks_one_stops_the_others() -> None:
    begun = []

    def work(n: int) -> None:
        begun.append(n)
        if n == 0:
            raise KeyboardInterrupt
        with pytest.raises(Stopped):
            for _ in range(1000):
                bar.advance(1)
                time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt), Progress("fetching", 500) as bar:
        bar.each(work, range(500))
    assert len(begun) <= 2 * progress.JOBS
