"""Finds the modules of a band by their file names."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


def names(band: str) -> tuple[str, ...]:
    """The modules of the package `mlops_gitops.<band>`, sorted; none of them is imported."""
    package = import_module(f"{__package__}.{band}")
    files = (file for folder in package.__path__ for file in os.listdir(folder))
    return tuple(sorted(file[:-3] for file in files if file.endswith(".py") and file != "__init__.py"))


def load(band: str, name: str, constant: str) -> Any:
    """The constant one module of a band ends in. Raises LookupError for a module the band does not have."""
    if name not in names(band):
        raise LookupError(f"{band} has no module {name!r}")
    return getattr(import_module(f"{__package__}.{band}.{name}"), constant)


def all_of(band: str, constant: str) -> tuple[Any, ...]:
    """The constants of a whole band in the order of its file names; modules without one are left out."""
    modules = [import_module(f"{__package__}.{band}.{name}") for name in names(band)]
    return tuple(getattr(module, constant) for module in modules if hasattr(module, constant))
