"""docs/reference/rules: the catalogue, a page for each group; byte for byte the same for the same rules."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from mlops_gitops.policy.catalogue import PARTS, CatalogueEntry
from mlops_gitops.policy.example_diff import example_diff

_INTRODUCTION = """\
# Rules

`make docs` writes this page and the pages of each group from the rules themselves. `mlops-gitops rules ID` prints the
section of one rule.

**Severities.** An error fails the run, a warning and a note do not. Errors that a base has already, in files the change
leaves alone, are warnings in `check`.

**Exit codes.** 0 passed · 1 errors were found, or a gate failed · 2 wrong usage or configuration · 3 could not decide:
data, history or a receipt is out of reach, which is never taken for fine.

**Ignore comments** let a warning pass as a note. They are on the line of the finding, or alone on the line above it,
and give a reason; JSON files hold none.

```yaml
metric: accuracy # mlops-gitops: ignore[rule-id] because the classes are even
```

In the Markdown text of a card the comment is `<!-- mlops-gitops: ignore[rule-id] because … -->`. Several ids are
separated by commas. `mlops-gitops validate --add-ignores` writes one for each warning of today, and lists the errors
that need a waiver or a fix.

**Waivers** let the errors of one rule in one file pass as warnings until a day, on the authority of a role, if the rule
allows it. Such a decision is a file like `decisions/2026-11-24-old-model.yaml`, approved like any other:

```yaml
apiVersion: mlops-gitops/v1
kind: Decision
type: waiver
subject: {rule: card-and-kpis, path: releases/churn/1.0.0.yaml}
role: operations
by: bob
reason: This model is switched off in March; nobody will write its card.
expires: 2027-03-31
```

An expired waiver lets nothing pass, and the error says so.

**Examples** are changes of one small repository: lines with a minus and a plus, in the file named above them.
"""

_ABOUT_THE_PAGE = "`make docs` writes this page from the rules themselves. [What all rules share](index.md)."


def index(catalogue: Sequence[CatalogueEntry]) -> str:
    """What all rules share, and a table of every rule by group, without a last newline."""
    blocks = [_INTRODUCTION]
    for group, entries in _groups(catalogue).items():
        blocks += [f"## [{PARTS[group]}]({entries[0].page})", ""]
        blocks += [f"- [{entry.id}]({entry.page}#{entry.id}): {entry.summary}" for entry in entries]
        blocks += [""]
    return "\n".join(blocks).rstrip()


def pages(catalogue: Sequence[CatalogueEntry]) -> dict[str, str]:
    """The page of each group by its file name, without a last newline."""
    return {entries[0].page: _page(group, entries) for group, entries in _groups(catalogue).items()}


def _groups(catalogue: Sequence[CatalogueEntry]) -> dict[str, list[CatalogueEntry]]:
    """`catalogue` is in the order of its groups."""
    return {group: list(entries) for group, entries in groupby(catalogue, key=lambda entry: entry.about)}


def _page(group: str, entries: Sequence[CatalogueEntry]) -> str:
    sections = ("\n".join(_section(entry)) for entry in entries)
    return "\n".join([f"# Rules: {PARTS[group]}", "", _ABOUT_THE_PAGE, *sections])


def _section(entry: CatalogueEntry) -> Iterator[str]:
    yield from ("", f"## {entry.id}", "", entry.summary, "", *_lines(entry.explanation), "")
    yield from _lines(f"Runs {entry.when}: {entry.where}. {entry.suppression_text()}")
    if entry.bad:
        yield from ("", "It finds fault with:", "", "```diff", *example_diff(entry.bad[0]), "```")


def _lines(text: str) -> Iterator[str]:
    """Paragraphs in lines that an editor and a diff can show."""
    for number, paragraph in enumerate(text.split("\n\n")):
        yield from [""] * bool(number)
        yield from textwrap.wrap(paragraph, 120, break_long_words=False, break_on_hyphens=False)
