"""Somebody watches the model in use: monitoring.yaml names who, how often, and in which environments."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.examples import MONITORING
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    plan = subject.monitoring()
    if subject.environment and subject.environment not in plan.environments:
        place = Place(plan.path, ("environments",))
        return failed(f"{plan.path} does not watch {subject.environment}", place, f"add {subject.environment} to it")
    watched = ", ".join(plan.environments)
    return passed(
        f"{plan.owner} is responsible for {len(plan.watches)} watches every {plan.source['every']} in {watched}"
    )


CHECK = Check(
    "monitoring-planned", __doc__, _look, Status.PASSED, rests_on="monitoring", bad=((Edit(MONITORING, None, None),),)
)
