"""A script that starts a program, and ends it with all that it started as soon as its own parent is gone.

Run by its path, with the standard library alone. Its first argument is the end of a pipe whose other end the parent
holds: that end closes with the parent, however it ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def _end_with_parent(pipe: int) -> None:
    os.read(pipe, 1)  # nothing is ever written
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    """The exit code of the program; of one that a signal ended as a shell has it."""
    pipe, words = int(sys.argv[1]), sys.argv[2:]
    signal.signal(signal.SIGTERM, lambda *_: None)  # it is for the program: this script is there until that has ended
    threading.Thread(target=_end_with_parent, args=(pipe,), daemon=True).start()
    code = subprocess.Popen(words).wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
