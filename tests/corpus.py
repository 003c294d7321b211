"""What `validate` says of each public model card: `python tests/corpus.py FOLDER > docs/reference/corpus.md`."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date
from pathlib import Path

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.tree import WorkTree
from mlops_gitops.policy.engine import snapshot_of_paths, validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.repository.context import Context

DAY = date(2026, 11, 24)
MARKS = {Severity.ERROR: "E", Severity.WARNING: "W", Severity.NOTE: "N"}
INTRO = """# What it says of public model cards

Each of {cards} cards that others wrote, judged by itself as `mlops-gitops validate CARD` judges it. `E` is an error,
`W` a warning; the number is how many. The cards are not part of this repository; a test holds this page to them where
they are available. None was written for this tool, so every one lacks at least its `mlops:` block.

- **Another dialect is said once.** Pages of the PyTorch Hub, prose without front matter, unfilled templates and cards
  of data sets get one `card-dialect` each; `mlops-gitops card adopt` makes a card of all but the last.
- **Many of a kind are counted, not listed.** Beyond three placeholders, claims, links or empty sections in one card
  there is one finding, which leads to all of them.
- **`schema`** is the missing `mlops:` block, and keys of the Hub with a value of the wrong type.

"""


def found(corpus: Path, card: Path) -> tuple[Diagnostic, ...]:
    """What is said of one card."""
    path = card.relative_to(corpus).as_posix()
    return validate(Context(snapshot_of_paths(WorkTree(str(corpus)), [path]), DAY), Scope.FILE)


def page(corpus: Path) -> str:
    """The whole page."""
    cards = sorted(corpus.glob("cards/*/*.md"))
    said = {card: Counter((d.rule, d.severity) for d in found(corpus, card)) for card in cards}
    rules = sorted({rule for counts in said.values() for rule, _ in counts})
    rows = [
        (
            f"`{card.relative_to(corpus / 'cards').as_posix().removesuffix('.md')}`",
            *(_cell(counts, rule) for rule in rules),
        )
        for card, counts in said.items()
    ]
    total = sum(sum(counts.values()) for counts in said.values())
    most = max(sum(counts.values()) for counts in said.values())
    end = f"\n\n{total} findings on {len(cards)} cards; {most} on the card that has most.\n"
    table = [("card", *rules), ("---",) * (len(rules) + 1), *rows]
    return INTRO.format(cards=len(cards)) + "\n".join(f"| {' | '.join(row)} |" for row in table) + end


def _cell(counts: Counter[tuple[str, Severity]], rule: str) -> str:
    return " ".join(f"{mark}{counts[rule, severity]}" for severity, mark in MARKS.items() if counts[rule, severity])


if __name__ == "__main__":
    sys.stdout.write(page(Path(sys.argv[1]).resolve()))
