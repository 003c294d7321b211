"""Looks of checks: whether the best explanation of a model reaches a level."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mlops_gitops.compliance.explanations.assess import best
from mlops_gitops.compliance.explanations.level import Level
from mlops_gitops.compliance.result import Finding, Status, passed
from mlops_gitops.compliance.subject import Subject

TABULAR = "tabular"  # begins the Hub's pipeline_tag of models with tabular features


def at_least(level: Level, elsewhere: Level | None = None) -> Callable[[Subject], Finding]:
    """A look at the level of the best explanation; `elsewhere` is asked of models without tabular features.

    A card without a pipeline_tag is of a model with tabular features.
    """
    return partial(_look, level, elsewhere or level)


def _look(tabular: Level, elsewhere: Level, subject: Subject) -> Finding:
    tag = str(subject.card().data.get("pipeline_tag") or TABULAR)
    wanted = tabular if tag.startswith(TABULAR) else elsewhere
    found = best(subject)
    if found.reaches(wanted):
        return passed(found.says if wanted is tabular else f"{found.says}; pipeline_tag {tag}")
    status = Status.UNAVAILABLE if found.is_undecided and not found.is_refuted else Status.FAILED
    says = f"{found.says}, and {wanted} is needed: {found.reason}"
    return Finding(status, says, found.place, found.help or f"mlops-gitops explain verify {subject.model}")
