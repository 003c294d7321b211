"""The columns of prediction files that lie in the work tree: read only where one is there, DuckDB only for Parquet."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import pairwise

from mlops_gitops.core import git_lfs
from mlops_gitops.pipelines import dvc_places


def local_columns(root: str) -> Callable[[str, str], Mapping[str, str] | None]:
    """The columns that `Context.columns` reads, of files in the work tree at `root`."""
    return partial(_columns, root)


def _columns(root: str, path: str, file_format: str) -> Mapping[str, str] | None:
    full = os.path.join(root, *path.split("/"))
    if not os.path.isfile(full) or not is_inside(root, path) or _is_pointer(full):
        return None
    return _csv(full) if file_format == "csv" else _parquet(full)


def _is_pointer(path: str) -> bool:
    if os.path.getsize(path) > git_lfs.LARGEST:
        return False
    with open(path, "rb") as file:
        return git_lfs.is_pointer(file.read())


def is_inside(root: str, path: str) -> bool:
    """Whether a path leads to a file of this repository, or by DVC's link into a cache in it; settings are neither."""
    parts, top = path.split("/"), os.path.realpath(root)
    real = os.path.realpath(os.path.join(root, *parts))
    if not {".git", ".dvc"}.isdisjoint(map(dvc_places.folded_name, parts)):
        return False
    folders = os.path.relpath(real, top).split(os.sep)
    linked = folders[0] != os.pardir and (".dvc", "cache") in pairwise(folders[:-1])
    return linked or real == os.path.join(top, *parts)


def _csv(path: str) -> Mapping[str, str]:
    from mlops_gitops.measurement.engines.duckdb import header
    from mlops_gitops.storage import table_head

    names = header(path)
    values, whole = table_head.head(path)
    return {name: _type(values.get(name, ()), whole) for name in names}


def _type(values: Iterable[str], whole: bool) -> str:
    """DuckDB's type of a column as far as these values prove it: in the first rows of many, only text is sure."""
    from mlops_gitops.measurement.columns.csv_types import BOOLEANS, NUMBER

    filled = [value for value in values if value]
    numbers = [value for value in filled if re.fullmatch(NUMBER, value)]
    booleans = [value for value in filled if value.lower() in BOOLEANS]
    if len(numbers) + len(booleans) < len(filled):
        return "VARCHAR"
    if not whole or not filled:
        return ""
    return "DOUBLE" if len(numbers) == len(filled) else "BOOLEAN" if len(booleans) == len(filled) else "VARCHAR"


def _parquet(path: str) -> Mapping[str, str] | None:
    from importlib.util import find_spec

    if find_spec("duckdb") is None:
        return None
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    return ENGINE.columns(path, "parquet")
