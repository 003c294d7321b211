"""Frozen classes behave as a dataclass of the same fields would."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from mlops_gitops.core.frozen import asdict, field_names, frozen, replace


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


@frozen
class Empty:
    """Nothing but methods."""


@frozen
class Range(Place):
    """A place that goes on."""

    last: int = 9


@pytest.mark.parametrize("kind", [Place, Standard])
def test_fields_are_set_by_position_name_or_default(kind: Any) -> None:
    assert kind("a", 2) == kind(path="a", line=2) == kind("a", line=2)
    assert (kind("a").path, kind("a").line) == ("a", 1)
    assert repr(kind("a", 2)) == f"{kind.__name__}(path='a', line=2)"
    for wrong in ((), ("a", 1, 2)):
        with pytest.raises(TypeError, match="argument"):
            kind(*wrong)
    with pytest.raises(TypeError, match="unexpected"):
        kind("a", column=1)


@pytest.mark.parametrize("kind", [Place, Standard])
def test_equal_fields_are_equal_and_hash_alike(kind: Any) -> None:
    assert kind("a") == kind("a", 1)
    assert kind("a") != kind("b")
    assert kind("a") != ("a", 1)
    assert {kind("a"): 1}[kind("a", 1)] == 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(kind(["a"]))


@pytest.mark.parametrize("kind", [Place, Standard])
def test_nothing_can_be_changed_or_added(kind: Any) -> None:
    value = kind("a")
    for change in (
        lambda: setattr(value, "line", 2),
        lambda: delattr(value, "line"),
        lambda: setattr(value, "other", 2),
    ):
        with pytest.raises((AttributeError, TypeError)):
            change()
    assert value == kind("a", 1)
    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("kind", [Place, Standard])
def test_a_copy_has_the_fields_that_are_changed(kind: Any) -> None:
    value = kind("a", 2)
    assert replace(value, path="b") == kind("b", 2)
    assert value == kind("a", 2)
    with pytest.raises(TypeError, match="unexpected"):
        replace(value, column=1)


def test_the_class_keeps_what_it_defines() -> None:
    assert (Place.__name__, Place.__module__, Place.__doc__) == ("Place", __name__, "A place.")
    assert Place("a", 3).shown == "a:3"
    match Place("a", 3):
        case Place(path, line):
            assert (path, line) == ("a", 3)


def test_what_is_looked_up_once_is_kept() -> None:
    looked = Looked("a")
    assert looked.found is looked.found
    assert replace(looked).found is not looked.found
    assert looked == Looked("a")


def test_the_fields_of_a_base_class_come_first() -> None:
    assert field_names(Range) == ("path", "line", "last")
    assert (Range("a").line, Range("a").last, Range("a", 2, 3).shown) == (1, 9, "a:2")
    assert Range("a") != Place("a")
    assert replace(Range("a"), line=2) == Range("a", 2)


def test_fields_by_name_go_into_tuples_and_mappings() -> None:
    nested = Place({"b": (Place("b"),)}, [Range("c")])  # type: ignore[arg-type]
    inner = {"path": "c", "line": 1, "last": 9}
    assert asdict(nested) == {"path": {"b": ({"path": "b", "line": 1},)}, "line": [inner]}


def test_a_class_without_fields_has_equal_instances() -> None:
    assert Empty() == Empty() and hash(Empty()) == hash(Empty()) and repr(Empty()) == "Empty()"
    with pytest.raises(TypeError):
        Empty(1)  # type: ignore[call-arg]
