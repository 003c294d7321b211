"""A desired state says what its newest promotion record says.

The desired state is what runs, the newest promotion record is why. When they disagree, something was put in place
that nobody approved, or half a promotion was merged. It compares each desired state, its release and what is rolling,
with the newest record of its model and environment, and asks for a desired state for each such record, unless
mlops.yaml no longer has the environment.

Restore the file that was edited. For a model that ran before this tool came, `mlops-gitops promote --adopt` writes
the first record and the desired state, while `policies.adopt` of the base's mlops.yaml allows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records.desired_state import KIND
from mlops_gitops.records.promotion import STOP
from mlops_gitops.records.rollout import Rolling
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each desired state that no record explains, and each record whose desired state is gone."""
    head = context.head
    newest = head.newest_promotions()
    for state in head.states():
        record_of = newest.pop((state.environment, state.model), None)
        if (record_of.in_force if record_of else None) != state.release:
            found = f"its newest record says {_or_nothing(record_of.in_force)}" if record_of else _UNRECORDED
            message = f"{state.environment} is to run {_or_nothing(state.release)} of {state.model}, but {found}"
            command = f"mlops-gitops promote {state.model} --to {state.environment} --release {state.release or '…'}"
            yield head.document(state.path).problem(RULE.id, message, ("release",), help=command)
        elif (rolling := record_of.rolling if record_of else None) != state.rolling:
            message = f"{state.environment} is rolling out {_words(state.rolling)}"
            message += f", but its newest record of {state.model} says {_words(rolling)}"
            yield head.document(state.path).problem(RULE.id, message, ("rolling",), help="undo the edit")
    known = head.project.environments if head.project else {}
    for (environment, model), record in newest.items():
        if environment not in known or record.action == STOP:
            continue  # an environment that is gone keeps its records, and after a stop nothing is to run
        path = head.path_of(KIND, environment=environment, model=model)
        lacking = f"{path} is not valid" if head.tree.exists(path) else "no desired state"
        message = f"{environment} has a record for {model} {record.release}, and {lacking}"
        yield head.document(record.path).problem(RULE.id, message, ("predicate", "release"))


def _or_nothing(release: str | None) -> str:
    return release or "nothing"


def _words(rolling: Rolling | None) -> str:
    return f"{rolling.release} in the wave {rolling.wave}" if rolling else "nothing"


_UNRECORDED = "it has no promotion record"
_SECOND = "promotions/staging/churn/0002.json"
_PROMOTED_AGAIN = (
    Edit(_SECOND, "1.0.0", "1.1.0", copy="promotions/staging/churn/0001.json"),
    Edit(_SECOND, '"sequence": 1', '"sequence": 2'),
)
_RUNS_NEXT = Edit("environments/staging/churn.yaml", 'release: "1.0.0"', 'release: "1.1.0"')

_ROLLING = 'rolling: {release: "1.1.0", wave: canary}'
_ROLLS_NEXT = Edit("environments/staging/churn.yaml", 'release: "1.0.0"', f'release: "1.0.0"\n{_ROLLING}')

RULE = Rule(
    "state-record",
    __doc__,
    check,
    ok=((*_PROMOTED_AGAIN, _RUNS_NEXT),),
    bad=((_RUNS_NEXT,), _PROMOTED_AGAIN, (_ROLLS_NEXT,)),
)
