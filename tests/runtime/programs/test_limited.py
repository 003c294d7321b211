"""A program with a limit of time: it ends with all that it started, and what it printed is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlops_gitops.core.errors import Undecided
from mlops_gitops.runtime.programs import limited

CHILD = "import os, time; open('child', 'w').write(str(os.getpid())); time.sleep(60)"


def _run(folder: Path, text: str, seconds: float = 20) -> int | None:
    words = [sys.executable, "-S", "-c", text]
    return limited.run(words, str(folder), dict(os.environ), str(folder / "log.txt"), seconds).code


def _is_gone(folder: Path) -> bool:
    child = int((folder / "child").read_text())
    for _ in range(100):
        try:
            stat = Path(f"/proc/{child}/stat").read_text()
        except OSError:
            return True
        if stat.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_its_exit_code_and_its_output(tmp_path: Path) -> None:
    assert _run(tmp_path, "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)") == 3
    assert (tmp_path / "log.txt").read_text() == "out\nerr\n"


def test_over_its_time_it_ends_with_what_it_started(tmp_path: Path) -> None:
    starts = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-S', '-c', {CHILD!r}]); "
    waits = "\nimport os\nwhile not os.path.exists('child') or not open('child').read(): time.sleep(0.01)\n"
    assert _run(tmp_path, f"{starts}{waits}time.sleep(60)", seconds=1.5) is None
    assert _is_gone(tmp_path)
    (tmp_path / "child").unlink()
    assert _run(tmp_path, f"{starts}{waits}") == 0  # what it leaves in its group does not go on
    assert _is_gone(tmp_path)


def test_one_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "GRACE", 0.2)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    begun = time.monotonic()
    assert _run(tmp_path, deaf, seconds=0.8) is None
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_who_started_it(tmp_path: Path, how: signal.Signals) -> None:
    """Nothing of a pipeline goes on where the tool was killed, was asked to stop, or stopped by Ctrl-C."""
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {CHILD!r}])"
    tool = (
        "import os, signal, sys; from mlops_gitops.runtime.programs import limited; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "  # a job in the background ignores it
        f"limited.run([sys.executable, '-S', '-c', {starts!r}], '.', dict(os.environ), 'log.txt', 60)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen([sys.executable, "-c", tool], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(how)
    assert process.wait(timeout=20) != 0
    assert _is_gone(tmp_path)


def test_one_that_a_signal_ended(tmp_path: Path) -> None:
    assert _run(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)") == 128 + signal.SIGKILL


def test_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Undecided, match="no-such-program"):
        limited.run(["no-such-program"], str(tmp_path), {}, str(tmp_path / "log.txt"), 1)
