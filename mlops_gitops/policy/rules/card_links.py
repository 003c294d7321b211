"""Every relative link and image of a model card leads to a file of the repository.

A card that shows a plot nobody committed, or cites a report that was moved, proves less than it seems to. What DVC
tracks counts as there; addresses with a scheme are not followed, since that would need the network.

Fix the path: it is relative to the card, or to the repository's root with a leading slash.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from mlops_gitops.cards.card_body import Link, Prose
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning for each link that leads nowhere."""
    tracking = context.head.tracking
    for document in context.head.documents(card.KIND):
        reported = set()
        for link in Prose(document).links():
            reason = _fault(tracking, document.path, link)
            if reason and (link.target, link.span) not in reported:
                reported.add((link.target, link.span))
                noun = "image" if link.image else "link"
                message = f"the {noun} {_shown(link.target)} {reason}"
                yield Diagnostic(RULE.id, Severity.WARNING, message, link.span)


def _fault(tracking: Tracking, where: str, link: Link) -> str:
    """Why a relative link leads nowhere; empty when it leads somewhere, or out into the network."""
    try:
        parts = urlsplit(link.target.strip())
    except ValueError:
        return "cannot be read as an address"
    if not link.target.strip():
        return "is empty"
    if parts.scheme or parts.netloc or not parts.path:
        return ""
    path = unquote(parts.path)
    whole = path.lstrip("/") if path.startswith("/") else posixpath.join(posixpath.dirname(where), path)
    whole = posixpath.normpath(whole).rstrip("/")
    if whole == ".." or whole.startswith("../"):
        return "leads out of the repository"
    return "" if _exists(tracking, whole) else f"is dead: there is no {_shown(whole)}"


def _exists(tracking: Tracking, path: str) -> bool:
    tree = tracking.tree
    if path == "." or tree.exists(path) or next(iter(tree.paths(path)), None) is not None:
        return True
    parts = path.split("/")
    above = ("/".join(parts[:n]) for n in range(len(parts), 0, -1))
    return any(tracking.output(folder) is not None for folder in above)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")


RULE = Rule(
    "card-links",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    severities=(Severity.WARNING,),
    ok=(
        (
            Edit(
                "models/churn/README.md",
                "# Churn",
                "# Churn\n\n[KPIs](kpis.yaml#L3), [root](/mlops.yaml), [data](../../data/holdout.csv)\n",
            ),
        ),
    ),
    bad=(
        (Edit("models/churn/README.md", "# Churn", "# Churn\n\n![ROC](plots/roc.png)\n"),),
        (Edit("models/churn/README.md", "# Churn", "# Churn\n\nSee [the report](../../../report.pdf).\n"),),
        (Edit("models/churn/README.md", "# Churn", '# Churn\n\n<img src="roc.png">\n'),),
    ),
)
