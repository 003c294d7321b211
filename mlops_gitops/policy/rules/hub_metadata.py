"""The card's keys for the Hugging Face Hub say what the Hub understands: licence, task, languages, models and results.

The Hub files a model under these words, and people look for it and decide about it by them. A licence it does not know
is shown as none, a key it does not read is not shown at all; `other` without a name and a link tells nobody what they
may do. The lists are those of the Hub, on the day that is written in them (`mlops_gitops/cards/hub/`).

Names the Hub knows differ from the usual ones mostly in case: `--fix` writes those its way, and adds nothing. For a
licence of your own: `license: other` with `license_name` and `license_link`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from mlops_gitops.cards import hub_lists, hub_names
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.policy import hub_values
from mlops_gitops.policy.hub_values import warning
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a value."""
    for document in context.head.documents(card.KIND):
        misspelt = dict(hub_values.misspelt_keys(document))
        yield from misspelt.values()
        yield from _licences(document, named="license" in misspelt)
        yield from _licence_link(context.head, document)
        for found in (
            hub_values.task_and_library, hub_values.languages, hub_values.ids, hub_values.emissions, hub_values.results
        ):  # fmt: skip
            yield from found(document)


def _licences(document: Document, *, named: bool) -> Iterator[Diagnostic]:
    """Findings for `license`; `named` says that another key was meant to name it."""
    found = list(hub_values.texts(document, "license"))
    if not found and not document.data.get("license") and not named:
        message = "the card names no licence, so readers do not know how they may use the model"
        help = "add `license:`, or `license: other` with license_name and license_link"
        yield warning(document, message, (), help)
    for route, name in found:
        if name == "other":
            lacking = [key for key in ("license_name", "license_link") if not document.data.get(key)]
            if lacking:
                are = "is" if len(lacking) == 1 else "are"
                message = f"the licence is `other`, and {' and '.join(lacking)} {are} missing"
                yield document.problem(RULE.id, message, route, help="name it, and link to its text")
        elif name not in hub_lists.licences():
            yield _unknown_licence(document, route, name)


def _unknown_licence(document: Document, route: Route, name: str) -> Diagnostic:
    meant = hub_names.meant_licence(name)
    versions = hub_names.versions_of(name)
    near = meant or hub_names.nearest(name, hub_lists.licences())
    help = f"did you mean {near!r}?" if near else "if it is your own: license: other"
    if versions and not meant:
        help = f"say which version: {' or '.join(versions)}"
    fix = hub_values.respelled(document, route, meant) if meant else None
    return warning(document, f"the Hub knows no licence {name!r}", route, help, fix=fix)


def _licence_link(head: Snapshot, document: Document) -> Iterator[Diagnostic]:
    """A finding for a link that is neither an address nor a file, beside the card or at the top of the repository."""
    link = document.data.get("license_link")
    if not isinstance(link, str) or not link.strip():
        return
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        parts = None
    if parts and (parts.scheme or parts.netloc):
        return
    path = unquote(parts.path).lstrip("/") if parts else ""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(document.path), path))
    if path and any(_is_file(head, place) for place in (posixpath.normpath(path), beside)):
        return
    help = "commit the file, or write the address of the licence with https://"
    yield warning(document, f"license_link leads to no file: {link!r}", ("license_link",), help)


def _is_file(head: Snapshot, path: str) -> bool:
    return not path.startswith("../") and (head.tree.exists(path) or head.tracking.output(path) is not None)


RULE = Rule(
    "hub-metadata",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    severities=(Severity.ERROR, Severity.WARNING),
    waivable=True,
    ok=(
        (
            Edit(
                "models/churn/README.md",
                "license: apache-2.0",
                "license: other\nlicense_name: ours\nlicense_link: https://example.org/licence",
            ),
        ),
        (Edit("models/churn/README.md", "license: apache-2.0", 'license: [mit]\nlanguage: [en, zh-Hans, "no"]'),),
    ),
    bad=(
        (Edit("models/churn/README.md", "license: apache-2.0", "license: Apache 2.0"),),
        (Edit("models/churn/README.md", "license: apache-2.0", "license: other"),),
        (Edit("models/churn/README.md", "license: apache-2.0\n", ""),),
        (Edit("models/churn/README.md", "license: apache-2.0", "license: mit\npipeline_tag: tabular"),),
        (Edit("models/churn/README.md", "license: apache-2.0", "license: mit\nlanguage: jp"),),
        (Edit("models/churn/README.md", "license: apache-2.0", "licence: mit"),),
        (Edit("models/churn/README.md", "license: apache-2.0", "license: mit\nlibrary_name: scikit-learn"),),
        (Edit("models/churn/README.md", "license: apache-2.0", "license: mit\nbase_model: not an id!"),),
        (Edit("models/churn/README.md", "license: apache-2.0", "license: mit\nco2_eq_emissions: {source: a guess}"),),
    ),
)
