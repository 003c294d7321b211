"""The names of models differ in more than upper and lower case.

On macOS and Windows `models/Churn` and `models/churn` are one folder, and the tags and branches of the two are one
file; a clone there has one model in place of the other. It compares, without regard to case, the names of the
models that have a card, KPIs, a release, a desired state or a record, those on the base, and those in the tags of
receipts. A folder in which only other files lie, beside the one for models, is a warning.

Rename the model that came later. What is released keeps its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records import receipt
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

_HELP = "rename the one that came later: macOS and Windows take both for one name"


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each file of a model that another spelling of its name was there before."""
    files = _files(context.head)
    known = _first_spellings(context, files)
    for name, paths in files.items():
        if (first := known[name.casefold()]) != name:
            message = f"the name {name} differs from {first} only in upper and lower case"
            yield from (Diagnostic(RULE.id, Severity.ERROR, message, Span(path), _HELP) for path in paths)
    for folder, path in _folders(context.head).items():
        first = known.get(folder.casefold(), folder)
        if first != folder and folder not in files:
            message = f"the folder of {path} differs from the name of the model {first} only in upper and lower case"
            yield Diagnostic(RULE.id, Severity.WARNING, message, Span(path), "give the two one spelling")


def _first_spellings(context: Context, files: Iterable[str]) -> Mapping[str, str]:
    """Each name without regard to case → the spelling that counts: of a receipt, of the base, of a release, any."""
    tagged = (receipt.tagged_model(tag) for tag in (context.ledger.receipts if context.ledger else ()))
    released = (release.model for release in context.head.releases())
    found: dict[str, str] = {}
    for names in (tagged, _files(context.base) if context.base else (), released, files):
        for name in sorted(filter(None, names)):
            found.setdefault(name.casefold(), name)
    return found


def _files(tree: Snapshot) -> Mapping[str, list[str]]:
    """Each model → its files."""
    found: dict[str, list[str]] = {}
    for path, kind in sorted(tree.index.items()):
        if name := (kind.match(tree.folders, path) or {}).get("model"):
            found.setdefault(name, []).append(path)
    return found


def _folders(tree: Snapshot) -> Mapping[str, str]:
    """Each folder in the one for models → a file in it."""
    top = tree.folders["models"]
    inside = ((path.removeprefix(f"{top}/").split("/"), path) for path in tree.tree.paths(top))
    return {parts[0]: path for parts, path in inside if len(parts) > 1}


RULE = Rule(
    "distinct-models",
    __doc__,
    check,
    about="file",
    severities=(Severity.ERROR, Severity.WARNING),
    ok=((Edit("models/Fraud/README.md", "", "", copy="models/churn/README.md"),),),
    bad=(
        (Edit("models/Churn/README.md", "", "", copy="models/churn/README.md"),),
        (Edit("releases/CHURN/1.0.0.yaml", "model: churn", "model: CHURN", copy="releases/churn/1.0.0.yaml"),),
        (Edit("models/Churn/model.pkl.dvc", None, ""),),
    ),
)
