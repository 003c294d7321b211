"""Tables that may be predictions: their first rows, to see what the columns hold, and what they measure today."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from itertools import islice

from mlops_gitops import measures, registry
from mlops_gitops.discovery.found import Found
from mlops_gitops.discovery.predictions import Columns, Predictions, recognise
from mlops_gitops.errors import Undecided
from mlops_gitops.instruments import Ask, Engine
from mlops_gitops.records.kpis import DataSet
from mlops_gitops.shell.measuring import measure

MOST = 100  # tables
ROWS = 200  # of each
HEAD = 1 << 16  # bytes of a CSV file
QUICK = 1 << 28  # bytes of a table that is measured while somebody waits


def samples(root: str, found: Found) -> tuple[Mapping[str, Columns], list[str]]:
    """The first rows of each table that is here, and a sentence for each that cannot be looked into."""
    known: dict[str, Columns] = {}
    unread = []
    for path in islice(_of_models(found), MOST):
        full = os.path.join(root, *path.split("/"))
        if not os.path.isfile(full):
            continue
        try:
            known[path] = _csv(full) if _format(path) == "csv" else _parquet(full)
        except Undecided as error:
            unread.append(f"{path} was not looked into: {error.message}" + (f" ({error.help})" if error.help else ""))
    return known, unread


def _of_models(found: Found) -> Iterator[str]:
    """The tables made from a model, then those that no stage makes."""
    yield from (path for path in found.tables if found.sources(path))
    makers = {path: found.pipelines.maker(path) for path in found.tables}
    yield from (path for path, stage in makers.items() if stage and not stage.name and not found.sources(path))


def measured(root: str, tables: Mapping[str, Columns]) -> dict[str, dict[str, float]]:
    """What each metric of a table of predictions is today, where it can be measured."""
    engine: Engine = registry.load("engines", "duckdb", "ENGINE")
    found = {}
    for path, columns in tables.items():
        its, full = recognise(path, columns), os.path.join(root, *path.split("/"))
        if its is not None and os.path.getsize(full) <= QUICK:
            asks = {name: Ask(measures.find(name)) for name in its.metrics}
            values = {name: its.whole.value for name, its in measure(engine, _data_set(its), asks, full).items()}
            found[path] = {name: value for name, value in values.items() if value is not None}
    return found


def _data_set(its: Predictions) -> DataSet:
    key, prediction, score = (its.columns.get(name) for name in ("key", "prediction", "score"))
    label, file_format = its.columns["label"], _format(its.path)
    return DataSet(its.path, its.path, file_format, label, key, prediction, score, positive=its.positive)


def _format(path: str) -> str:
    return path.rpartition(".")[2].lower()


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
    engine: Engine = registry.load("engines", "duckdb", "ENGINE")
    names = engine.columns(path, "parquet")
    with engine.open({"sample": (path, "parquet")}) as session:
        rows = session.rows(f"SELECT * FROM sample LIMIT {ROWS}")  # noqa: S608, a number of ours
    return {name: tuple("" if row[name] is None else str(row[name]) for row in rows) for name in names}
