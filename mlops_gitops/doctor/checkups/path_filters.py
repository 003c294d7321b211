"""A workflow whose check is required always starts.

A workflow that `paths`, `branches` or `types` keep from starting reports nothing, and a required check that nothing
reports stays "expected" forever. Where a twin workflow reports the same name for the other paths, it is not known
here whether the two together leave nothing out.

Start it always and decide inside, in the first step of a job; a job that is skipped by `if:` counts as passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok, unverified
from mlops_gitops.doctor.workflow_files import Workflow
from mlops_gitops.doctor.workflow_runs import covers_branch
from mlops_gitops.forges.settings import Settings, Unknown
from mlops_gitops.policy.rule import Edit

EVENTS = ("pull_request", "pull_request_target", "merge_group")


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding for each required check that a workflow makes."""
    yield from facts.unread_workflows()
    for source in settings.unread_sources():
        yield unverified(f"could not read which checks are required: {source.reason}")
    makers = {context: workflows for context, workflows in facts.makers().items() if workflows}
    for context, workflows in makers.items():
        if isinstance(workflows, Unknown):
            yield unverified(workflows.reason)
        else:
            yield _check_finding(context, workflows, facts.branch)
    if not makers and not list(settings.unread_sources()):
        yield not_needed("no workflow makes a required check")


def _check_finding(context: str, makers: tuple[Workflow, ...], branch: str) -> Finding:
    filters_by_path = {workflow.path: list(_filters(workflow, branch)) for workflow in makers}
    free = [path for path, filters in filters_by_path.items() if not filters]
    if free:
        return ok(f"{free[0]} always reports {context!r}")
    path, filters = next(iter(filters_by_path.items()))
    if len(makers) > 1:
        return unverified(f"{len(makers)} workflows make {context!r}, each with filters; whether one always starts "
                          "is not known", "let one workflow always start and decide inside", path)  # fmt: skip
    certain_filters = [text for text, certain in filters if certain]
    if not certain_filters:
        return unverified(f"{filters[0][0]}; whether {branch} is meant is not known", path=path)
    fix = "take the filter out: always start, and decide in the first step"
    return fault(f"{certain_filters[0]}, so {context!r} is not always reported, and stays expected", fix, path)


def _filters(workflow: Workflow, branch: str) -> Iterator[tuple[str, bool]]:
    """What can keep a workflow from starting, and whether that is certain."""
    for event in EVENTS:
        if event in workflow.triggers:
            for text, certain in _event_filters(workflow.triggers[event], event, branch):
                yield f"{event} {text}", certain
    if "push" in workflow.triggers and not set(EVENTS[:2]) & set(workflow.triggers):
        yield from _paths(workflow.triggers["push"], "push")


def _event_filters(filters: Mapping[str, Any], event: str, branch: str) -> Iterator[tuple[str, bool]]:
    yield from _paths(filters, "")
    covered = covers_branch(filters, branch)
    if covered is not True:
        yield f"is limited to branches other than {branch}", covered is False
    types = filters.get("types")
    listed = [types] if isinstance(types, str) else types if isinstance(types, list) else None
    lacking = [type for type in ("opened", "synchronize") if listed is not None and type not in listed]
    if lacking and event != "merge_group":
        yield f"lacks the type {lacking[0]}", True


def _paths(filters: Mapping[str, Any], event: str) -> Iterator[tuple[str, bool]]:
    for name in ("paths", "paths-ignore"):
        if name in filters:
            yield f"{event} is limited by {name}".strip(), True


_CI = ".github/workflows/ci.yml"
_ON = "  pull_request:\n"
_TWIN = (Edit(_CI, _ON, f"{_ON}    paths: [src/**]\n"),
         Edit(".github/workflows/twin.yml", "", "", copy=_CI),
         Edit(".github/workflows/twin.yml", "paths:", "paths-ignore:"))  # fmt: skip

CHECKUP = Checkup(
    "path-filters",
    __doc__,
    examine,
    ok=(
        Case((Edit(_CI, _ON, f"{_ON}    branches: [main, 'release/**']\n"),)),
        Case((Edit(_CI, _ON, f"{_ON}    branches-ignore: ['docs/*']\n"),)),
        Case((Edit(_CI, _ON, f"{_ON}    types: [opened, synchronize, reopened]\n"),)),
    ),
    bad=(
        Case((Edit(_CI, _ON, f"{_ON}    paths: [models/**]\n"),)),
        Case((Edit(_CI, _ON, f"{_ON}    paths-ignore: ['**.md']\n"),)),
        Case((Edit(_CI, _ON, f"{_ON}    branches: [develop]\n"),)),
        Case((Edit(_CI, _ON, f"{_ON}    branches: ['**', '!main']\n"),)),
        Case((Edit(_CI, _ON, f"{_ON}    types: [labeled]\n"),)),
        Case((Edit(_CI, _ON, "  push:\n    paths: [models/**]\n"),)),
    ),
    unsure=(
        Case(_TWIN),
        Case((Edit(_CI, _ON, f"{_ON}    branches: ['[z-a]']\n"),)),
        Case((Edit(_CI, "jobs:\n", "jobs: []\nx:\n"),)),
        Case((Edit(_CI, _ON, f"{_ON}    paths: [src/**]\n"), Edit(_CI, '["3.11", "3.12"]', "${{ fromJSON(vars.X) }}"))),
        Case(settings={"rulesets": Unknown("the token may not read it")}),
    ),
)
