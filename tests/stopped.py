"""A program that is stopped, by Ctrl-C or worse, right after one of the writes of the git that it runs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import warm_programs
from house import Repository

GIT = """#!/bin/sh
# The real git; after its nth write the program that called it is stopped: a push, the references before and after it.
case " $* " in
  *" push "* | *" update-ref "*)
    n=$(( $(cat "$COUNTER" 2>/dev/null || echo 0) + 1 ))
    echo "$n" > "$COUNTER"
    "$REAL_GIT" "$@"
    code=$?
    if [ "$n" = "$STOP_AT" ]; then kill -"$STOP_WITH" "$PPID"; sleep 1; fi
    exit $code ;;
esac
exec "$REAL_GIT" "$@"
"""


def stopped(repository: Repository, at: int, signal: str, *words: str) -> int:
    """Runs Python with these words in the repository, and stops it by a signal after git's nth write: its exit code."""
    folder = repository.root.parent / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "git").write_text(GIT)
    (folder / "git").chmod(0o755)
    counter = folder / "counter"
    counter.unlink(missing_ok=True)
    env = os.environ | {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "REAL_GIT": str(shutil.which("git")),
        "COUNTER": str(counter),
        "STOP_AT": str(at),
        "STOP_WITH": signal,
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }
    done = warm_programs.run("python", words, repository.root, env)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode
