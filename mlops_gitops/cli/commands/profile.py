"""Write the reference profile of a model's data: counts of its columns, which monitoring compares with, and no rows."""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from collections.abc import Collection

from mlops_gitops.cli.arguments import add_model, path_inside
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.core.table import Table
from mlops_gitops.documents.tree import safe_path
from mlops_gitops.monitoring.profiles.file_size import fitted
from mlops_gitops.monitoring.profiles.measure_profile import measure_profile
from mlops_gitops.monitoring.profiles.profile import (
    FORMAT,
    Column,
    NumericColumn,
    Profile,
    ProfiledData,
    to_bytes,
    to_json,
)
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.pipelines.tracked_outputs import Tracking, evaluation_pins
from mlops_gitops.promotion.manifest import profile_path, require_kpis
from mlops_gitops.records.kpis import DataSet, Kpis
from mlops_gitops.reporting.report import Report
from mlops_gitops.runtime import write_files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser)
    help = "a file that DVC or Git tracks (default: the one that the model's KPIs read)"
    parser.add_argument("--data", metavar="PATH", help=help)
    help = "the file to write (default: profile.json in the model's folder)"
    parser.add_argument("--out", metavar="PATH", help=help)


def run(args: argparse.Namespace) -> Report:
    """Profiles and writes."""
    workspace = open_workspace(args.repo)
    kpis = require_kpis(workspace.work, args.model)
    out = _place(workspace, args.out or profile_path(workspace.work, args.model), bool(args.out))
    data = _data(kpis, path_inside(workspace.git.root, args.data) if args.data else None)
    profile = fitted(_profile(workspace, args.model, data, _keys(kpis)))
    write_files.write(workspace.git.root, {out: to_bytes(profile)})
    return _report(profile, out)


def _place(workspace: Workspace, written: str, typed: bool) -> str:
    """Where the profile goes: inside of the repository, and over nothing but a profile. Raises Error."""
    root = workspace.git.root
    path = path_inside(root, written) if typed else written
    if not safe_path(path) or ".git" in path.casefold().split("/"):
        raise Error(f"a profile cannot be written to {written}", help="name a file in the repository with --out")
    write_files.check_place(root, path)
    full = os.path.join(root, *path.split("/"))
    if os.path.lexists(full) and not _is_profile(full):
        raise Error(f"{path} is there, and it is not a profile", help="name another file with --out")
    return path


def _is_profile(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return not os.path.islink(path) and f'"format": "{FORMAT}"'.encode() in file.read()
    except OSError:
        return False


def _data(kpis: Kpis, path: str | None) -> DataSet:
    """The data set to profile; a file that none reads is read as the only one is declared. Raises Error."""
    sets = list(kpis.data.values())
    if path is not None and (own := [data for data in sets if data.path == path]):
        return own[0]
    if len(sets) != 1:
        known = ", ".join(data.path for data in sets)
        help = f"name a file with --data: {known}" if known else f"declare `data` in {kpis.path}"
        raise Error(f"the KPIs of {kpis.model} read {len(sets)} data sets, so none is the reference", help=help)
    if path is None:
        return sets[0]
    ending = path.rsplit(".", 1)[-1].lower()
    file_format = ending if ending in ("csv", "parquet") else sets[0].format
    return replace(sets[0], path=path, format=file_format, where=None, labels=None)


def _keys(kpis: Kpis) -> set[str]:
    """The columns that tell rows or clusters apart, in any data set of the model."""
    sets = kpis.data.values()
    named = {column for data in sets for column in (data.key, data.cluster, data.labels and data.labels.key)}
    return {column for column in named if column}


def _profile(workspace: Workspace, model: str, data: DataSet, keys: Collection[str]) -> Profile:
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    files = {data.name: data.path}
    pin = evaluation_pins(Tracking(workspace.work.tree), files, workspace.git.ignored(files.values()))[data.name]
    if isinstance(pin, str):
        raise Undecided(pin)
    with tempfile.TemporaryDirectory() as folder:
        copy = workspace.store_here().copy(pin, folder, parts=(f".{data.format}",))
        digest = f"md5:{pin.md5}" if pin.md5 else pin.digest
        profiled = ProfiledData(data.path, digest, None if pin.is_folder else _sha256(copy), data.where)
        return measure_profile(ENGINE, copy, model, data, profiled, keys)


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _report(profile: Profile, out: str) -> Report:
    rows = tuple((name, *_cells(column)) for name, column in profile.columns.items())
    table = Table(f"{profile.model}: {profile.rows:,} rows of {profile.data.path}", _HEAD, rows)
    left = [f"left out: {name}: {reason}" for name, reason in profile.left_out.items()]
    data = {"version": 1, "path": out, "profile": to_json(profile)}
    return Report(data, tables=(table,), lines=(*left, f"the profile is in {out}"))


_HEAD = ("column", "kind", "nulls", "bins or categories")


def _cells(column: Column) -> tuple[str, str, str]:
    if isinstance(column, NumericColumn):
        return column.kind, f"{column.nulls:,}", f"{len(column.counts):,}"
    pooled = f" and {column.other_values:,} pooled" if column.other_values else ""
    return column.kind, f"{column.nulls:,}", f"{len(column.categories):,}{pooled}"


COMMAND = Command("profile", __doc__.strip(), add_arguments, run)
