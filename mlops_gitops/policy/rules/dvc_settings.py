"""DVC's settings are plain files of the repository, and those for one machine are not tracked.

DVC's settings can name programs that are run and servers that get passwords, so a pull request must not be able to set
them aside. `config.local` is for one machine, and git does not track it; `.dvc` and its `config` are neither a symbolic
link nor a submodule, which could lead anywhere. It looks in every `.dvc/`, whatever the case of its name.

Run `git rm --cached .dvc/config.local`, which leaves the file where it is, or put a plain folder in place of the link.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each path."""
    for path, reason in sorted(context.pull.dvc_faults.items()) if context.pull else ():
        yield Diagnostic(RULE.id, Severity.ERROR, reason, Span(path), f"git rm --cached {path}")


RULE = Rule("dvc-settings", __doc__, check, Scope.DATA, about="pull")
