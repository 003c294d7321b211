"""A profile that fits into a file which can be read again: of many columns, each has fewer bins."""

from __future__ import annotations

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import MAX_BYTES
from mlops_gitops.monitoring.profiles.bins import MOST_BINS
from mlops_gitops.monitoring.profiles.profile import Column, NumericColumn, Profile, to_bytes

FEWEST_BINS = 60  # statistics of drift merge them to at most 20


def fitted(profile: Profile, most_bytes: int = MAX_BYTES) -> Profile:
    """The profile with as many bins as its file has room for: neighbours are merged, two by two.

    Raises Error where it is too large with the fewest.
    """
    most = MOST_BINS
    while len(to_bytes(profile)) > most_bytes:
        most //= 2
        if most < FEWEST_BINS:
            message = (
                f"the profile of {len(profile.columns):,} columns is larger than the {most_bytes:,} bytes of a file"
            )
            raise Error(message, help="profile a file with fewer columns: --data PATH")
        columns = {name: _coarser(column, most) for name, column in profile.columns.items()}
        profile = replace(profile, columns=columns)
    return profile


def require_size(profile: Profile, most_bytes: int = MAX_BYTES) -> Profile:
    """The profile itself. Raises Error where its segments make it larger than a file that can be read again."""
    if len(to_bytes(profile)) > most_bytes:
        count = f"{len(profile.segments)} segments of {len(profile.columns):,} columns"
        message = f"the profile of {count} is larger than the {most_bytes:,} bytes of a file"
        raise Error(message, help="split rows into fewer segments in monitoring.yaml, or profile fewer columns")
    return profile


def _coarser(column: Column, most: int) -> Column:
    """The column with at most so many bins; each new bin is two old ones, so that it holds no fewer rows."""
    while isinstance(column, NumericColumn) and len(column.counts) > most:
        pairs = range(0, len(column.counts), 2)
        counts = tuple(sum(column.counts[place : place + 2]) for place in pairs)
        column = replace(column, edges=column.edges[1::2], counts=counts)
    return column
