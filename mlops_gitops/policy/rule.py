"""What a rule is: its check, what it must know, and examples that it accepts and finds fault with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

from mlops_gitops.core import docstring
from mlops_gitops.core.diagnostics import Severity
from mlops_gitops.core.frozen import frozen
from mlops_gitops.repository.context import Context

if TYPE_CHECKING:
    from mlops_gitops.core.diagnostics import Diagnostic


class Scope(IntEnum):
    """What a rule must know to answer: a file and what it names, the tree, the base, the data, or the pull request."""

    FILE = 0
    TREE = 1
    BASE = 2
    DATA = 3
    PULL = 4


@frozen
class Edit:
    """One edit of the sample repository: `old` replaced by `new` in a file, or in a copy of another file.

    Without `old` the file is made to hold `new`, or removed when that is None too.
    """

    path: str
    old: str | None
    new: str | None
    copy: str | None = None


@frozen
class Rule:
    """One policy. Each of `ok` and `bad` is a set of edits of the sample repository: accepted, or found fault with.

    The first line of `doc` says what it requires, the rest why and what to do. The errors of a `waivable` rule can be
    let through by a decision of type waiver; those that keep promotions honest cannot. `severities` are those its
    findings can have, the gravest first. `about` is its part of the catalogue; by default that of the file its first
    bad example edits. `kinds` names the kinds of file it finds fault in, by default any: a plain tuple of strings on a
    line of its own, since for the rules on one file it is read from the source. The answer of a `standing` rule can
    change without a push: on GitHub the commit status alone shows it, not the check run. An `unplaced` rule is about
    files of no kind: it finds nothing new where none of them changes.
    """

    id: str
    doc: str | None
    check: Callable[[Context], Iterator[Diagnostic]]
    scope: Scope = Scope.TREE
    waivable: bool = False
    standing: bool = False
    ok: tuple[tuple[Edit, ...], ...] = ()
    bad: tuple[tuple[Edit, ...], ...] = ()
    severities: tuple[Severity, ...] = (Severity.ERROR,)
    about: str = ""
    kinds: tuple[str, ...] = ()
    unplaced: bool = False

    summary = property(docstring.summary)
    explanation = property(docstring.explanation)
