"""Every heading of a model card has something below it.

A card is read by people who decide whether a model may be used. Headings that were copied from a template and never
written look like answers in a table of contents, and are none.

Write the section, or remove its heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mlops_gitops.cards.card_body import MAX_CHARACTERS, Prose, Section
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.gathered import gathered
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.repository.context import Context

# What the sections of cards are called: of two such headings, neither is a title.
_SECTION = re.compile(
    r"\b(?:bias|risks?|limitations?|caveats?|uses?|usage|evaluation|results?|performance|metrics?|training|data|datasets?"
    r"|citation|references?|licen[cs]e|contact|authors?|acknowledge?ments?|introduction|overview|summary|description"
    r"|details|specifications?|environmental|hardware|software|requirements|install(?:ation)?|quick ?start|started"
    r"|how to|examples?|faq|glossary|changelog|contents)\b",
    re.IGNORECASE,
)


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
        yield from gathered(*_empty(list(prose.sections())))


def _empty(sections: Sequence[Section]) -> tuple[list[Diagnostic], str]:
    """The findings about empty sections, and the sentence for many of them."""
    empty = [section for section in sections if section.empty]
    titles = {section.span for section in _titles(sections)}
    empty = [section for section in empty if section.span not in titles]
    help = "write it, or remove its heading"
    found = [Diagnostic(RULE.id, Severity.WARNING, _message(section), section.span, help) for section in empty]
    return found, f"{{count}} sections are empty, the first of them {empty[0].title!r}" if empty else ""


def _message(section: Section) -> str:
    return f"the section {section.title!r} is empty" if section.title else "a heading without words"


def _titles(sections: Sequence[Section]) -> Iterator[Section]:
    """The headings that name the card or a part of it: another title may follow, as of a page that was pasted in."""
    following = [*sections[1:], None][: len(sections)]
    for n, (section, after) in enumerate(zip(sections, following, strict=True)):
        are_sections = after is None or (_SECTION.search(section.title) and _SECTION.search(after.title))
        is_title = section.depth == 1 and section.sibling and section.title and not are_sections
        if (n == 0 and not section.last) or is_title:
            yield section


RULE = Rule(
    "card-sections",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    severities=(Severity.WARNING,),
    ok=(
        (Edit("models/churn/README.md", "# Churn", "# Churn\n\n## Use\n\n### Who\n\nSales.\n"),),
        (
            Edit(
                "models/churn/README.md",
                "# Churn",
                "# Churn\n\nText.\n\n# The Model Below\n\n# Churn 2\n\n## Use\n\nSales.\n",
            ),
        ),
    ),
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
