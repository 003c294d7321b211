"""A promotion's gates, measured again, give the recorded values and outcomes.

A number typed into a record looks like a measured one. On a pull request each gate of a new promotion is measured
again, from the data its release pins, and compared with the record: values within 1e-9, outcomes exactly.

If they differ, run the promotion again, and find out why they did. Where the data cannot be had now, the answer is
undecided (exit code 3), never passed.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.gates.result import Outcome
from mlops_gitops.gates.serialize import gate_to_data, same_measurement
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each gate that comes out otherwise, and an undecided one where it cannot be measured now."""
    for record in context.promotions():
        again = {result.id: result for result in (context.pull.gates.get(record.path, ()) if context.pull else ())}
        if context.base and context.base.policy_digest(record.model) != record.predicate["policy"]:
            continue  # the rule promotion-policy reports it; other KPIs give other gates
        document = context.head.document(record.path)
        for n, gate in enumerate(record.predicate["gates"]):
            result = again.get(gate["id"])
            if result is None:
                continue
            route = ("predicate", "gates", n, "value")
            if result.outcome is Outcome.NOT_AVAILABLE and gate["outcome"] != Outcome.NOT_AVAILABLE.value:
                message = f"{result.id} cannot be measured again: {result.reason}"
                yield Diagnostic(RULE.id, Severity.ERROR, message, document.span(route), undecided=True)
            elif not same_measurement(gate, gate_to_data(result)):
                message = (
                    f"{result.id} is recorded as {gate['value']} ({gate['outcome']}, n {gate['n']}); measured again "
                )
                message += f"it is {result.candidate.value} ({result.outcome.value}, n {result.candidate.n})"
                yield document.problem(RULE.id, message, route)


RULE = Rule("remeasured", __doc__, check, Scope.DATA)
