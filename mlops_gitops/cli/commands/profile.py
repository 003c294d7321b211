"""Write the reference profile of a model's data: counts of its columns, which monitoring compares with, and no rows."""

from __future__ import annotations

import argparse
import os

from mlops_gitops.cli.arguments import add_model, path_inside
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.core.table import Table
from mlops_gitops.documents.tree import safe_path
from mlops_gitops.monitoring.profiles.profile import (
    FORMAT,
    Column,
    NumericColumn,
    Profile,
    Segment,
    to_bytes,
    to_json,
)
from mlops_gitops.orchestration.monitoring.write_profile import measured_profile
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.pipelines.tracked_outputs import Tracking
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
    store, ignored = workspace.store_here(), workspace.git.ignored([data.path])
    plan = workspace.work.monitoring(args.model)
    profile = measured_profile(store, Tracking(workspace.work.tree), kpis, data, ignored, plan)
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


def _report(profile: Profile, out: str) -> Report:
    rows = tuple((name, *_cells(column)) for name, column in profile.columns.items())
    table = Table(f"{profile.model}: {profile.rows:,} rows of {profile.data.path}", _HEAD, rows)
    left = [f"left out: {name}: {reason}" for name, reason in profile.left_out.items()]
    left += [f"segment: {_segment_name(segment)}: {segment.rows:,} rows" for segment in profile.segments]
    data = {"version": 1, "path": out, "profile": to_json(profile)}
    return Report(data, tables=(table,), lines=(*left, f"the profile is in {out}"))


def _segment_name(segment: Segment) -> str:
    values = ", ".join(f"{name}={'(empty)' if value is None else value}" for name, value in segment.values.items())
    return " where ".join(filter(None, (values, segment.where or "")))


_HEAD = ("column", "kind", "nulls", "bins or categories")


def _cells(column: Column) -> tuple[str, str, str]:
    if isinstance(column, NumericColumn):
        return column.kind, f"{column.nulls:,}", f"{len(column.counts):,}"
    pooled = f" and {column.other_values:,} pooled" if column.other_values else ""
    return column.kind, f"{column.nulls:,}", f"{len(column.categories):,}{pooled}"


COMMAND = Command("profile", __doc__.strip(), add_arguments, run)
