"""The files that a desired state names as targets say what its release renders.

A target is how the release reaches what runs it. If the file says something else, something else runs than what was
approved. It renders the release in force into the fields of every target, and looks each of them up in its file: the
value that the newest record set there, a wave's too, or, in a field that no record set yet, what the release renders.
A later edit of `targets:` counts from the next promotion on. A field that cannot be set alone is named too, since the
next promotion could not set it.

Undo the edit of the file, or, where the target is new, write the value that the message names.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Fix, Replacement, Severity, Span, lines_of
from mlops_gitops.core.text import clipped
from mlops_gitops.documents.foreign.edit import Found, read_field
from mlops_gitops.documents.foreign.nodes import EditRefusal
from mlops_gitops.documents.foreign.scalar_text import written
from mlops_gitops.policy.examples import MANIFEST, TARGETED
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.promotion import TargetValue
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.policy_files import is_policy
from mlops_gitops.rollout.rendering import Rendering, guarded, recorded_in, release_facts, render


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each field that says something else, and each target that cannot be rendered."""
    states = [state for state in context.head.states() if state.targets]
    newest = context.head.newest_promotions() if states else {}
    for state in states:
        record = newest.get((state.environment, state.model))
        release = context.head.release(state.model, state.release) if state.release else None
        if state.release and release is None:
            continue  # desired-release asks for it
        facts = release_facts(release, context.ledger) if release else None
        rendering = render(state, facts) if facts else Rendering(tuple(recorded_in(state, record)))
        for name, reason in rendering.faults:
            if "{commit}" not in reason or context.ledger is not None:  # the history alone tells which commit that is
                message = f"the target {name} cannot be set: {reason}"
                yield context.head.document(state.path).problem(RULE.id, message, ("targets", name), key=True)
        for value in guarded(rendering.values, record):
            yield from _compared(context, state, value)


def _compared(context: Context, state: DesiredState, value: TargetValue) -> Iterator[Diagnostic]:
    if _is_ours(context, value.path):
        message = f"the target {value.target} names {value.path}, which judges or records promotions"
        yield context.head.document(state.path).problem(RULE.id, message, ("targets", value.target), key=True)
        return
    try:
        found = read_field(context.head.tree, value.where)
    except EditRefusal as refusal:
        span = Span(value.path, refusal.line, 1, refusal.line, 2)
        yield Diagnostic(RULE.id, Severity.ERROR, refusal.message, span, refusal.help)
        return
    if not found.holds(value.value):
        says = f"{value.field} is {clipped(found.scalar.value, 120)!r}"
        runs = f"{state.environment} runs {state.model} {state.release}, which renders {value.value!r}"
        runs = runs if state.release else f"its newest record of {state.model} sets {value.value!r}"
        if state.rolling:
            rolls = f"{state.model} {state.rolling.release} in the wave {state.rolling.wave}"
            runs = f"{state.environment} is rolling out {rolls}, which sets {value.value!r}"
        message = f"{says}, and {runs}"
        help = "undo the edit; where the target is new, write that value"
        span = _span(found)
        yield Diagnostic(RULE.id, Severity.ERROR, message, span, help, fix=_fix(found, span, value.value))


def _is_ours(context: Context, path: str) -> bool:
    return is_policy(context.head.folders, path) or context.head.kind_of(path) is not None


def _span(found: Found) -> Span:
    place, text = found.scalar.place, found.stream.text
    before = lines_of(text[: place.start])
    column = len(before[-1]) + 1 if before and text[: place.start].endswith(before[-1].rstrip("\r\n")) else 1
    return Span(found.stream.path, place.line, column, place.line, column + place.end - place.start)


def _fix(found: Found, span: Span, value: str) -> Fix | None:
    try:
        return Fix(f"write {value}", (Replacement(span, written(found.scalar, value)),))
    except ValueError:
        return None


RULE = Rule(
    "target-rendered",
    __doc__,
    check,
    ok=(TARGETED,),
    bad=(
        (*TARGETED, Edit(MANIFEST, f"models/churn/{'a' * 31}1", f"models/churn/{'b' * 31}1")),
        (*TARGETED, Edit(MANIFEST, "canaryTrafficPercent: 100", "canaryTrafficPercent: 10")),
    ),
)
