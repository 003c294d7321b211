"""No path is spelt almost like one of the tool's own.

A laptop that ignores case takes `Environments/production/churn.yaml` for `environments/production/churn.yaml`, and so
it does with other ways to compose `é`; the job on Linux sees two files, and reads one. It looks at every path of the
tree: those that differ from the project, FREEZE or a folder of the tool only in case, in how characters are composed,
or in characters that are not shown, and a file, a link or a submodule in the place of such a folder.

Run `git mv` to the place it shows, or remove the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.path_spelling import taken_for
from mlops_gitops.repository.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each path."""
    head = context.head
    for path in _paths(head):
        right = taken_for(head.folders, path)
        if not right:
            continue
        if right in head.folders.values() and path.count("/") <= right.count("/"):
            message = f"{_shown(path)} is in the place of the folder {right}, and nothing below it would be read"
            yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), "put a folder of this repository there")
        else:
            message = f"{_shown(path)} is read by nothing here, and other systems take it for {right}"
            yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), f"move it to {right}, or remove it")


def _shown(path: str) -> str:
    """A path in ASCII: two spellings of one character look alike."""
    return ascii(path)[1:-1]


def _paths(head: Snapshot) -> Iterable[str]:
    """Every path of the tree; hidden folders are looked into where one is ours."""
    hidden = any("/." in f"/{folder}" for folder in head.folders.values())
    return head.tree.every() if hidden else head.visible_paths


RULE = Rule(
    "path-spelling",
    __doc__,
    check,
    unplaced=True,
    about="file",
    ok=((Edit("src/Models/README.md", None, "# Code\n"), Edit("Models/train.py", None, "")),),
    bad=(
        (Edit("Environments/production/churn.yaml", None, "kind: DesiredState\n"),),
        (Edit("promotionſ/staging/churn/0009-1.0.0.json", None, "{}\n"),),
        (Edit("MLOps.yaml", None, "kind: Project\n"),),
        (Edit("Models/churn/kpis.yaml", None, "kind: KPIs\n"),),
        (Edit("decisions", None, "none yet\n"),),
    ),
)
