"""Frozen classes of fields, as `dataclasses` makes them, at a fraction of what those cost a start.

`dataclasses` imports `inspect` and compiles six methods for each class, used or not: a third of the time that a hook on
one file takes. Here a class compiles its `__init__` when the first instance is made, and shares all the rest.
"""

from __future__ import annotations

from functools import cached_property
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True)
def frozen(cls: type[_T]) -> type[_T]:
    """The class with its annotated names as fields: frozen, slotted, compared and hashed by them, as by a dataclass.

    A default is shared by all instances, so it must not be changed by any. There is no inheritance of fields.
    """
    names = tuple(cls.__annotations__)
    own = {name: its for name, its in cls.__dict__.items() if name not in ("__dict__", "__weakref__")}
    defaults = {name: own.pop(name) for name in names if name in own}
    caches = any(isinstance(its, cached_property) for its in own.values())
    slots = (*names, "__dict__") if caches else names
    shared = {**_SHARED, "__slots__": slots, "__match_args__": names, "_fields": attrgetter(*names)}
    made: type[_T] = type(cls.__name__, cls.__bases__, shared | own)
    _init_later(made, names, defaults)
    return made


def replace(its: _T, **changes: Any) -> _T:
    """A copy of an instance of such a class, some of its fields changed."""
    return type(its)(**{name: getattr(its, name) for name in _names(its)} | changes)


def _names(its: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = type(its).__match_args__
    return names


def _init_later(made: Any, names: tuple[str, ...], defaults: dict[str, Any]) -> None:
    def first(self: Any, *given: Any, **named: Any) -> None:
        asked = ", ".join(f"{name}=_defaults[{name!r}]" if name in defaults else name for name in names)
        lines = "".join(f"\n    _set(self, {name!r}, {name})" for name in names)
        scope = {"_defaults": defaults, "_set": object.__setattr__}
        exec(f"def __init__(self, {asked}):{lines}", scope)  # noqa: S102 (nothing but the names of fields)
        made.__init__ = scope["__init__"]
        made.__init__(self, *given, **named)

    made.__init__ = first


def _equal(self: Any, other: Any) -> Any:
    return self._fields(self) == self._fields(other) if type(other) is type(self) else NotImplemented


def _hashed(self: Any) -> int:
    return hash(self._fields(self))


def _shown(self: Any) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in _names(self))})"


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise AttributeError(f"{name} of a {type(self).__name__} cannot be changed")


_SHARED = {
    "__eq__": _equal, "__hash__": _hashed, "__repr__": _shown, "__setattr__": _refuse, "__delattr__": _refuse,
}  # fmt: skip
