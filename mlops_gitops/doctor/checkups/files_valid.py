"""The files are valid: `validate` finds no error in them.

A pull request with an error in a file that it changes is not merged. It runs every rule on the files as they are here,
whether Git has them yet or not: placeholders that are left, roles and environments that nobody has named, cards without
the evidence that their risk class needs.

Do what the fix below each says; `mlops-gitops validate` shows the lines, and `--fix` writes what is safe to write.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.doctor.checkup import Case, Checkup, Part
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, fault, ok
from mlops_gitops.policy.rule import Edit


def examine(facts: Facts) -> Iterator[Finding]:
    """One finding for each rule and file, about the first of its errors."""
    errors: dict[tuple[str, str], list[Diagnostic]] = {}
    for error in facts.candidate.file_errors():
        errors.setdefault((error.rule, error.span.path), []).append(error)
    for (rule, path), (first, *others) in errors.items():
        more = f" (and {len(others)} more of {rule})" if others else ""
        yield fault(first.message + more, first.help or f"mlops-gitops validate {path}", str(first.span))
    if not errors:
        yield ok("validate finds no error")


_CARD = "models/churn/README.md"

CHECKUP = Checkup(
    "files-valid",
    __doc__,
    examine,
    Part.RELEASE,
    ok=(Case((Edit(_CARD, "# Churn", "# Churn\n\n## Bias\n\n[More Information Needed]\n"),), local=True),),
    bad=(
        Case((Edit(_CARD, "out_of_scope: Pricing.", "out_of_scope: 'To be written: for what not.'"),), local=True),
        Case((Edit("mlops.yaml", "kind: Project", "kind: Projekt"),), local=True),
    ),
)
