"""The columns of prediction files that lie in the work tree: read only where a file is there, DuckDB only then."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec

QUICK = 1 << 26  # bytes of a CSV file whose values are looked at for their types while somebody waits
CACHE = os.path.join(".dvc", "cache")


def at_hand(root: str) -> Callable[[str, str], Mapping[str, str] | None]:
    """What `Context.columns` asks, of the work tree at `root`."""
    return lambda path, file_format: _columns(root, path, file_format)


def _columns(root: str, path: str, file_format: str) -> Mapping[str, str] | None:
    full = os.path.join(root, *path.split("/"))
    if not os.path.isfile(full) or not _inside(root, path):
        return None
    from mlops_gitops.engines import duckdb as engine

    known = find_spec("duckdb") is not None
    if file_format == "csv" and not (known and os.path.getsize(full) <= QUICK):
        return dict.fromkeys(engine.header(full), "")
    return engine.ENGINE.columns(full, file_format) if known else None


def _inside(root: str, path: str) -> bool:
    """Whether a path leads to a file of this repository, or by DVC's link to one of its cache; settings are neither."""
    parts, top = path.split("/"), os.path.realpath(root)
    real = os.path.realpath(os.path.join(root, *parts))
    linked = real.startswith(os.path.join(top, CACHE) + os.sep)
    return parts[0] not in (".git", ".dvc") and (linked or real == os.path.join(top, *parts))
