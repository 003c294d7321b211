"""Many cases in one test: each of them runs, and each that fails is named."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

WIDTH = 80  # characters of a case's name


def cases(names: str, values: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Runs a test for every case, as `pytest.mark.parametrize` does, but as one test.

    A case takes microseconds this way, where a test of its own takes milliseconds. All cases share the fixtures, except
    that each has a `tmp_path` of its own, a folder in that of the fixtures. A test whose cases change what another
    fixture holds is parametrized instead.

    `names` are the parameters, separated by commas. A value is what one parameter gets, a tuple for several, or
    `pytest.param(…, id=…)`. The test raises a group of all failures, whose message names the cases that failed.
    """
    parameters = [name.strip() for name in names.split(",")]
    rows = [_row(value, len(parameters)) for value in values]
    assert rows, f"there is no case of {names}"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def all_cases(**fixtures: Any) -> None:
            failures = {}
            for number, (name, row) in enumerate(rows):
                arguments = fixtures | dict(zip(parameters, row, strict=True))
                if "tmp_path" in fixtures:
                    arguments["tmp_path"] = _folder(fixtures["tmp_path"], number)
                try:
                    test(**arguments)
                except (Exception, pytest.fail.Exception) as failure:
                    failures[f"{number}: {name}"] = failure
            _report(failures, len(rows))

        signature = inspect.signature(test)
        fixtures = [parameter for name, parameter in signature.parameters.items() if name not in parameters]
        all_cases.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return all_cases

    return decorate


def _row(value: Any, width: int) -> tuple[str, Sequence[Any]]:
    """The name of a case and what its parameters get."""
    if hasattr(value, "values") and hasattr(value, "marks"):  # a pytest.param
        assert not value.marks, "a marked case is parametrized"
        return value.id or _named(value.values), value.values
    row = (value,) if width == 1 else tuple(value)
    assert len(row) == width, f"{row!r} are not {width} values"
    return _named(row), row


def _named(row: Sequence[Any]) -> str:
    names = (getattr(value, "id", None) or getattr(value, "__name__", None) or repr(value) for value in row)
    name = ", ".join(map(str, names))
    return name if len(name) <= WIDTH else f"{name[:WIDTH]}…"


def _folder(parent: Path, number: int) -> Path:
    folder = parent / str(number)
    folder.mkdir()
    return folder


def _report(failures: dict[str, BaseException], tried: int) -> None:
    if failures:
        for name, failure in failures.items():
            failure.add_note(f"in case {name}")
        listed = "\n".join(failures)
        raise BaseExceptionGroup(f"{len(failures)} of {tried} cases failed:\n{listed}\n", list(failures.values()))
