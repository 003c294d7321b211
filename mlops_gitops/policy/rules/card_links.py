"""Every relative link and image of a model card leads to a file of the repository.

A card that shows a plot nobody committed, or cites a report that was moved, proves less than it seems to. What DVC
tracks counts as there; addresses with a scheme are not followed, since that would need the network.

Fix the path: it is relative to the card, or to the repository's root with a leading slash. `/OWNER/NAME/resolve/…` is
an address of the Hugging Face Hub. `--fix` writes the scheme of an address that lacks it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from mlops_gitops.cards.card_body import Prose
from mlops_gitops.cards.links import Link, card_links
from mlops_gitops.core.diagnostics import Diagnostic, Fix, Replacement, Severity, Span
from mlops_gitops.core.frozen import frozen
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.policy.gathered import gathered
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.repository.context import Context

_HUB = re.compile(
    r"/(?P<top>datasets|spaces|papers|collections)/.+"
    r"|/(?P<owner>[\w.-]+)/[\w.-]+/(?:resolve|blob|raw|tree|edit|commits?|discussions)(?:/.*)?"
)
_MAIL = re.compile(r"[\w.+-]+@(?P<host>[\w.-]+)")
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.)+(?P<top>[a-z]{2,})(?::\d+)?", re.IGNORECASE)
_TOP_LEVEL = frozenset(
    """
    ai app at au be biz br ca ch cloud club cn co com cz de dev dk edu es eu fi fr gov gr hk id ie il in info ink int
    io ir it jp kr live me mil museum mx my net nl no nz online org page pk pt ro ru science se sg site space tech tw
    ua uk us vn wiki xyz za
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
# What is wrong, and the sentence for many links of which it is.
_DEAD = "{count} links and images lead to no file"
_OUTSIDE = "{count} links and images lead out of the repository"
_EMPTY = "{count} links and images are empty"
_NO_SCHEME = "{count} links are addresses without their scheme"
_UNREADABLE = "{count} links cannot be read as addresses"


@frozen
class _Fault:
    """Why a link leads nowhere: one of the kinds above, in words, and what to write before its target."""

    kind: str
    reason: str
    scheme: str = ""


def check(context: Context) -> Iterator[Diagnostic]:
    """A warning for each link that leads nowhere."""
    tracking = context.head.tracking
    for document in context.head.documents(card.KIND):
        by_kind: dict[str, dict[Diagnostic, Link]] = {}
        for link in card_links(Prose(document)):
            if fault := _fault(tracking, document.path, link):
                by_kind.setdefault(fault.kind, {}).setdefault(_finding(link, fault), link)
        for kind, found in by_kind.items():
            first = next(iter(found.values()))
            yield from gathered(found, f"{kind}, the first of them {_shown(first.written)}")


def _finding(link: Link, fault: _Fault) -> Diagnostic:
    noun = "image" if link.image else "link"
    fix = None
    if fault.scheme and link.located:
        place = Span(link.span.path, link.span.line, link.span.column, link.span.line, link.span.column)
        fix = Fix(f"write {fault.scheme} before {_shown(link.written)}", (Replacement(place, fault.scheme),))
    help = f"write {fault.scheme}{link.written.strip()}" if fault.scheme else ""
    message = f"the {noun} {_shown(link.written)} {fault.reason}"
    return Diagnostic(RULE.id, Severity.WARNING, message, link.span, help, fix=fix)


def _fault(tracking: Tracking, where: str, link: Link) -> _Fault | None:
    """Why a relative link leads nowhere; None when it leads somewhere, or out into the network."""
    target = link.target.strip()
    try:
        parts = urlsplit(target)
    except ValueError:
        return _Fault(_UNREADABLE, "cannot be read as an address")
    if not target:
        return _Fault(_EMPTY, "has no address" if link.image else "is empty, so it leads to the card itself")
    if parts.scheme or parts.netloc or not parts.path:
        return None
    path = unquote(parts.path)
    whole = path.lstrip("/") if path.startswith("/") else posixpath.join(posixpath.dirname(where), path)
    whole = posixpath.normpath(whole).rstrip("/")
    outside = whole == ".." or whole.startswith("../")
    if (not outside and _exists(tracking, whole)) or _on_the_hub(tracking, path):
        return None
    if scheme := _missing_scheme(path):
        return _Fault(_NO_SCHEME, "has no scheme, so it is read as a file beside the card", scheme)
    if outside:
        return _Fault(_OUTSIDE, "leads out of the repository")
    return _Fault(_DEAD, f"is dead: there is no {_shown(whole)}")


def _exists(tracking: Tracking, path: str) -> bool:
    tree = tracking.tree
    if path == "." or tree.exists(path) or next(iter(tree.paths(path)), None) is not None:
        return True
    parts = path.split("/")
    above = ("/".join(parts[:n]) for n in range(len(parts), 0, -1))
    return any(tracking.output(folder) is not None for folder in above)


def _on_the_hub(tracking: Tracking, path: str) -> bool:
    """Whether a path is an address on the Hub's own server; one below a folder of the repository is not."""
    found = _HUB.fullmatch(path)
    return found is not None and not _exists(tracking, found["top"] or found["owner"])


def _missing_scheme(path: str) -> str:
    """The scheme that an address lacks; empty for the path of a file."""
    if (mail := _MAIL.fullmatch(path)) and _names_host(mail["host"]):
        return "mailto:"
    return "https://" if _names_host(path.partition("/")[0]) else ""


def _names_host(text: str) -> bool:
    host = _HOST.fullmatch(text)
    return host is not None and (host["top"].lower() in _TOP_LEVEL or text.lower().startswith("www."))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")


def _linking(text: str) -> tuple[Edit, ...]:
    return (Edit("models/churn/README.md", "# Churn", f"# Churn\n\n{text}\n"),)


RULE = Rule(
    "card-links",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    severities=(Severity.WARNING,),
    ok=(
        _linking("[KPIs](kpis.yaml#L3), [root](/mlops.yaml), [data](../../data/holdout.csv)"),
        _linking("![plot](/example/churn/resolve/main/plot.png) <!-- <img src='roc.png'> [old](old.md) -->"),
    ),
    bad=(
        _linking("![ROC](plots/roc.png)"),
        _linking("See [the report](../../../report.pdf)."),
        _linking('<img src="roc.png">'),
        _linking("[paper](arxiv.org/abs/2307.09288)"),
    ),
)
