"""The report of a checked head: findings, gates measured again, what comes next, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.frozen import replace
from mlops_gitops.core.table import Table
from mlops_gitops.doctor.checkup import Part
from mlops_gitops.doctor.examination import Examination, examine, finding_lines
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.gates.assumption import assumption_lines
from mlops_gitops.gates.table import gate_table, missing_lines
from mlops_gitops.orchestration.doctor_facts import facts_of_change
from mlops_gitops.orchestration.statuses.commit_status import CheckedHead, standing_rules
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.pull_requests.flow_chart import flow
from mlops_gitops.reporting.findings import findings_report, quantity
from mlops_gitops.reporting.report import Link, Report
from mlops_gitops.repository.context import Context

# What the check itself says, and what is about a clone or the settings.
OF_THE_CHECK = ("check-workflow", "files-valid", "hooks", "merged")


def check_report(workspace: Workspace, checked: CheckedHead, pull: PullRequest | None) -> Report:
    """The findings, gates and verdict of a checked head; `pull` is its pull request, if any."""
    return report_of(checked, pull, _left(workspace, checked, pull))


def report_of(checked: CheckedHead, pull: PullRequest | None, left: Sequence[Examination] = ()) -> Report:
    """The same, with what is `left` to do on the first pull request of a project or a model."""
    context = checked.context
    gates = context.pull.gates if context.pull else {}
    tables: tuple[Table, ...] = tuple(gate_table(results, path) for path, results in gates.items() if results)
    diagnostics = tuple(_without_standing(checked.found)) if checked.has_check_runs else checked.found
    merges = not checked.has_check_runs or (checked.head_status or checked.status).state == "success"
    judged = [*chain.from_iterable(gates.values())]
    lines = [*_left_lines(left), *missing_lines(judged), *assumption_lines(judged)]
    lines += [_verdict(context, diagnostics, pull, merges=merges), *_status_lines(checked)]
    extra: dict[str, object] = {
        "pull_request": pull.number if pull else None,
        "promotions": [p.path for p in context.promotions()],
    }
    extra |= {"status": {"state": checked.status.state, "description": checked.status.description}} if pull else {}
    extra |= {"note": checked.status_note} if checked.status_note else {}
    extra |= {"checkups": [examination.to_data() for examination in left]} if left else {}
    report = findings_report(
        diagnostics, context.head, files=len(context.changes), tables=tables, lines=lines, extra=extra
    )
    return replace(report, flow=_flow_charts(context), pull=Link(pull.number, pull.url) if pull else None)


def _left(workspace: Workspace, checked: CheckedHead, pull: PullRequest | None) -> list[Examination]:
    """What `doctor` finds on the first pull request of a project or a model: it may be merged all the same."""
    facts = facts_of_change(workspace, checked, pull)
    return examine(facts, [Part.RELEASE], besides=OF_THE_CHECK) if facts else []


def _left_lines(left: Sequence[Examination]) -> Iterator[str]:
    refusals = list(finding_lines(left))
    if refusals:
        yield from ("what a release or a promotion will be refused for, once this is merged:", *refusals, "")


def _status_lines(checked: CheckedHead) -> Iterator[str]:
    if checked.has_check_runs:
        status = checked.head_status or checked.status
        yield f"commit status: {status.state}: {status.description}"
    if checked.status_note:
        yield checked.status_note


def _flow_charts(context: Context) -> tuple[str, ...]:
    """The charts of what this promotes, one after the other."""
    if context.base is None:
        return ()
    charts = [flow(context.base, record) for record in context.promotions()]
    return tuple(line for lines in charts for line in [*lines, ""])


def _without_standing(diagnostics: Iterable[Diagnostic]) -> Iterable[Diagnostic]:
    """Errors that the commit status reports become notes: a check run could not be renewed without a push."""
    for diagnostic in diagnostics:
        standing = diagnostic.rule in standing_rules() and diagnostic.severity is Severity.ERROR
        yield replace(diagnostic, severity=Severity.NOTE, undecided=False) if standing else diagnostic


def _verdict(context: Context, diagnostics: tuple[Diagnostic, ...], pull: PullRequest | None, *, merges: bool) -> str:
    errors = sum(1 for d in diagnostics if d.severity is Severity.ERROR)
    subject = f"pull request #{pull.number}" if pull else "this head"
    if pull is None and context.promotions():
        subject += " (no pull request is open for it, so it has no approvals)"
    if not errors and not context.changes and pull is None:
        return "nothing to judge: this head changes nothing that is checked"
    passed = f"{subject} may be merged" if merges else f"the files and gates of {subject} are in order"
    return f"failed: {quantity(errors, 'error')} in {subject}" if errors else f"passed: {passed}"
