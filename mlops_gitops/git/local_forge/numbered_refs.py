"""References named by a number, such as `refs/mlops/pulls/7`, in folders where anybody who may push can write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count

from mlops_gitops.git.repository import Git

MOST = 999_999_999
_NAMED = re.compile("([1-9][0-9]{0,8})")
_NEAR = re.compile("0*([1-9][0-9]{0,8})(?:/|$)")


def refs_in(git: Git, folder: str) -> dict[str, str]:
    """The references in a folder by their full names, as last fetched, with the id that each holds."""
    found = git.refs_below(folder).items()
    return {f"{folder}/{name.encode('utf-8', 'surrogateescape').decode('utf-8', 'replace')}": id for name, id in found}


def exact_number(ref: str, folder: str) -> int:
    """The number that a reference is named by. Raises ValueError."""
    named = _NAMED.fullmatch(ref.removeprefix(f"{folder}/"))
    if named is None:
        raise ValueError(f"its name is not a number from 1 to {MOST}")
    return int(named[1])


def near_number(ref: str, folder: str) -> int | None:
    """The number that a reference is near to, well formed or not."""
    found = _NEAR.match(ref.removeprefix(f"{folder}/"))
    return int(found[1]) if found else None


def next_number(refs: Iterable[str], folder: str) -> int:
    """A number that no reference is near to."""
    taken = {near_number(ref, folder) or 0 for ref in refs}
    number = max(taken, default=0) + 1
    return number if number <= MOST else next(number for number in count(1) if number not in taken)
