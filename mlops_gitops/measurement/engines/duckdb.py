"""DuckDB, embedded and locked in: a query reads the files it was given and nothing else."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from mlops_gitops.measurement.contract import Engine
    from mlops_gitops.metrics.aggregates import Array

HEADER_SIZE = 1 << 20  # characters
MAGIC = b"PAR1"
# RFC 4180 and nothing guessed: left to itself, DuckDB takes the last line of a ragged file for the header.
DIALECT = """header=true, delim=',', quote='"', escape='"', strict_mode=true, compression='none'"""
BARE = "hive_partitioning=false"  # a folder called label=1 is no column


@frozen
class DuckDB:
    """Reads CSV (RFC 4180, UTF-8, with a header) and Parquet."""

    def columns(self, path: str, file_format: str) -> Mapping[str, str]:
        """Column names and DuckDB's types of a file: text in CSV. Raises Undecided with why it cannot be read."""
        with self.connect({"file": (path, file_format)}) as session:
            return session.columns("file")

    @contextmanager
    def connect(
        self, files: Mapping[str, tuple[str, str]], *, memory: int | None = None, into: str | None = None
    ) -> Iterator[_Session]:
        """A session that may load `files` (view name → path, format) and has loaded none. Raises Undecided."""
        found = {view: _found(path, file_format) for view, (path, file_format) in files.items()}
        with _session([path for file in found.values() for path in file.parts], memory, into) as connection:
            yield _Session(connection, found)

    @contextmanager
    def open(self, files: Mapping[str, tuple[str, str]]) -> Iterator[_Session]:
        """A session that has loaded `files` (view name → path, format). Raises Undecided."""
        with self.connect(files) as session:
            for view in files:
                session.load(view, session.columns(view))
            yield session


@frozen
class _File:
    """A file, or the parts of a folder; or the `fault` that leaves it without any."""

    format: str
    parts: Sequence[str]
    fault: Undecided | None = None


@frozen
class _Session:
    connection: DuckDBPyConnection
    files: Mapping[str, _File]

    def columns(self, view: str, *, header: bool = False) -> dict[str, str]:
        file = self.files[view]
        if file.fault:
            raise file.fault
        with _plain_errors():
            types = _columns(self.connection, file.parts, file.format)
            if file.format == "csv" and not header:
                self.connection.execute(f"SELECT count(*) FROM {_source(file.parts, 'csv', types)}")
            return types

    def load(
        self, view: str, types: Mapping[str, str], only: Collection[str] | None = None, *, stream: bool = False
    ) -> None:
        file = self.files[view]
        kept = [identifier(name) for name in types if only is None or name in only]
        source = _source(file.parts, file.format, types)
        kind = "TEMP TABLE" if file.format == "csv" and not stream else "TEMP VIEW"
        self.connection.execute(f"CREATE {kind} {identifier(view)} AS SELECT {', '.join(kept)} FROM {source}")

    def rows(self, query: str) -> list[dict[str, Any]]:
        result = self.connection.execute(query)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def arrays(self, query: str) -> dict[str, Array]:
        found: dict[str, Array] = self.connection.execute(query).fetchnumpy()
        return found

    def write(self, query: str, path: str, file_format: str) -> None:
        options = {"parquet": "FORMAT parquet", "csv": "FORMAT csv, HEADER true"}[file_format]
        self.connection.execute(f"COPY ({query}) TO {literal(path)} ({options})")

    def keep(self, name: str, query: str, *, table: bool = True) -> None:
        self.connection.execute(f"CREATE TEMP {'TABLE' if table else 'VIEW'} {identifier(name)} AS {query}")


@contextmanager
def _session(paths: Sequence[str], memory: int | None, into: str | None) -> Iterator[DuckDBPyConnection]:
    """A connection that can open these files, its spill folder and `into`, and whose settings are locked."""
    try:
        import duckdb
    except ImportError as error:
        raise Undecided("DuckDB is not installed", help="pip install 'mlops-gitops[gates]'") from error
    with TemporaryDirectory(prefix="mlops-gitops-") as spill, duckdb.connect(":memory:") as connection, _plain_errors():
        connection.execute(f"SET allowed_paths=[{', '.join(map(literal, paths))}]")
        folders = ", ".join(literal(folder) for folder in (spill, into) if folder)
        connection.execute(f"SET allowed_directories=[{folders}]")
        connection.execute(f"SET temp_directory={literal(spill)}")
        if memory is not None:
            connection.execute(f"SET memory_limit='{memory:d} bytes'")
        connection.execute("SET python_enable_replacements=false")
        connection.execute("SET enable_external_access=false")
        connection.execute("SET lock_configuration=true")
        yield connection


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Raises Undecided with one line where DuckDB fails."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise Undecided(_plain(str(error), type(error).__name__)) from error


def _found(path: str, file_format: str) -> _File:
    try:
        return _File(file_format, _parts(path, file_format))
    except Undecided as error:
        return _File(file_format, (), error)


def _parts(path: str, file_format: str) -> list[str]:
    """The file, or the files of a folder that have the format's ending, in the order of their names."""
    if file_format not in ("csv", "parquet"):
        raise Undecided("its format is not declared", help="add `format: csv` or `format: parquet`")
    if not os.path.isdir(path):
        return [path]
    found = (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
    parts = sorted(path for path in found if path.endswith(f".{file_format}"))
    if not parts:
        raise Undecided(f"the folder holds no file that ends in .{file_format}")
    return parts


def _columns(connection: DuckDBPyConnection, parts: Sequence[str], file_format: str) -> dict[str, str]:
    """Column names and types, which all parts of a folder share."""
    for path in parts:
        _check_file(path, file_format)
    if file_format == "csv":
        return _csv_columns(parts)
    first = _parquet_columns(connection, parts[0])
    for path in parts[1:]:
        if _parquet_columns(connection, path) != first:
            raise Undecided(f"{_named(path, parts)} has other columns, or other types, than {_named(parts[0], parts)}")
    return first


def _named(path: str, parts: Sequence[str]) -> str:
    """A part as its folder calls it."""
    return os.path.relpath(path, os.path.commonpath([os.path.dirname(part) for part in parts]))


def _csv_columns(parts: Sequence[str]) -> dict[str, str]:
    names = _header(parts[0])
    _check_names(names)
    for path in parts[1:]:
        if _header(path) != names:
            raise Undecided(f"{_named(path, parts)} has another header than {_named(parts[0], parts)}")
    return dict.fromkeys(names, "VARCHAR")


def _source(parts: Sequence[str], file_format: str, types: Mapping[str, str]) -> str:
    if file_format == "parquet":
        return f"read_parquet({_listed(parts)}, {BARE})"
    columns = ", ".join(f"{literal(name)}: {literal(type)}" for name, type in types.items())
    return f"read_csv({_listed(parts)}, {DIALECT}, {BARE}, auto_detect=false, columns={{{columns}}})"


def _listed(parts: Sequence[str]) -> str:
    return f"[{', '.join(map(literal, parts))}]"


def _describe(connection: DuckDBPyConnection, source: str) -> dict[str, str]:
    return {name: type for name, type, *_ in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}


def _check_file(path: str, file_format: str) -> None:
    if glob.has_magic(path):
        raise Undecided("its path holds *, ? or [, which DuckDB takes for a pattern of many files")
    try:
        with open(path, "rb") as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise Undecided(f"the file does not open: {error.strerror}") from error
    if not start:
        raise Undecided("the file is empty")
    if (start == MAGIC) != (file_format == "parquet"):
        raise Undecided("it is Parquet, not CSV" if file_format == "csv" else "it is not Parquet")


def header(path: str) -> list[str]:
    """The column names of a CSV file; DuckDB need not be installed. Raises Undecided."""
    _check_file(path, "csv")
    names = _header(path)
    _check_names(names)
    return names


def _header(path: str) -> list[str]:
    """The column names of a CSV file; one without a name, as pandas writes an index, is called after its position."""
    import csv
    import io

    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(io.StringIO(file.read(HEADER_SIZE), newline=""), strict=True), [])
    except UnicodeDecodeError as error:
        raise Undecided("it is not UTF-8 text") from error
    except csv.Error as error:
        raise Undecided("its header line is not valid CSV") from error
    if not any(names) or all(map(_is_number, filter(None, names))):
        raise Undecided("its first line holds no column names")
    return [name or f"column{position}" for position, name in enumerate(names)]


def _parquet_columns(connection: DuckDBPyConnection, path: str) -> dict[str, str]:
    """Names and types of a Parquet file; FLOAT16 for half precision, which DuckDB describes as FLOAT."""
    logical = _parquet_schema(connection, path)
    _check_names([name for name, _ in logical])
    types = _describe(connection, _source([path], "parquet", {}))
    halves = {name for name, logical_type in logical if logical_type == "Float16Type()"}
    return {name: "FLOAT16" if name in halves else type for name, type in types.items()}


def _parquet_schema(connection: DuckDBPyConnection, path: str) -> list[tuple[str, str | None]]:
    """Top-level names and logical types as the file has them: DuckDB itself renames the second of two names."""
    query = f"SELECT name, logical_type, coalesce(num_children, 0) FROM parquet_schema({literal(path)})"
    found, nested = [], 0
    for name, logical_type, children in connection.execute(query).fetchall()[1:]:
        found += [] if nested else [(name, logical_type)]
        nested = nested - bool(nested) + children
    return found


def _check_names(names: Sequence[str]) -> None:
    """Refuses two columns of one name; to DuckDB upper and lower case are the same."""
    seen: dict[str, str] = {}
    for name in names:
        if (same := name.casefold()) in seen:
            raise Undecided(f"it has two columns of one name, {seen[same]!r} and {name!r}")
        seen[same] = name


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(message: str, name: str) -> str:
    """One line for what DuckDB says in twenty, without the paths it quotes."""
    if "is not utf-8 encoded" in message:
        return "it is not UTF-8 text"
    line = re.search(r"CSV Error on Line: (\d+)", message)
    if line is None:
        return "it is not valid CSV" if "CSV" in message else f"DuckDB fails on it ({name})"
    if columns := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message):
        return f"line {line[1]} has {columns[2]} values where the header has {columns[1]}"
    if "unterminated quote" in message:
        return f"line {line[1]} has a quote that is not closed"
    return f"line {line[1]} is not valid CSV"


ENGINE: Engine = DuckDB()
