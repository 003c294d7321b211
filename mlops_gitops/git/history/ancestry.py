"""Which commits two histories share, walked as `git merge-base` does: the newest commit first, each side painted."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from mlops_gitops.git.object_format import CommitObject

MOST = 1000  # commits that are read here: git itself is quicker on more
_SLACK = 20  # shared commits walked on where all seems settled: clocks differ, and git walks 5
_BASE, _HEAD = 1, 2
_BOTH = _BASE | _HEAD
_Read = Callable[[str], CommitObject]


class LongWalk(Exception):
    """A question that takes a walk of more than MOST commits."""


def is_ancestor(read: _Read, one: str, other: str) -> bool:
    """Whether `one` is in the history of `other`. Raises LongWalk, and what `read` raises."""
    return bool(_painted(read, one, other)[one] & _HEAD)


def commits_between(read: _Read, base: str, head: str) -> list[CommitObject]:
    """The commits of `head` that `base` lacks, oldest first by their times. Raises LongWalk, and what `read` raises."""
    colours = _painted(read, base, head)
    return [read(commit) for commit, colour in reversed(colours.items()) if colour == _HEAD]


def first_parents(read: _Read, base: str, head: str) -> list[str]:
    """The first-parent line of `head` down to `base`, newest first, without it.

    Raises LongWalk where that is long, or `base` is not on the line, and what `read` raises.
    """
    found, commit = list[str](), head
    while commit != base:
        parents = read(commit).parents
        if not parents or len(found) == MOST:
            raise LongWalk
        found.append(commit)
        commit = parents[0]
    return found


def _painted(read: _Read, base: str, head: str) -> dict[str, int]:
    """The commits walked, newest first, each with the sides that it is in the history of.

    The walk ends where all that is left is shared. Some shared commits more are walked on, and all that are as new as
    one of a single side, since clocks differ: they may still lead to it.
    """
    colours: dict[str, int] = {base: _BASE}
    colours[head] = colours.get(head, 0) | _HEAD
    order: dict[str, int] = {}
    numbers = count()
    queue = [(-read(commit).time, next(numbers), commit) for commit in colours]
    heapq.heapify(queue)
    oldest, slack = float("inf"), _SLACK
    while queue:
        settled = -queue[0][0] < oldest and all(colours[commit] == _BOTH for _, _, commit in queue)
        slack = slack - 1 if settled else _SLACK
        if slack < 0:
            break
        time, _, commit = heapq.heappop(queue)
        colour = order[commit] = colours[commit]
        if colour == _HEAD:
            oldest = min(oldest, -time)
        parents = read(commit).parents
        if len(colours) + len(parents) > MOST:
            raise LongWalk
        for parent in parents:
            if colours.get(parent, 0) | colour != colours.get(parent, 0):
                colours[parent] = colours.get(parent, 0) | colour
                heapq.heappush(queue, (-read(parent).time, next(numbers), parent))
    return {commit: colours[commit] for commit in order} | {commit: colours[commit] for commit in colours}
