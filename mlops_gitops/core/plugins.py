"""Finds the modules of a band by their file names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any


@cache
def names(band: str) -> tuple[str, ...]:
    """The modules of the package `mlops_gitops.<band>`, sorted; none of them is imported."""
    package = import_module(f"mlops_gitops.{band}")
    files = (file for folder in package.__path__ for file in os.listdir(folder))
    return tuple(sorted(file[:-3] for file in files if file.endswith(".py") and file != "__init__.py"))


def load(band: str, name: str, constant: str) -> Any:
    """The constant one module of a band ends in. Raises LookupError for a module the band does not have."""
    if name not in names(band):
        raise LookupError(f"{band} has no module {name!r}")
    return getattr(import_module(f"mlops_gitops.{band}.{name}"), constant)


def sources(band: str) -> Iterator[tuple[str, str | None]]:
    """The modules of a band, sorted, each with its text, or None where that cannot be read; none is imported."""
    (folder,) = import_module(f"mlops_gitops.{band}").__path__
    for name in names(band):
        try:
            with open(os.path.join(folder, f"{name}.py"), encoding="utf-8") as source:
                yield name, source.read()
        except OSError:
            yield name, None


def all_of(band: str, constant: str, among: Iterable[str] | None = None) -> tuple[Any, ...]:
    """The constants of a band, or of these modules of it, in their order; modules without one are left out."""
    modules = [import_module(f"mlops_gitops.{band}.{name}") for name in (names(band) if among is None else among)]
    return tuple(getattr(module, constant) for module in modules if hasattr(module, constant))
