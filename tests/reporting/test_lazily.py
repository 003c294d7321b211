"""Values that are made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from mlops_gitops.reporting.lazily import LazyMapping, LazySequence


def test_items_are_made_once_and_no_earlier_than_they_are_asked_for() -> None:
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            yield number

    found = LazySequence(numbers())
    assert made == [] and found and made == [0]
    assert [*islice(found, 2)] == [0, 1] and made == [0, 1]
    assert [*zip(found, found, strict=True)] == [(number, number) for number in range(5)]
    assert (len(found), found[-1], found[1:3], [*reversed(found)]) == (5, 4, [1, 2], [4, 3, 2, 1, 0])
    assert made == [0, 1, 2, 3, 4]
    assert not LazySequence([]) and len(LazySequence([])) == 0


def test_a_mapping_is_made_once() -> None:
    made: list[int] = []
    found = LazyMapping(lambda: made.append(1) or {"made": True})
    assert made == [] and dict(found) == {"made": True} and len(found) == 1 and made == [1]
