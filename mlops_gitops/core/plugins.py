"""Finds the modules of a package by their file names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any


@cache
def names(package: str) -> tuple[str, ...]:
    """The modules of `mlops_gitops.<package>`, sorted; none of them is imported."""
    folders = import_module(f"mlops_gitops.{package}").__path__
    files = (file for folder in folders for file in os.listdir(folder))
    return tuple(sorted(file[:-3] for file in files if file.endswith(".py") and file != "__init__.py"))


def load(package: str, name: str, constant: str) -> Any:
    """The constant one module of a package ends in. Raises LookupError for a module the package does not have."""
    if name not in names(package):
        raise LookupError(f"{package} has no module {name!r}")
    return getattr(import_module(f"mlops_gitops.{package}.{name}"), constant)


def sources(package: str) -> Iterator[tuple[str, str | None]]:
    """The modules of a package, sorted, each with its text, or None where that cannot be read; none is imported."""
    (folder,) = import_module(f"mlops_gitops.{package}").__path__
    for name in names(package):
        try:
            with open(os.path.join(folder, f"{name}.py"), encoding="utf-8") as source:
                yield name, source.read()
        except OSError:
            yield name, None


def summaries(package: str) -> dict[str, str]:
    """The first line of each module's docstring; only one whose source cannot be read is imported."""
    return {
        name: _first_line(text.partition('"""')[2].partition('"""')[0] if text else _docstring(package, name))
        for name, text in sources(package)
    }


def _docstring(package: str, name: str) -> str:
    return import_module(f"mlops_gitops.{package}.{name}").__doc__ or ""


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def all_of(package: str, constant: str, among: Iterable[str] | None = None) -> tuple[Any, ...]:
    """The constants of a package, or of these modules of it, in their order; modules without one are left out."""
    modules = [import_module(f"mlops_gitops.{package}.{name}") for name in (names(package) if among is None else among)]
    return tuple(getattr(module, constant) for module in modules if hasattr(module, constant))
