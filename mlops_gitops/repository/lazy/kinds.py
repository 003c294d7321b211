"""The kinds of file, each imported when it is reached: to make its classes takes longer than to judge a file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from mlops_gitops.documents.kind import Kind


class _Kinds:
    """Kinds of file in some order."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules

    def __iter__(self) -> Iterator[Kind]:
        return map(_kind, self._modules)


@cache
def _kind(module: str) -> Kind:
    found: Kind = import_module(f"mlops_gitops.records.{module}").KIND
    return found


KINDS = _Kinds(
    "project", "card", "kpis", "monitoring", "retraining",
    "release", "desired_state", "promotion", "decision", "pack",
)  # fmt: skip
LIGHT_FIRST = _Kinds(
    "project", "release", "desired_state", "promotion", "decision",
    "card", "kpis", "monitoring", "retraining", "pack",
)  # fmt: skip
