"""Git's objects, from one process for all: an answer about one is never taken for another's."""

from __future__ import annotations

import re
import subprocess
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import IO

from mlops_gitops.core.errors import Undecided
from mlops_gitops.git.object_format import GitObject

_HEADER = re.compile(rb"(?P<id>[0-9a-f]{40}|[0-9a-f]{64}) (?P<kind>blob|tree|commit|tag) (?P<size>[0-9]+)\n")
_AT_ONCE = 128  # questions that fit into a pipe while their answers wait


class TooLarge(Exception):
    """An object of more bytes than were wanted."""

    def __init__(self, kind: str, size: int) -> None:
        super().__init__(f"a {kind} of {size} bytes")
        self.kind, self.size = kind, size


class ObjectReader:
    """Reads objects by `git cat-file --batch`, which starts with the first question; any thread may ask."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None
        self._ending: Callable[[], object] | None = None
        self._lock = threading.Lock()

    def read(self, name: str, most: int | None = None) -> GitObject:
        """The object that a name means to git.

        Raises TooLarge over `most` bytes, Undecided where it is missing or broken.
        """
        return next(self.read_all([name], most))

    def read_all(self, names: Sequence[str], most: int | None = None) -> Iterator[GitObject]:
        """The objects of names, in their order, many questions at once. Raises as `read` does."""
        rest = iter(names)
        while some := list(islice(rest, _AT_ONCE)):
            with self._lock:
                found = self._ask(some, most)
            for name, item in zip(some, found, strict=True):
                if item is None:
                    raise Undecided(f"the Git object {name} is not here", help="git fetch")
                yield item

    def _ask(self, names: Sequence[str], most: int | None) -> list[GitObject | None]:
        if any("\n" in name for name in names):
            return [None] * len(names)
        try:
            questions, answers = self._pipes()
            questions.write("".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape"))
            questions.flush()
            return [_answer(answers, name, most) for name in names]
        except BrokenPipeError as error:
            self.close()
            raise _broken(names[0]) from error
        except BaseException:
            self.close()  # what was not read of an answer would begin the next one
            raise

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = self._start()
            self._ending = weakref.finalize(self, _end, self._process)
        assert self._process.stdin and self._process.stdout  # noqa: S101 - both are pipes
        return self._process.stdin, self._process.stdout

    def close(self) -> None:
        """Ends the process; the next question starts another."""
        if self._ending:
            self._ending()
        self._process = self._ending = None


def _answer(answers: IO[bytes], name: str, most: int | None) -> GitObject | None:
    line = answers.readline()
    header = _HEADER.fullmatch(line)
    if header is None:
        if line:  # `… missing`, or `… ambiguous`
            return None
        raise Undecided(f"git cannot read the object {name}", help="git fetch, then git fsck")
    kind, size = header["kind"].decode(), int(header["size"])
    if most is not None and size > most:
        raise TooLarge(kind, size)
    data = answers.read(size)
    if len(data) != size or answers.read(1) != b"\n":  # the process ended with it
        raise _broken(name)
    return GitObject(header["id"].decode(), kind, data)


def _broken(name: str) -> Undecided:
    return Undecided(f"the Git object {name} is broken", help="git fsck")


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(BrokenPipeError):  # what was written is not read any more
                pipe.close()
    process.kill()
    process.wait()
