"""A promotion is judged by the base's mlops.yaml and KPIs, and says so by their digest.

A pull request that lowers its own threshold must not be judged by the lower one. Each new record holds the digest of
the mlops.yaml and KPIs that judged it; this rule compares it with the base's, which must have the environment and
valid KPIs of the model. A change that edits mlops.yaml or KPIs also gets a note that says by what it is judged.

Merge the change of policy first, then run the promotion again.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import kpis
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """Errors for a record under no policy or another one; a note where the change edits the policy itself."""
    base = context.base
    if base is None:
        return
    for record in context.promotions():
        if base.project is None:
            message = f"the base has no {base.project_path}: the pull request that brings it may hold no promotion"
            yield context.head.document(record.path).problem(RULE.id, message)
        elif base.kpis(record.model) is None:
            message = f"the base has no valid KPIs for {record.model}: merge its KPIs first"
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "model"))
        elif record.environment not in base.project.environments:
            message = f"the base's {base.project.path} has no environment {record.environment}: merge it first"
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "environment"))
        elif base.policy_digest(record.model) != record.predicate["policy"]:
            help = f"run again: {record.command()}"
            message = f"this record was judged by another {base.project.path} or other KPIs than the base has"
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "policy"), help=help)
    yield from _edits(context)


def _edits(context: Context) -> Iterator[Diagnostic]:
    head, policy = context.head, context.policy
    for path in sorted(context.changes):
        project_files = (*head.project_paths, *policy.project_paths)
        if path not in project_files and kpis.KIND.match(policy.folders, path) is None:
            continue
        if context.base is not None and context.base.project is None:
            message = f"policy-bootstrap: the base has no {head.project_path}, so this change is judged by its own"
        else:
            message = f"this change edits {path}; what it promotes is judged by the base's"
        yield Diagnostic(RULE.id, Severity.NOTE, message, head.document(path).span())


RULE = Rule(
    "promotion-policy",
    __doc__,
    check,
    Scope.BASE,
    severities=(Severity.ERROR, Severity.NOTE),
    bad=(
        (Edit("promotions/canary/churn/0001.json", "staging", "canary", copy="promotions/staging/churn/0001.json"),),
        (Edit("models/churn/kpis.yaml", "at_least: 0.85", "at_least: 0.5"),),
    ),
)
