"""What a kind of target is: one file in targets/, which says what a release sets there and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Tree
from mlops_gitops.records.promotion import TargetValue
from mlops_gitops.records.release import Release
from mlops_gitops.records.target import Target


@frozen
class ReleaseFacts:
    """What placeholders stand for: a release, and the share of the traffic in percent.

    `commit` is the first-parent commit that added the release's manifest; None where it is not on the branch yet.
    """

    release: Release
    commit: str | None
    traffic: int = 100


@frozen
class TargetFault:
    """What is wrong with a file of a target, where, and what helps."""

    path: str
    line: int
    message: str
    help: str = ""


@frozen
class TargetKind:
    """One kind of target; `id` is its key in a target.

    `values` gives what a release sets, and raises ValueError where the release lacks what a placeholder stands for.
    `faults` gives what is wrong with the files of a target in a tree.
    """

    id: str
    doc: str | None
    values: Callable[[Target, ReleaseFacts], Iterator[TargetValue]]
    faults: Callable[[Target, Tree], Iterator[TargetFault]]


@cache
def kind_of(id: str) -> TargetKind:
    """The kind with an id."""
    found: TargetKind = plugins.load("rollout.targets", id, "TARGET")
    return found
