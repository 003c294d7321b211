"""A release that is judged on live windows is judged on those that the base's retraining.yaml asks for.

A manifest names the windows that judge it, and pins its predictions there, the labels, and what the release in force
answered. A pull request that could choose them could choose its judge. So the files must be those that `evaluate:` of
retraining.yaml names, for every data set that a KPI reads; there must be as many windows as it says, one after another,
of an environment that monitoring.yaml watches; and for a new manifest, the baseline must be what runs there. Those two
files are of the base for a new manifest, and of the tree that introduced it for one that is promoted.

Let `mlops-gitops retrain` write the manifest. After a promotion in between, let it retrain again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.document import Route
from mlops_gitops.policy.examples import LIVE, new_release
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import LiveEvaluation, Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.live_files import live_files, require_windows


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each thing in which a manifest judges itself otherwise than it is to be judged."""
    for manifest, tree in context.manifests():
        if manifest.live is None:
            continue
        is_new = context.changes.get(manifest.path) == "A"
        document = context.head.document(manifest.path)
        for route, message in _faults(manifest, manifest.live, context.policy if is_new else tree):
            yield document.problem(RULE.id, message, route, help=f"mlops-gitops retrain {manifest.model}")
        if is_new and (moved := _moved(context, manifest.model, manifest.live)):
            yield document.problem(RULE.id, moved, ("live", "release"), help=f"mlops-gitops retrain {manifest.model}")


def _faults(manifest: Release, live: LiveEvaluation, policy: Snapshot) -> Iterator[tuple[Route, str]]:
    model = manifest.model
    plan, kpis, wanted = policy.monitoring(model), policy.kpis(model), policy.retraining(model)
    if plan is None or kpis is None or wanted is None:
        lost = "monitoring.yaml" if plan is None else "kpis.yaml" if kpis is None else "retraining.yaml"
        yield ("live",), f"it is judged on live windows, and {model} has no {lost} on the base that says so"
        return
    try:
        files, count = live_files(wanted, plan, kpis).evaluation(), require_windows(wanted).windows
    except Error as error:
        yield ("live",), f"it is judged on live windows, and {error.message}"
        return
    if live.environment not in plan.environments:
        yield ("live", "environment"), f"{plan.path} does not watch {live.environment}"
    if len(live.windows) != count:
        yield ("live", "windows"), f"{len(live.windows)} windows judge it, and {wanted.path} says {count}"
    if any(first.end != second.start for first, second in pairwise(live.windows)):
        yield ("live", "windows"), "its windows do not follow one another"
    for name, path in files.items():
        pinned = manifest.evaluation[name].path if name in manifest.evaluation else None
        if pinned != path:
            route = ("evaluation", name) if pinned else ("evaluation",)
            yield route, f"it pins {pinned or 'nothing'} as {name}, and {wanted.path} says {path}"


def _moved(context: Context, model: str, live: LiveEvaluation) -> str:
    """Why the baseline is not what runs where the windows are of; empty where it is."""
    current = context.ledger.current(live.environment, model) if context.ledger else None
    runs = current.record.release if current and isinstance(current.record, Promotion) else None
    if runs == live.release:
        return ""
    return f"it is judged beside {live.release}, and {live.environment} runs {runs or 'nothing'} of {model}"


RULE = Rule(
    "live-windows",
    __doc__,
    check,
    Scope.BASE,
    about="Release",
    bad=((new_release("1.2.0"), Edit("releases/churn/1.2.0.yaml", "evaluation:", f"{LIVE}evaluation:")),),
)
