"""A new decision about a rollout is about one that runs, and names a wave of it that can be skipped.

A pause of a release that no rollout brings, or an override that names a wave there is none of, does nothing, although
its author believes that it does. It compares each new decision of type pause or resume, and each override with
`skip: wave` or `skip: hold`, with the rollout that runs in the environment on the base, or that the same change opens.
The first wave is never skipped, since a rollout opens with it, nor the last, which brings the rest: skip its hold.

Correct the release, the environment or the wave.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Route
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import decision
from mlops_gitops.records.decision import PAUSE, RESUME, Decision
from mlops_gitops.records.rollout import Wave
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import running_rollout


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each decision that changes no rollout."""
    for record in context.added(decision.KIND, Decision):
        if record.type in (PAUSE, RESUME) or record.wave:
            for route, message, help in _faults(context, record):
                yield context.head.document(record.path).problem(RULE.id, message, route, help=help)


def _faults(context: Context, record: Decision) -> Iterator[tuple[Route, str, str]]:
    waves = _waves(context, record)
    if waves is None:
        message = f"no rollout of {record.model} {record.release} runs in {record.environment}"
        yield ("subject", "release"), message, f"mlops-gitops rollout {record.model} --in {record.environment}"
        return
    names = [wave.name for wave in waves]
    if record.wave and waves and record.wave not in names:
        help = did_you_mean(record.wave, names, f"it has {', '.join(names)}")
        yield ("subject", "wave"), f"the rollout of {record.model} has no wave {record.wave!r}", help
    elif record.skip == "wave" and record.wave in (names[:1] + names[-1:]):
        place = "first, with which it opens" if record.wave == names[0] else "last, which brings the rest"
        help = "skip: hold goes on from a wave at once"
        yield ("subject", "wave"), f"the wave {record.wave} is the {place}: it cannot be skipped", help


def _waves(context: Context, record: Decision) -> tuple[Wave, ...] | None:
    """The waves of the rollout that a decision is about; none where they are not known, None where no rollout runs."""
    subject = (record.environment or "", record.model)
    opened = [new for new in context.promotions() if new.action == "open"]
    if any((new.environment, new.model, new.release) == (*subject, record.release) for new in opened):
        state = context.base.state(*subject) if context.base else None
        return state.rollout.waves if state and state.rollout else ()
    running = running_rollout(context.ledger, context.at, *subject)
    if running is None or running.record.release != record.release:
        return None
    return running.rollout.waves if running.rollout else ()


_PAUSE = """apiVersion: mlops-gitops/v1
kind: Decision
type: pause
subject: {model: churn, release: "1.1.0", environment: staging}
role: operations
by: bob
reason: The dashboard is down.
"""
RULE = Rule(
    "rollout-decision", __doc__, check, Scope.BASE, bad=((Edit("decisions/2026-02-01-stop.yaml", None, _PAUSE),),)
)
