"""Versions grow: a new one is above all of its own line, and one that opens a line is above every other.

Readers of a list of releases take the highest for the newest, and so does `supersedes`. A line is MAJOR.MINOR: a
hotfix 1.3.3 may come after 1.4.0 where 1.3.2 exists, and a 1.2.0 may not where no 1.2 does.

Take a version above those that are there. Order is that of Semantic Versioning: 1.4.0-rc.1 comes before 1.4.0.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.semver import precedence
from mlops_gitops.policy.examples import new_release
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import release
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each new manifest whose version is not above those before it."""
    for manifest in context.added(release.KIND, Release):
        before = _before(context, manifest.model)
        line = [version for version in before if _line(version) == _line(manifest.version)]
        others = [version for version in before if "-" not in version]  # what was only tried closes no line
        highest = max(line or others, key=precedence, default=None)
        if highest is None or precedence(manifest.version) > precedence(highest):
            continue
        named = _line(manifest.version)
        if line:
            message = f"{manifest.model} {manifest.version} is not above {highest}, the highest of its line {named}"
        else:
            message = (
                f"{manifest.model} {manifest.version} opens the line {named}, below {highest} that is released already"
            )
        help = f"take a version above {highest}"
        if not line:
            help += ", or above the last of a line that exists"
        yield context.head.document(manifest.path).problem(RULE.id, message, ("version",), help=help)


def _before(context: Context, model: str) -> list[str]:
    """The versions that were there without this change; a manifest beside the new one counts where there is no base."""
    trees = [context.base] if context.base else [context.head]
    found = (manifest for tree in trees for manifest in tree.versions(model))
    return [version for path, version in found if context.changes.get(path) != "A"]


def _line(version: str) -> str:
    return ".".join(version.split("-")[0].split(".")[:2])


RULE = Rule(
    "version-order",
    __doc__,
    check,
    Scope.BASE,
    waivable=True,
    ok=(
        (new_release("1.2.0"),),
        (new_release("1.0.1"),),
    ),
    bad=(
        (new_release("0.9.0"),),
        (new_release("1.1.0-rc.1"),),
    ),
)
