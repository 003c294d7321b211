"""Frozen classes of fields, as `dataclasses` makes them, at a fraction of what those cost a start.

`dataclasses` imports `inspect` and compiles six methods for each class, used or not: a third of the time that a hook on
one file takes. Here a class compiles its `__init__` when the first instance is made, and shares all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True)
def frozen(cls: type[_T]) -> type[_T]:
    """The class with its annotated names as fields: frozen, slotted, compared and hashed by them, as by a dataclass.

    A default is shared by all instances, so none may change it. The fields of a frozen base class come first.
    """
    inherited: tuple[str, ...] = getattr(cls, "__match_args__", ())
    declared = tuple(cls.__annotations__)
    attributes = {name: value for name, value in cls.__dict__.items() if name not in ("__dict__", "__weakref__")}
    defaults = getattr(cls, "_defaults", {}) | {name: attributes.pop(name) for name in declared if name in attributes}
    caches = any(isinstance(value, cached_property) for value in attributes.values())
    names = (*inherited, *declared)
    slots = (*declared, "__dict__") if caches else declared
    common = {"__slots__": slots, "__match_args__": names, "_fields": _reader(names), "_defaults": defaults}
    made: type[_T] = type(cls.__name__, cls.__bases__, _SHARED | common | attributes)
    _init_later(made, names, defaults)
    return made


def replace(value: _T, /, **changes: Any) -> _T:
    """A copy of an instance of such a class, some of its fields changed."""
    return type(value)(**_by_name(value) | changes)


def asdict(value: Any) -> dict[str, Any]:
    """The fields of an instance of such a class by name, and those of instances in them, in tuples and mappings too."""
    return {name: _plain(field) for name, field in _by_name(value).items()}


def field_names(cls: type) -> tuple[str, ...]:
    """The names of the fields of such a class, in order."""
    names: tuple[str, ...] = cls.__match_args__  # type: ignore[attr-defined]
    return names


def _by_name(value: object) -> dict[str, Any]:
    return {name: getattr(value, name) for name in field_names(type(value))}


def _plain(value: Any) -> Any:
    if getattr(type(value), "__eq__", None) is _equal:
        return asdict(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value


def _reader(names: tuple[str, ...]) -> Any:
    return attrgetter(*names) if names else staticmethod(lambda _: ())


def _init_later(made: Any, names: tuple[str, ...], defaults: Mapping[str, Any]) -> None:
    def first(self: Any, *values: Any, **named: Any) -> None:
        parameters = ", ".join(f"{name}=_defaults[{name!r}]" if name in defaults else name for name in names)
        lines = "".join(f"\n    _set(self, {name!r}, {name})" for name in names)
        scope = {"_defaults": defaults, "_set": object.__setattr__}
        exec(f"def __init__(self, {parameters}):{lines or ' pass'}", scope)  # noqa: S102 (nothing but the names of fields)
        made.__init__ = scope["__init__"]
        made.__init__(self, *values, **named)

    made.__init__ = first


def _equal(self: Any, other: Any) -> Any:
    return self._fields(self) == self._fields(other) if type(other) is type(self) else NotImplemented


def _hashed(self: Any) -> int:
    return hash(self._fields(self))


def _shown(self: Any) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in _by_name(self).items())})"


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise AttributeError(f"{name} of a {type(self).__name__} cannot be changed")


_SHARED = {
    "__eq__": _equal, "__hash__": _hashed, "__repr__": _shown, "__setattr__": _refuse, "__delattr__": _refuse,
}  # fmt: skip
