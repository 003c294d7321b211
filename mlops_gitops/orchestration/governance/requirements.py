"""A head judged by the packs of its base: what keeps a promotion out, and what else can be done."""

from __future__ import annotations

from collections.abc import Iterable

from mlops_gitops.compliance import findings
from mlops_gitops.compliance.assess import Result, assess
from mlops_gitops.compliance.subject import Evidence, Subject
from mlops_gitops.core.diagnostics import Diagnostic, Severity, ordered
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.semver import precedence
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.packs_in_force import packs_in_force
from mlops_gitops.repository.snapshot import Snapshot


def newest_release(context: Context, model: str, evidence: Evidence | None, version: str | None = None) -> Subject:
    """A model with the named release, or its highest."""
    releases = list(context.head.whole.releases(model))
    named = [release for release in releases if version in (None, release.version)]
    return Subject(context, model, max(named, key=lambda r: precedence(r.version), default=None), "", evidence)


def promoted_results(context: Context, record: Promotion, evidence: Evidence | None) -> list[Result]:
    """The requirements of the base's packs for the release that a record promotes. Raises Undecided."""
    release = context.head.release(record.model, record.release)
    subject = Subject(context, record.model, release, record.environment, evidence)
    return assess(packs_in_force(context.policy), subject)


def governance_findings(context: Context, evidence: Evidence | None = None) -> tuple[Diagnostic, ...]:
    """What the packs that judge find: errors in a promotion to an enforced environment, warnings everywhere else.

    Without a base, of every model; with one, of those whose files the change touches. None where no pack judges.
    """
    project = context.policy.project
    if project is None or not project.packs:
        return ()
    enforced = [r for r in context.promotions() if r.is_gated and r.environment in project.enforced]
    found: list[Diagnostic] = []
    try:
        packs = packs_in_force(context.policy)
        for record in enforced:
            found += findings.errors(context, promoted_results(context, record, evidence), record.path)
        for model in set(_touched(context)) - {record.model for record in enforced}:
            found += findings.warnings(context, assess(packs, newest_release(context, model, evidence)))
    except Undecided as error:
        found.append(_cannot_judge(context.head, error, enforced))
    return ordered(found)


def _cannot_judge(head: Snapshot, error: Undecided, enforced: Iterable[Promotion]) -> Diagnostic:
    """A pack that cannot judge: known-pack reports it where it is named, so elsewhere it is a warning."""
    severity = Severity.ERROR if any(enforced) else Severity.WARNING
    span = head.project_document.span(("governance", "packs"))
    return Diagnostic(findings.RULE, severity, error.message, span, error.help, undecided=True)


def _touched(context: Context) -> Iterable[str]:
    """The models that a change touches by a file of theirs; all without a base."""
    models = context.head.whole.models()
    if context.base is None:
        return models
    parts = [set(path.replace(".", "/").split("/")) for path in context.changes]
    return [model for model in models if any(model in names for names in parts)]
