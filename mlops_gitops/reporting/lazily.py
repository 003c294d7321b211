"""Values that are made when they are asked for: what is printed first does not wait for the last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import count, islice
from typing import Any, TypeVar, overload

_T = TypeVar("_T")


class LazySequence(Sequence[_T]):
    """Items that are made as they are asked for, each once."""

    def __init__(self, items: Iterable[_T]) -> None:
        self._rest = iter(items)
        self._made: list[_T] = []

    def __iter__(self) -> Iterator[_T]:
        for number in count():
            if number == len(self._made):
                self._made += islice(self._rest, 1)
            if number == len(self._made):
                return
            yield self._made[number]

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def __len__(self) -> int:
        self._made += self._rest
        return len(self._made)

    @overload
    def __getitem__(self, number: int) -> _T: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[_T]: ...
    def __getitem__(self, number: int | slice) -> _T | Sequence[_T]:
        self._made += self._rest
        return self._made[number]


class LazyMapping(Mapping[str, Any]):
    """A mapping that is made when it is asked for."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make

    @cached_property
    def _whole(self) -> Mapping[str, Any]:
        return self._make()

    def __getitem__(self, key: str) -> Any:
        return self._whole[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)
