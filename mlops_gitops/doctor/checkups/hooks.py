"""The hooks of pre-commit or prek run `validate` before each commit.

What a pull request check would refuse of a file is said before it is committed, where a hook runs `validate`,
and what a gate would refuse before it is pushed. It reads `.pre-commit-config.yaml`, here and on the branch.

Add the entry that `mlops-gitops init` writes, merge it, and let each clone run `pre-commit install`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_gitops.doctor.checkup import Case, Checkup, Part
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, note, ok, unverified
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree
from mlops_gitops.policy.rule import Edit

PATH = ".pre-commit-config.yaml"
_OURS = "mlops-gitops-"


def examine(facts: Facts) -> Iterator[Finding]:
    """Whether our hooks are there, and merged."""
    here = _runs_ours(facts.candidate.files.tree)
    if here is None:
        yield unverified("which hooks run is not known: the file is not what pre-commit could read", "fix it", PATH)
    elif not here:
        yield note("no hook runs validate before a commit", "mlops-gitops init shows the entry", PATH)
    elif not _runs_ours(facts.base.tree):
        yield note(f"our hooks are not merged: {facts.branch} does not have them", "merge the file", PATH)
    else:
        yield ok("hooks run validate before each commit, once each clone has run pre-commit install")


def _runs_ours(tree: Tree) -> bool | None:
    """Whether a hook of ours is listed; None where the file cannot be read."""
    document = load(tree, PATH)
    if document is None:
        return False
    data: Any = document.data
    if document.problems or not isinstance(data, dict) or not isinstance(data.get("repos"), list):
        return None
    entries = [repo.get("hooks") for repo in data["repos"] if isinstance(repo, dict)]
    hooks = [hook for listed in entries if isinstance(listed, list) for hook in listed if isinstance(hook, dict)]
    return any(str(hook.get("id")).startswith(_OURS) for hook in hooks)


_TEXT = "repos: [{repo: x, rev: v1, hooks: [{id: mlops-gitops-validate}]}]\n"

CHECKUP = Checkup(
    "hooks",
    __doc__,
    examine,
    Part.RELEASE,
    ok=(Case((Edit(PATH, None, _TEXT),), local=True), Case(here=(Edit(PATH, None, _TEXT),), local=True)),
    unsure=(Case((Edit(PATH, None, "repos: 7\n"),), local=True),),
)
