"""A number that a DVC stage already measured: in a metrics file, or as one point of a plots file.

DVC's own commands let NaN, texts and the second of two equal keys through. Here all of them are no number, by name.
"""

from __future__ import annotations

import csv
import io
import math
import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.document import MAX_INTEGER
from mlops_gitops.documents.read_document import parse
from mlops_gitops.measurement.results import Measured
from mlops_gitops.records.kpis import MetricFile

MAX_SIZE = 16 * 1024 * 1024  # bytes
SHOWN = 40  # characters of a value that is no number
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DELIMITERS = {"csv": ",", "tsv": "\t"}


@frozen
class _Series:
    """The rows of a table or a list, and the key of the number in each."""

    rows: Sequence[Any]
    key: str


def number_in(data: bytes, path: str, place: MetricFile, better: str | None) -> Measured:
    """The number at a place of a metrics or plots file, or one sentence that says why there is none.

    JSON, TOML, CSV and TSV go by the ending of `path`, and all else is YAML, as it is for DVC. A table, or a list of
    mappings, is a series with a point a row; one of a single row is a number as well. `better` says whether the best
    point is the `higher` or the `lower`.
    """
    here = replace(place, file=path)
    try:
        return Measured(rounded(_number(_read(data, path), here, better)))
    except Undecided as error:
        return Measured(None, None, error.message)


def _read(data: bytes, path: str) -> Any:
    if len(data) > MAX_SIZE:
        raise Undecided(f"{path} is larger than {MAX_SIZE >> 20} MiB, which no file of metrics is")
    if data.startswith(BOM_UTF8):
        raise Undecided(f"{path} starts with a byte order mark: save it as plain UTF-8")
    if not data.strip():
        raise Undecided(f"{path} is empty")
    ending = path.rpartition(".")[2].lower()
    try:
        if ending in _DELIMITERS:
            return list(_table(data.decode(), _DELIMITERS[ending]))
        return tomllib.loads(data.decode()) if ending == "toml" else _document(data, ending)
    except UnicodeDecodeError as error:
        raise Undecided(f"{path} cannot be read: it is not UTF-8 text") from error
    except (ValueError, csv.Error, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Undecided(f"{path} cannot be read: {reason}") from error


def _document(data: bytes, ending: str) -> Any:
    document = parse("metrics.json" if ending == "json" else "metrics.yaml", data)
    if document.problems:
        raise ValueError(document.problems[0].message)
    return document.data


def _table(text: str, delimiter: str) -> Iterator[dict[str, Any]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = next(reader, [])
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise ValueError(f"it has two columns of one name, {twice[0]!r}")
    for row in filter(None, reader):
        if len(row) != len(header):
            raise ValueError(f"line {reader.line_num} has {len(row)} values where the header has {len(header)}")
        yield dict(zip(header, map(_cell, row), strict=True))


def _cell(text: str) -> float | str:
    return float(text) if _NUMBER.fullmatch(text) else text


def _number(data: Any, place: MetricFile, better: str | None) -> float:
    found = _find(data, place.key, place)
    if isinstance(found, _Series):
        return _of_series(found, place, better)
    if place.point:
        raise Undecided(f"{place.key} in {place.file} is a single number: leave out `point: {place.point}`")
    return _finite(found, f"{place.key} in {place.file}")


def _find(value: Any, key: str, place: MetricFile) -> Any:
    """The value of a key, which is whole or steps through mappings by its dots."""
    if isinstance(value, list):
        return _Series(value, key)
    if isinstance(value, Mapping):
        if key in value:
            return value[key]
        step, dot, rest = key.partition(".")
        if dot and step in value:
            return _find(value[step], rest, place)
    raise Undecided(f"{place.file} has no {place.key}")


def _of_series(series: _Series, place: MetricFile, better: str | None) -> float:
    count = len(series.rows)
    if not count:
        raise Undecided(f"{place.file} has no points of {place.key}")
    last = _point(series, count, place)
    if place.point is None and count > 1:
        raise Undecided(f"{place.file} has {count:,} points of {place.key}: say `point: last` or `point: best`")
    if place.point != "best":
        return last
    if better is None:
        raise Undecided(f"nothing says whether a higher {place.key} is better, so no point is the best: add `better:`")
    points = (_point(series, n, place) for n in range(1, count + 1))
    return max(points) if better == "higher" else min(points)


def _point(series: _Series, n: int, place: MetricFile) -> float:
    value = _find(series.rows[n - 1], series.key, place)
    name = f"{place.key} in {place.file}" if len(series.rows) == 1 else f"{place.key} at point {n:,} in {place.file}"
    return _finite(None if isinstance(value, _Series) else value, name)


def _finite(value: Any, name: str) -> float:
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise Undecided(f"{name} is a whole number beyond {MAX_INTEGER}, which is not exact")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Undecided(f"{name} is {_shown(value)}, not a number")
    return float(value)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    return "empty" if value is None else repr(value)[:SHOWN]
