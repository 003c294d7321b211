"""Workflows and hooks are as this version of mlops-gitops writes and runs them.

What `init` once wrote stays as it is when the tool moves on: a workflow may lack a permission, an event or a fix that a
newer version has. It reads who wrote each workflow from its first line, which version a step or a hook runs, and
compares both with the version that answers now. A tag that moves, such as v1, has no age.

Run `mlops-gitops init --upgrade`, look at what it changed, and merge that; own edits stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_gitops import __version__
from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, not_needed, note, ok
from mlops_gitops.doctor.stamp import RENEW, is_older, read_stamp, stamped
from mlops_gitops.doctor.workflow_files import Workflow
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree, read_if_possible
from mlops_gitops.policy.rule import Edit

HOOKS = ".pre-commit-config.yaml"
_NAME = "mlops-gitops/mlops-gitops"  # of the repository, of the action and of the hooks


def examine(facts: Facts) -> Iterator[Finding]:
    """A note on each file that an older or a newer version wrote or runs; none of them is a fault."""
    yield from facts.unread_workflows()
    versions = {path: set(_versions(facts.base.tree, path, workflow)) for path, workflow in facts.workflows.items()}
    versions[HOOKS] = set(_revisions(facts.base.tree))
    notes = [note for path, found in versions.items() for version in sorted(found) for note in _age(path, version)]
    yield from notes
    if not any(versions.values()):
        yield not_needed("no workflow or hook that names a version of mlops-gitops is there")
    elif not notes:
        yield ok(f"workflows and hooks are those of mlops-gitops {__version__}, as far as they name a version")


def _age(path: str, version: str) -> Iterator[Finding]:
    name = f"mlops-gitops {version.removeprefix('v')}"
    if is_older(version):
        yield note(f"{name} wrote it or is run by it, and this is {__version__}", RENEW, path)
    elif is_older(__version__, version):
        yield note(f"{name} wrote it or is run by it, which is newer than {__version__}", "update this one", path)


def _versions(tree: Tree, path: str, workflow: Workflow) -> Iterator[str]:
    mark, _ = read_stamp((read_if_possible(tree, path) or b"").decode("utf-8", "replace"))
    yield from [mark.version] if mark else ()
    yield from _run_by(workflow)


def _run_by(workflow: Workflow) -> Iterator[str]:
    """The versions of our action that its steps run, as far as they are whole ones."""
    for job in workflow.jobs:
        yield from (step.uses.partition("@")[2] for step in job.steps if step.action == _NAME)


def _revisions(tree: Tree) -> Iterator[str]:
    """The revisions of our hooks."""
    document = load(tree, HOOKS)
    data: Any = document.data if document else None
    repos = data.get("repos") if isinstance(data, dict) else None
    for repo in repos if isinstance(repos, list) else ():
        if isinstance(repo, dict) and str(repo.get("repo")).removesuffix(".git").endswith(_NAME):
            yield str(repo.get("rev"))


_MLOPS = ".github/workflows/mlops.yml"
_HOOKS = "repos: [{repo: https://github.com/mlops-gitops/mlops-gitops, rev: v%s, hooks: []}]\n"

CHECKUP = Checkup(
    "written-files",
    __doc__,
    examine,
    ok=(
        Case((Edit(HOOKS, None, _HOOKS % __version__), Edit(_MLOPS, "on:\n", stamped("on:\n"))), local=True),
        Case((Edit(HOOKS, None, _HOOKS % "0.0.1"),), local=True),
    ),
    unsure=(Case((Edit(_MLOPS, "jobs:\n", "jobs: []\nx:\n"),)),),
)
