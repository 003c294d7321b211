"""One thing of several: whatever goes wrong with it is an Error of its own, and only Ctrl-C and an exit pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mlops_gitops.core.errors import UNDECIDED, Error, Refused
from mlops_gitops.runtime.isolated import isolated, one_line


def nested(depth: int = 0) -> int:
    return nested(depth + 1)


def out_of_memory() -> None:
    raise MemoryError


BUGS: list[Callable[[], object]] = [
    nested, out_of_memory, partial(int, "x"), partial("\ud800".encode), partial(open, "a\x00b"), partial({}.pop, "x"),
    partial(json.loads, "[" * 100_000),
]  # fmt: skip


@pytest.mark.parametrize("work", BUGS)
def test_a_bug_is_could_not_decide_with_a_log_to_report(
    work: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    done = isolated(work)
    assert isinstance(done, Error)
    assert (done.exit_code, done.message.startswith("this is a bug in mlops-gitops: ")) == (UNDECIDED, True)
    (log,) = tmp_path.glob("*/mlops-gitops.log")
    assert str(log) in one_line(done) and "Traceback" in log.read_text()


def test_an_error_stays_what_it_is() -> None:
    refused = Refused("no", help="another way")

    def refuse() -> None:
        raise refused

    assert isolated(refuse) is refused
    assert isolated(lambda: 5) == 5


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_who_wants_to_stop_stops(ending: type[BaseException]) -> None:
    def end() -> None:
        raise ending

    with pytest.raises(ending):
        isolated(end)
