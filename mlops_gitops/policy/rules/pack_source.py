"""A pack cites what is in force: no article that was deleted or moved.

Acts are amended, and a requirement that cites an article which is gone proves nothing to its readers. Article 10(5) of
Regulation (EU) 2024/1689 was deleted by Regulation (EU) 2026/1744, which put its matter into Article 4a. It compares
the source of each requirement with a list of such articles, which grows as acts are amended.

Cite the article that holds the matter now, compare it with the act's text, and renew `source_checked`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import frozen
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import pack
from mlops_gitops.records.pack import Pack, Source
from mlops_gitops.repository.context import Context


@frozen
class Deleted:
    """An article that is gone: forms of the act's and of the article's name, by what, and where its matter is now."""

    act: re.Pattern[str]
    article: re.Pattern[str]
    by: str
    now: str


DELETED = (
    Deleted(
        re.compile(r"2024/1689|\bAI Act\b", re.IGNORECASE),
        re.compile(r"\b10 ?\(5\)"),
        "Regulation (EU) 2026/1744",
        "Article 4a",
    ),
)


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each requirement whose source names a deleted article."""
    for found in context.head.records(pack.KIND, Pack):
        document = context.head.document(found.path)
        for n, row in enumerate(found.requirements):
            if gone := deleted(row.source):
                message = f"{row.id} cites {row.source.article} of {row.source.act}, which {gone.by} deleted"
                route = ("requirements", n, "source", "article")
                yield document.problem(RULE.id, message, route, help=f"cite {gone.now}, and renew source_checked")


def deleted(source: Source) -> Deleted | None:
    """The deleted article that a source names; None where it names none."""
    found = (gone for gone in DELETED if gone.act.search(source.act) and gone.article.search(source.article))
    return next(found, None)


_PACK = """apiVersion: mlops-gitops/v1
kind: Pack
id: house
version: "1"
title: House rules
requirements:
  - id: HR-1
    title: Special categories
    source:
      act: Regulation (EU) 2024/1689
      article: Article 4a
      source_checked: 2026-01-02
      against: the consolidated text
    applies_from: 2026-01-02
    role: provider
    severity: {minimal: none, limited: warning, high: error, prohibited: error}
    checks: [limitations]
"""


def _pack(article: str) -> tuple[Edit, ...]:
    return (Edit("governance/packs/house.yaml", None, _PACK.replace("Article 4a", article)),)


RULE = Rule(
    "pack-source",
    __doc__,
    check,
    Scope.FILE,
    kinds=("Pack",),
    ok=(_pack("Article 4a"), _pack("Article 10(2)")),
    bad=(_pack("Article 10(5)"),),
)
