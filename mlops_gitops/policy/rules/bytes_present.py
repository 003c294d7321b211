"""The bytes of a promoted release are in the DVC remote.

A promotion whose bytes are gone from the DVC remote points an environment at nothing, and nobody can measure it
again. With the DVC settings of the base, it looks for every artifact and DVC-tracked evaluation file of each promoted
release, and reads the artifacts of manifests the change adds, to compare them with their digests.

Run `dvc push` where the data are. What cannot be reached just now is undecided (exit code 3), never fine.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.pipelines.dvc_projects import dvc_command, project_folder
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One undecided error for each file that is not there: it may only be out of reach."""
    for path, reason in sorted(context.pull.missing.items()) if context.pull else ():
        push = dvc_command("push", project_folder(context.head.tree, path))
        yield Diagnostic(RULE.id, Severity.ERROR, reason, Span(path), push, undecided=True)


RULE = Rule("bytes-present", __doc__, check, Scope.DATA)
