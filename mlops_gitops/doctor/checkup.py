"""What a checkup is: an examination by `doctor`, and the cases that it accepts, finds fault with and cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mlops_gitops.core import docstring
from mlops_gitops.core.frozen import frozen
from mlops_gitops.policy.rule import Edit

if TYPE_CHECKING:
    from mlops_gitops.doctor.facts import Facts
    from mlops_gitops.doctor.finding import Finding


@frozen
class Case:
    """A set of edits of a sound repository and of its settings, by the route of their fields (`repository.private`)."""

    edits: tuple[Edit, ...] = ()
    settings: Mapping[str, Any] = {}
    local: bool = False  # its remote is a folder


@frozen
class Checkup:
    """One examination by `doctor`, with at least one finding.

    It finds fault with each case of `bad` and none with those of `ok`; those of `unsure` it cannot tell.
    """

    id: str
    doc: str | None
    examine: Callable[[Facts], Iterator[Finding]]
    ok: tuple[Case, ...] = ()
    bad: tuple[Case, ...] = ()
    unsure: tuple[Case, ...] = ()

    summary = property(docstring.summary)
    explanation = property(docstring.explanation)
