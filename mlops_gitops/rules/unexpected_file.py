"""Nothing lies in the tool's own folders that the tool would pass over.

A manifest saved as `.yml`, or one folder too deep, would look like a record to people and be nothing to the tool. It
lists all files below the folders for releases, environments, promotions and decisions, and finds fault with those
that no kind of file matches; README.md, CODEOWNERS, .gitkeep and .gitignore may lie there.

Rename the file to the form it shows, or keep it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule
from mlops_gitops.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.snapshot import KINDS

_HARMLESS = {"README.md", ".gitkeep", ".gitignore", "CODEOWNERS"}


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each file that no kind of ours matches."""
    head = context.head
    for name in ("releases", "environments", "promotions", "decisions"):
        for path in head.tree.paths(head.folders[name]):
            if path not in head.index and path.rsplit("/", 1)[-1] not in _HARMLESS:
                form = next(kind.location for kind in KINDS if kind.folder == name).format_map(_Shown(name))
                message = f"{path} is not where the tool looks, so nothing would judge it"
                yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), f"the form is {form}")


class _Shown(dict[str, str]):
    def __init__(self, folder: str) -> None:
        super().__init__(folder=folder)

    def __missing__(self, part: str) -> str:
        return f"<{part}>"


RULE = Rule(
    "unexpected-file",
    __doc__,
    check,
    about="file",
    bad=((Edit("releases/churn/1.2.0.yml", None, "kind: Release\n"),),),
)
