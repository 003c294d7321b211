"""A fleet of devices that fetch their release themselves: a table of them, which is the denominator of every count."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.text import clipped
from mlops_gitops.documents.tree import Tree, Unreadable
from mlops_gitops.records.promotion import TargetValue
from mlops_gitops.records.target import Target
from mlops_gitops.rollout.devices import COLUMNS, is_title, read_rows
from mlops_gitops.rollout.observing.signatures import is_public_key
from mlops_gitops.rollout.target_kind import ReleaseFacts, TargetFault, TargetKind

_MOST = 20  # faults shown of one roster


def values(_: Target, __: ReleaseFacts) -> Iterator[TargetValue]:
    """Nothing: the devices ask for what their environment runs."""
    return iter(())


def faults(target: Target, tree: Tree) -> Iterator[TargetFault]:
    """What is wrong with the table: no file, other columns, a device twice or without a name or group."""
    path = str(target.roster)
    try:
        data = tree.read(path)
    except Unreadable as error:
        yield TargetFault(path, 1, f"{path} {error}")
        return
    if data is None:
        yield TargetFault(path, 1, f"there is no file {path}, which a target names")
        return
    try:
        rows = read_rows(data)
    except ValueError as error:
        yield TargetFault(path, 1, f"{path} is not CSV in UTF-8: {error}")
        return
    if not rows or not is_title(rows[0]):
        yield TargetFault(path, 1, f"{path} must begin with the line device,group or device,group,key")
        return
    found = list(_row_faults(path, rows))
    yield from found[:_MOST]
    if len(found) > _MOST:
        yield TargetFault(path, 1, f"{path} has {len(found) - _MOST} more faults")
    if len(rows) == 1:
        yield TargetFault(path, 1, f"{path} lists no device")


def _row_faults(path: str, rows: list[list[str]]) -> Iterator[TargetFault]:
    seen: dict[str, int] = {}
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]) or not all(cell and cell == cell.strip() and cell.isprintable() for cell in row):
            named = " and ".join(rows[0])
            help = f"each line is {', '.join(rows[0])}, without spaces around them"
            yield TargetFault(path, line, f"{path} has a line without {named}: {clipped(repr(row), 80)}", help)
        elif len(row) > len(COLUMNS) and not is_public_key(row[-1]):
            help = "base64 of the 32 bytes of an Ed25519 public key"
            yield TargetFault(path, line, f"{path} has no public key for {row[0]}: {clipped(repr(row[-1]), 80)}", help)
        elif row[0] in seen:
            yield TargetFault(path, line, f"{path} lists {row[0]} twice, on the lines {seen[row[0]]} and {line}")
        else:
            seen[row[0]] = line


TARGET = TargetKind("roster", __doc__, values, faults)
