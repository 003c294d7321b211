"""What a check of a requirement is: a look at a model, and examples that it passes over and finds fault with."""

from __future__ import annotations

from collections.abc import Callable

from mlops_gitops.compliance.result import Finding, Status
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core import docstring
from mlops_gitops.core.frozen import frozen
from mlops_gitops.policy.rule import Edit


@frozen
class Check:
    """One check. `gives` is the best it can say: passed where a machine checked, present where a field is filled.

    `rests_on` is what it cannot tell without: card, kpis, monitoring, release, record, history or bytes. Each of `bad`
    is a set of edits of the tests' governed sample (`tests/governed.py`) that it finds fault with.
    """

    id: str
    doc: str | None
    look: Callable[[Subject], Finding]
    gives: Status
    rests_on: str = "card"
    bad: tuple[tuple[Edit, ...], ...] = ()

    summary = property(docstring.summary)
    explanation = property(docstring.explanation)
