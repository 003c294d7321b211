"""What a checkup is: an examination by `doctor`, and the cases that it accepts, finds fault with and cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mlops_gitops.core import docstring
from mlops_gitops.core.frozen import frozen
from mlops_gitops.policy.rule import Edit

if TYPE_CHECKING:
    from mlops_gitops.doctor.facts import Facts
    from mlops_gitops.doctor.finding import Finding


class Part(StrEnum):
    """What a checkup is about: what keeps a model from being released, or how the repository and its forge are set."""

    RELEASE = "release"
    SETTINGS = "settings"


@frozen
class Case:
    """A set of edits of a sound repository and of its settings, by the route of their fields (`repository.private`).

    `here` are edits of the work tree that are not merged. `stored` are the refusals that the DVC remote leads to, as
    messages and help; None where it was not looked at.
    """

    edits: tuple[Edit, ...] = ()
    settings: Mapping[str, Any] = {}
    local: bool = False  # its remote is a folder
    here: tuple[Edit, ...] = ()
    stored: tuple[tuple[str, str], ...] | None = ()


@frozen
class Checkup:
    """One examination by `doctor`, with at least one finding.

    It finds fault with each case of `bad` and none with those of `ok`; those of `unsure` it cannot tell.
    """

    id: str
    doc: str | None
    examine: Callable[[Facts], Iterator[Finding]]
    part: Part = Part.SETTINGS
    ok: tuple[Case, ...] = ()
    bad: tuple[Case, ...] = ()
    unsure: tuple[Case, ...] = ()

    summary = property(docstring.summary)
    explanation = property(docstring.explanation)
