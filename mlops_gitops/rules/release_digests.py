"""A new release manifest pins what the tree that adds it holds: artifacts, evaluation, card and KPIs."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.canonical import git_blob, sha256
from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.documents import Route
from mlops_gitops.records import release
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.tracking import Tracking
from mlops_gitops.tree import read_if_possible


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each digest that differs, and each artifact the card does not name."""
    tracking = Tracking(context.head.tree)
    for its in context.added(release.KIND, Release):
        document = context.head.document(its.path)
        for route, message in [*_git_files(context, its), *_dvc_files(tracking, its), *_card(context, its)]:
            help = f"mlops-gitops release {its.model} {its.version} --local"
            yield document.problem(RULE.id, message, route, help=f"remove the file and write it again: {help}")


def _git_files(context: Context, its: Release) -> Iterator[tuple[Route, str]]:
    for name, pin in (("card", its.card), ("kpis", its.kpis)):
        data = read_if_possible(context.head.tree, pin.path)
        if data is None or sha256(data) != pin.sha256:
            yield (name, "sha256"), f"{pin.path} is not the file this manifest pins"
    for name, pin in its.evaluation.items():
        data = read_if_possible(context.head.tree, pin.path) if pin.git_blob else None
        if pin.git_blob and (data is None or git_blob(data, length=len(pin.git_blob)) != pin.git_blob):
            yield ("evaluation", name, "git_blob"), f"{pin.path} is not the file this manifest pins"


def _dvc_files(tracking: Tracking, its: Release) -> Iterator[tuple[Route, str]]:
    pins: list[tuple[Route, Pin]] = [(("artifacts", n), pin) for n, pin in enumerate(its.artifacts)]
    pins += [(("evaluation", name), pin) for name, pin in its.evaluation.items() if pin.md5]
    for route, pin in pins:
        output = tracking.output(pin.path)
        if output is None:
            yield (*route, "path"), tracking.lacking(pin.path)
        elif output.pin.md5 != pin.md5:
            yield (*route, "md5"), f"{output.source} has {output.pin.md5} for {pin.path}, not {pin.md5}"


def _card(context: Context, its: Release) -> Iterator[tuple[Route, str]]:
    card = context.head.card(its.model)
    if card is None:
        return
    if card.risk == "prohibited":
        yield ("model",), f"the card puts {its.model} in the risk class prohibited: it cannot be released"
    named = {artifact.path for artifact in card.artifacts}
    pinned = {pin.path for pin in its.artifacts}
    for path in sorted(named ^ pinned):
        who, other = ("card", "manifest") if path in named else ("manifest", "card")
        yield ("artifacts",), f"the {who} names the artifact {path}, and the {other} does not"


RULE = Rule(
    "release-digests",
    __doc__,
    check,
    Scope.BASE,
    ok=((Edit("releases/churn/1.2.0.yaml", "1.1.0", "1.2.0", copy="releases/churn/1.1.0.yaml"),),),
    bad=((Edit("releases/churn/1.2.0.yaml", "1.0.0", "1.2.0", copy="releases/churn/1.0.0.yaml"),),),
)
