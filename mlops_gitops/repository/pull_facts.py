"""What a rule may know of the pull request it judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges.pull_request import Review, VoidReview

if TYPE_CHECKING:
    from mlops_gitops.gates.result import GateResult


@frozen
class Pull:
    """What a rule may know of the pull request it judges.

    `reviews` hold logins where they are known, `uncounted` the approvals that do not count. `excluded` are the people
    who cannot approve it: its requesters, author, committers, co-authors and pushers. `gates` are its promotions' gates
    measured again, by record; `missing` the released files whose bytes are not in the remote; `dvc_faults` what is
    wrong with the places of DVC's settings. `paths` are all that differ from the base; `passing` the guarded and
    policy files that a commit of it adds, changes or removes, and that differ in its head. `unknown_reason` says why it
    is not known who else cannot approve it. `branch` is its own, in this repository unless it is of a `fork`. `kept`
    are sentences about people to be kept with the status: beginning → logins.
    `record_faults` are what records of monitoring and retrainings have against its new manifests, by path: sentences,
    and whether each is unknown rather than wrong.
    """

    head: str
    reviews: tuple[Review, ...]
    excluded: frozenset[str]
    gates: Mapping[str, tuple[GateResult, ...]] = {}
    missing: Mapping[str, str] = {}
    dvc_faults: Mapping[str, str] = {}
    fork: bool = False
    paths: tuple[str, ...] = ()
    passing: tuple[str, ...] = ()
    unknown_reason: str = ""
    uncounted: tuple[VoidReview, ...] = ()
    branch: str = ""
    kept: Mapping[str, Sequence[str]] = {}
    record_faults: Mapping[str, tuple[tuple[str, bool], ...]] = {}
