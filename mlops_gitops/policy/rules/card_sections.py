"""Every heading of a model card has something below it.

A card is read by people who decide whether a model may be used. Headings that were copied from a template and never
written look like answers in a table of contents, and are none.

Write the section, or remove its heading.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.cards.card_body import MAX_CHARACTERS, Prose
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning for each heading with nothing below it."""
    for document in context.head.documents(card.KIND):
        prose = Prose(document)
        if prose.too_long:
            message = (
                f"the text has more than {MAX_CHARACTERS:,} characters, so its sections and links were not looked at"
            )
            yield Diagnostic(RULE.id, Severity.WARNING, message, prose.span(0), "move what is not about the model out")
        if not document.body.strip():
            message = "the card has no text below its front matter"
            yield Diagnostic(
                RULE.id, Severity.WARNING, message, document.span(), "say what the model does, for a reader"
            )
        for n, section in enumerate(prose.sections()):
            if section.empty and (n or section.last):  # the first heading may be the title of them all
                title = " ".join(section.title.split())
                message = f"the section {title!r} is empty" if title else "a heading without words"
                yield Diagnostic(RULE.id, Severity.WARNING, message, section.span, "write it, or remove its heading")


RULE = Rule(
    "card-sections",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    severities=(Severity.WARNING,),
    ok=((Edit("models/churn/README.md", "# Churn", "# Churn\n\n## Use\n\n### Who\n\nSales.\n"),),),
    bad=(
        (
            Edit(
                "models/churn/README.md",
                "# Churn",
                "# Churn\n\n## Bias\n\n<!-- what do we know? -->\n\n## Use\n\nSales.\n",
            ),
        ),
        (Edit("models/churn/README.md", "\n\nA gradient-boosted tree on account history.\n", ""),),
    ),
)
