"""Frozen classes behave as a dataclass of the same fields would."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from cases import cases

from mlops_gitops.core.frozen import frozen, replace


@frozen
class Place:
    """A place."""

    path: str
    line: int = 1

    @property
    def shown(self) -> str:
        """Path and line."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Standard:
    """The same, by the standard library."""

    path: str
    line: int = 1


@frozen
class Looked:
    """It looks once."""

    path: str

    @cached_property
    def found(self) -> list[str]:
        """A new list each time it is made."""
        return [self.path]


@cases("kind", [Place, Standard])
def test_fields_are_given_by_place_name_or_default(kind: Any) -> None:
    assert kind("a", 2) == kind(path="a", line=2) == kind("a", line=2)
    assert (kind("a").path, kind("a").line) == ("a", 1)
    assert repr(kind("a", 2)) == f"{kind.__name__}(path='a', line=2)"
    for wrong in ((), ("a", 1, 2)):
        with pytest.raises(TypeError, match="argument"):
            kind(*wrong)
    with pytest.raises(TypeError, match="unexpected"):
        kind("a", column=1)


@cases("kind", [Place, Standard])
def test_equal_fields_are_equal_and_hash_alike(kind: Any) -> None:
    assert kind("a") == kind("a", 1)
    assert kind("a") != kind("b")
    assert kind("a") != ("a", 1)
    assert {kind("a"): 1}[kind("a", 1)] == 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(kind(["a"]))


@cases("kind", [Place, Standard])
def test_nothing_can_be_changed_or_added(kind: Any) -> None:
    its = kind("a")
    for change in (
        lambda: setattr(its, "line", 2),
        lambda: delattr(its, "line"),
        lambda: setattr(its, "other", 2),
    ):
        with pytest.raises((AttributeError, TypeError)):
            change()
    assert its == kind("a", 1)
    assert not hasattr(its, "__dict__")


@cases("kind", [Place, Standard])
def test_a_copy_has_other_fields_where_it_is_told(kind: Any) -> None:
    its = kind("a", 2)
    assert replace(its, path="b") == kind("b", 2)
    assert its == kind("a", 2)
    with pytest.raises(TypeError, match="unexpected"):
        replace(its, column=1)


def test_the_class_keeps_what_it_defines() -> None:
    assert (Place.__name__, Place.__module__, Place.__doc__) == ("Place", __name__, "A place.")
    assert Place("a", 3).shown == "a:3"
    match Place("a", 3):
        case Place(path, line):
            assert (path, line) == ("a", 3)


def test_what_is_looked_up_once_is_kept() -> None:
    its = Looked("a")
    assert its.found is its.found
    assert replace(its).found is not its.found
    assert its == Looked("a")
