"""One item of several: an error of it is its own result, and stops no other."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable
from typing import TypeVar

from mlops_gitops import __version__
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.runtime import console

_T = TypeVar("_T")


def isolated(work: Callable[[], _T]) -> _T | Error:
    """What `work` returns, or the Error that stopped it: any other exception is a bug, and so "could not decide"."""
    try:
        return work()
    except Error as error:
        return error
    except Exception as error:  # only Ctrl-C and an exit pass
        return as_bug(error)


def as_bug(error: Exception) -> Undecided:
    """An exception that is no Error, as one: its traceback goes to a log to be reported."""
    trace = "".join(traceback.format_exception(error))
    log = console.log(f"mlops-gitops {__version__}, Python {sys.version}\n\n{trace}")
    message = f"this is a bug in mlops-gitops: {type(error).__name__}: {error}"
    return Undecided(message, help=f"please report it with {log or 'what led to it'}")


def one_line(error: Error) -> str:
    """An error and what helps, as one line."""
    return error.message + (f"; {error.help}" if error.help else "")


def note_lines(errors: Iterable[Error]) -> list[str]:
    """A line for each thing that was left out."""
    return [f"note: {one_line(error)}" for error in errors]
