"""A new decision that states the policy states the one it comes with, by its digest.

Such a decision proves the whole policy from its merge on: what people approve in it is one digest, of every file that
judges. A digest of another policy would have them agree to something else than what then judges. It compares the
digest with that of the tree the decision is new in: mlops.yaml, FREEZE, the KPIs, the monitoring.yaml and the
retraining.yaml of every model, and DVC's `config` in any `.dvc/`. A `config.local` is left out.

`mlops-gitops validate --base origin/main --fix` writes it. Where the base changed the policy since, update the branch
first.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import decision
from mlops_gitops.records.decision import Decision
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.policy_files import digest_of


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each new decision that states another policy."""
    for record in context.added(decision.KIND, Decision):
        if record.type == "policy" and record.policy != (actual := digest_of(context.head)):
            document, route = context.head.document(record.path), ("subject", "policy")
            message = "this is not the digest of the policy it comes with"
            fix = document.rewrite_fix(route, f'"{actual}"', "write the digest of the policy")
            yield document.problem(RULE.id, message, route, help=f'write policy: "{actual}"', fix=fix)


_STATED = """apiVersion: mlops-gitops/v1
kind: Decision
type: policy
subject: {policy: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}
role: operations
by: bob
reason: We agree to the policy as it is.
"""
RULE = Rule(
    "policy-statement",
    __doc__,
    check,
    Scope.BASE,
    about="Decision",
    bad=((Edit("decisions/2026-02-01-policy.yaml", None, _STATED),),),
)
