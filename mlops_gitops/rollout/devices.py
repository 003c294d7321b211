"""The devices of a roster, and which of them a wave has reached."""

from __future__ import annotations

import io
from collections.abc import Iterable

from mlops_gitops.core.canonical import sha256
from mlops_gitops.records.rollout import WHOLE, Wave

COLUMNS = ["device", "group"]
KEY = "key"  # a third column, of the devices that sign what they report
_PARTS = 10_000  # how finely a share of a fleet is cut


def read_rows(roster: bytes) -> list[list[str]]:
    """The lines of a roster, its title first. Raises ValueError for what is not CSV in UTF-8."""
    import csv  # most runs read no roster

    try:
        return list(csv.reader(io.StringIO(roster.decode("utf-8-sig"), newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error


def devices_of(roster: bytes) -> dict[str, str]:
    """The group of each device; none of a file that is not a roster, which the rule target-schema refuses."""
    return {row[0]: row[1] for row in _devices(roster)}


def keys_of(roster: bytes) -> dict[str, str]:
    """The public key of each device, in base64; none of a roster without keys."""
    return {row[0]: row[2] for row in _devices(roster) if len(row) > len(COLUMNS)}


def _devices(roster: bytes) -> list[list[str]]:
    try:
        title, *rows = read_rows(roster) or [[]]
    except ValueError:
        return []
    return [row for row in rows if len(row) == len(title)] if is_title(title) else []


def is_title(row: list[str]) -> bool:
    """Whether this is the first line of a roster."""
    return row in (COLUMNS, [*COLUMNS, KEY])


def is_reached(waves: Iterable[Wave], target: str, device: str, group: str) -> bool:
    """Whether one of these waves brings the release to a device.

    A share of a fleet is chosen by the SHA-256 of the device's name: the same devices each time, and of a larger share
    the same and more.
    """
    return any(target in wave.targets and _is_chosen(wave, device, group) for wave in waves)


def _is_chosen(wave: Wave, device: str, group: str) -> bool:
    if wave.groups and group not in wave.groups:
        return False
    return int(sha256(device.encode()), 16) % _PARTS < wave.percent * _PARTS // WHOLE
