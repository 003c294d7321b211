"""The first rows of a data file, read without an engine."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from itertools import islice

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.table import Columns

ROWS = 200  # of each


HEAD = 1 << 16  # bytes of a CSV file


def head(path: str) -> tuple[Columns, bool]:
    """The first rows of a CSV file by column, and whether those are all of it. Raises Undecided."""
    columns = _csv(path)
    return columns, os.path.getsize(path) < HEAD and all(len(values) < ROWS for values in columns.values())


def _csv(path: str) -> Columns:
    rows = _rows(path)
    names = [name or f"column{position}" for position, name in enumerate(next(rows, []))]
    if len({*names}) < len(names):
        raise Undecided("two of its columns have one name")
    whole = [row for row in islice(rows, ROWS) if len(row) == len(names)]
    return {name: tuple(row[n] for row in whole) for n, name in enumerate(names)}


def _rows(path: str) -> Iterator[list[str]]:
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
        text = (head if len(head) < HEAD else head[: head.rfind(b"\n") + 1]).decode("utf-8-sig")
        yield from csv.reader(io.StringIO(text, newline=""))
    except OSError as error:
        raise Undecided(f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Undecided("it is not UTF-8 text") from error
    except csv.Error as error:
        raise Undecided("it is not valid CSV") from error


def _parquet(path: str) -> Columns:
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    names = ENGINE.columns(path, "parquet")
    with ENGINE.open({"sample": (path, "parquet")}) as session:
        rows = session.rows(f"SELECT * FROM sample LIMIT {ROWS}")  # noqa: S608, a number of ours
    return {name: tuple("" if row[name] is None else str(row[name]) for row in rows) for name in names}
