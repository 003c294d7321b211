"""The rolling issue of a model's retraining: why one is called for, what came of it, and what people do.

What triggers found depends on live data, and reasons on files of the pipeline: all of it is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlops_gitops.core import markdown
from mlops_gitops.core.table import Table
from mlops_gitops.forges.issue import CLOSED, OPEN, Issue, retraining_key
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.retraining.outcome import Decision, Verdict
from mlops_gitops.retraining.record import FOLDER, Run, RunOutcome

_TEXT, _CELL, _REASONS = 2000, 100, 20
_SAID = {
    RunOutcome.WORSE: "the candidate is worse, and is not proposed",
    RunOutcome.INCONCLUSIVE: "the candidate is not proposed: it is unknown whether it is better",
    RunOutcome.FAILED: "the run failed",
    RunOutcome.ISSUE: "a retraining is due",
    RunOutcome.DISPATCHED: "a retraining is due, and a workflow was started",
    RunOutcome.PROPOSED: "a candidate is proposed",
}
_QUIET = (RunOutcome.PROPOSED, RunOutcome.DISPATCHED)  # after these nothing is left for people to do here


def retraining_issue(decision: Decision, run: Run, reasons: Sequence[str], gates: Table | None, owner: str) -> Issue:
    """What the issue of a model is to say and to be after a run. `owner` is Markdown; `reasons` are sentences."""
    state = CLOSED if run.outcome in _QUIET else OPEN
    title = f"Retraining of {decision.model}: {_SAID[run.outcome]}"
    return Issue(
        retraining_key(decision.model), title, "\n".join(_lines(decision, run, reasons, gates, owner)), state=state
    )


def _lines(decision: Decision, run: Run, reasons: Sequence[str], gates: Table | None, owner: str) -> Iterator[str]:
    yield f"**{markdown.text(_SAID[run.outcome]).capitalize()}.** {markdown.excerpt(run.reason, _TEXT)}"
    yield from ("", f"Decided by: {owner}.")
    if len(reasons) > 1:
        yield from ("", *(f"- {markdown.excerpt(reason, _CELL * 4)}" for reason in reasons[:_REASONS]))
    yield from ("", "#### Why a retraining is called for", "", *cause_lines(decision))
    if gates is not None:
        yield from ("", f"#### {markdown.text(gates.title)}", "", *markdown.table(gates.columns, gates.rows))
    if run.log:
        yield from ("", f"The log of the pipeline: {_link(run.log)}")
    yield from ("", f"Records: `{FOLDER}/{decision.model}/` on the branch `{BRANCH}`.")
    yield "This text is renewed after each run, and the issue closes when a candidate is proposed."


def cause_lines(decision: Decision) -> Iterable[str]:
    """The triggers that are met, with the reason of a person and the digest of the cause."""
    for finding in decision.findings:
        if finding.verdict is Verdict.MET:
            yield f"- {markdown.name(finding.id)}: {markdown.excerpt(finding.message, _TEXT)}"
    if decision.why:
        yield f"- In their words: {markdown.excerpt(decision.why, _TEXT)}"
    if decision.cause:
        yield f"- The cause has the digest {markdown.text(decision.cause.digest)}."


def _link(place: str) -> str:
    return f"<{place}>" if place.startswith("https://") else markdown.name(place, 400)
