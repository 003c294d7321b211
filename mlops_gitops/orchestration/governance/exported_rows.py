"""The rows that releases were judged on, for an export that is asked to hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlops_gitops.audit.package import plain_path
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.runtime import verify_export
from mlops_gitops.storage.data_store import DataStore


@frozen
class ExportedRows:
    """The files by their path in the export; path and digest of each data file → that path; why others are absent."""

    files: Mapping[str, bytes]
    places: Mapping[tuple[str, str], str]
    absent: tuple[str, ...]


def read_rows(store: DataStore, releases: Iterable[Release]) -> ExportedRows:
    """The verified bytes of every file that the gates of some releases read; those that are gone are named.

    Raises Error where they are more than an export can hold.
    """
    pins = {(pin.path, pin.digest): pin for release in releases for pin in release.evaluation.values()}
    size = sum(pin.size or 0 for pin in pins.values())
    if size > verify_export.MOST_BYTES:
        limit = f"an export holds at most {verify_export.MOST_BYTES:,}"
        raise Error(f"the rows are {size:,} bytes, and {limit}", help="choose a shorter period, or leave out --rows")
    files: dict[str, bytes] = {}
    places: dict[tuple[str, str], str] = {}
    absent = []
    for key, pin in sorted(pins.items()):
        try:
            members = {_place(pin, member): store.read(member) for member in store.files(pin)}
        except Error as error:
            absent.append(f"{pin.path} ({pin.digest}): {error.message}")
            continue
        places[key] = _place(pin, pin)
        files |= members
    return ExportedRows(files, places, tuple(absent))


def _place(pin: Pin, member: Pin) -> str:
    """Where a file goes, or one of a folder: below its whole digest, so that files of one name lie side by side."""
    below = member.path.removeprefix(f"{pin.path}/") if member is not pin else pin.path.rpartition("/")[2]
    return f"rows/{plain_path(pin.digest.replace(':', '-'))}/{plain_path(below)}"
