"""Many cases in one test: all of them run, and the group of failures names each that failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import cases


def test_every_case_runs_and_each_that_fails_is_named() -> None:
    seen = []

    @cases("number, text", [(1, "a"), (2, "b"), pytest.param(3, "c", id="third"), (4, "d")])
    def check(number: int, text: str) -> None:
        seen.append(text)
        if number == 2:
            with pytest.raises(ValueError):
                pass
        assert number != 3

    with pytest.raises(BaseExceptionGroup) as failed:
        check()
    assert seen == ["a", "b", "c", "d"]
    assert len(failed.value.exceptions) == 2
    assert "2 of 4" in str(failed.value) and "2, 'b'" in str(failed.value) and "third" in str(failed.value)


@cases("inner", "xy")
@cases("outer", [1, 2])
def test_two_lists_of_cases_are_tried_in_every_pair(tmp_path: Path, inner: str, outer: int) -> None:
    (tmp_path / "once").mkdir()
    assert tmp_path.name == str(outer - 1) and tmp_path.parent.name == str("xy".index(inner))


def test_no_cases_and_rows_of_another_length_are_mistakes() -> None:
    for values in ([], [(1, 2, 3)]):
        with pytest.raises(AssertionError):
            cases("a, b", values)
