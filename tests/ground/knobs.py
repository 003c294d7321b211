"""What a test has happen to requests of the program under test: lost answers, other answers, somebody in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ground.stateful import DOCUMENTATION, Reply

QUERY = "POST /graphql"


@dataclass
class Canned:
    """An answer of the test's own, and which requests it is for."""

    reply: Reply
    to: str
    done: bool
    after: int
    times: int

    def is_due(self) -> bool:
        """Whether it is this request's turn."""
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return self.times >= 0


class Knobs:
    """The part of the front that a test turns."""

    def __init__(self) -> None:
        self.restore()

    def cut(self, nth: int, *, done: bool = True, only_writes: bool = False) -> None:
        """Cuts the connection at the nth request from now (1: the next), and at every later one until `restore`.

        That nth request is carried out and its answer lost when `done`, else it is not; later ones are not carried out.
        """
        assert nth >= 1
        self._cut = (nth, done, only_writes)

    def before(self, nth: int, do: Callable[[], object]) -> None:
        """Does something while the nth request from now (1: the next) waits to be carried out, once.

        Such as killing who asked, or a whole run of another process, whose requests are answered meanwhile.
        """
        assert nth >= 1
        self._before = (nth, do)

    def restore(self) -> None:
        """Ends what `cut`, `before` and `answer_next` asked for."""
        self._cut: tuple[int, bool, bool] | None = None
        self._before: tuple[int, Callable[[], object]] | None = None
        self._canned: list[Canned] = []

    def answer_next(
        self,
        status: int,
        *,
        headers: dict[str, str] | None = None,
        body: Any = None,
        times: int = 1,
        to: str = "",
        after: int = 0,
        done: bool = False,
    ) -> None:
        """Answers `times` requests so, once `after` others have gone through; `to` limits both to such as "POST pulls".

        They are not carried out, unless `done`: then only their answer is another. A text is sent as it is.
        """
        default = {"message": "answered by the test", "documentation_url": DOCUMENTATION, "status": str(status)}
        reply = Reply(status, default if body is None else body, headers or {})
        self._canned.append(Canned(reply, to, done, after, times))

    def fate(self, method: str) -> tuple[bool, bool]:
        """Whether a request is carried out, and whether it is answered."""
        if self._cut is None:
            return True, True
        nth, done, only_writes = self._cut
        if nth > 1 and only_writes and method == "GET":
            return True, True
        self._cut = (max(nth - 1, 0), done, only_writes)
        return nth > 1 or (nth == 1 and done), nth > 1

    def due(self) -> Callable[[], object]:
        """What is to be done before this request; nothing, mostly."""
        nth, do = self._before or (0, _nothing)
        self._before = (nth - 1, do) if nth > 1 else None
        return do if nth == 1 else _nothing

    def canned(self, operation: str) -> Canned | None:
        """The answer that stands in for a request such as "POST pulls", if it is one's turn."""
        return next((one for one in self._canned if operation.startswith(one.to) and one.is_due()), None)

    def canned_query(self) -> Canned | None:
        """The answer that stands in for a query of GraphQL: only where a test names "POST /graphql"."""
        return next((one for one in self._canned if one.to == QUERY and one.is_due()), None)


def _nothing() -> None:
    """Nobody comes in between."""
