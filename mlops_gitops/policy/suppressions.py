"""Findings less what people let pass: warnings by a comment beside them, errors by a decision of type waiver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.ignore_comments import FORM, Ignore

if TYPE_CHECKING:
    from mlops_gitops.policy.rule import Rule
    from mlops_gitops.records.decision import Decision
    from mlops_gitops.repository.context import Context

RULE = "ignore-comment"


def apply_suppressions(context: Context, findings: Iterable[Diagnostic], ran: Sequence[Rule]) -> Iterator[Diagnostic]:
    """The findings as they count: an ignored warning is a note, a waived error a warning, each saying why.

    `ran` are the rules that gave the findings. Comments that are wrong, or that ignore nothing, are findings too.
    """
    ignores = _Ignores.from_context(context, ran)
    for finding in apply_waivers(context, findings, ran):
        yield ignores.apply(finding)
    yield from ignores.faults()


def apply_waivers(context: Context, findings: Iterable[Diagnostic], ran: Sequence[Rule]) -> Iterator[Diagnostic]:
    """The findings, with waived errors as warnings; an error whose waiver expired says so."""
    kept = list(findings)
    waivable = {rule.id for rule in ran if rule.waivable}
    if any(finding.severity is Severity.ERROR and finding.rule in waivable for finding in kept):
        kept = list(map(_Waivers.from_context(context, ran).apply, kept))
    yield from kept


@frozen
class _Waivers:
    """The decisions that let errors pass, by rule and file."""

    valid: dict[tuple[str, str], Decision]
    expired: dict[tuple[str, str], Decision]
    waivable: frozenset[str]
    context: Context

    @classmethod
    def from_context(cls, context: Context, ran: Sequence[Rule]) -> _Waivers:
        valid = {(waiver.rule, waiver.file): waiver for _, waiver in context.decisions() if waiver.type == "waiver"}
        expired = {
            (waiver.rule, waiver.file): waiver
            for waiver in context.head.whole.decisions()
            if waiver.type == "waiver" and waiver.expired(context.today)
        }
        return cls(valid, expired, frozenset(rule.id for rule in ran if rule.waivable), context)

    def apply(self, finding: Diagnostic) -> Diagnostic:
        if finding.severity is not Severity.ERROR or finding.rule not in self.waivable:
            return finding
        key = (finding.rule, finding.span.path)
        waiver = self.valid.get(key) or self.expired.get(key)
        if waiver is None:
            return finding
        related = (*finding.related, self.context.head.whole.document(waiver.path).span(("reason",)))
        if key in self.valid:
            reason = " ".join(waiver.reason.split())
            waived = f"waived by {waiver.by} for {waiver.role} until {waiver.expires}: {reason}"
            message = f"{finding.message} ({waived})"
            return replace(finding, severity=Severity.WARNING, message=message, related=related, fix=None)
        message = f"{finding.message} (its waiver expired on {waiver.expires})"
        return replace(finding, message=message, related=related)


class _Ignores:
    """The ignore comments by line, and which of them met a finding."""

    def __init__(self, ignores: Iterable[Ignore], ran: Sequence[Rule], known: Iterable[str]) -> None:
        self.by_line: dict[tuple[str, int], list[Ignore]] = {}
        for ignore in ignores:
            self.by_line.setdefault((ignore.span.path, ignore.line), []).append(ignore)
        self.ran = {rule.id for rule in ran}
        self.known = list(known)
        self.used: set[tuple[Ignore, str]] = set()
        self.errors: set[tuple[Ignore, str]] = set()

    @classmethod
    def from_context(cls, context: Context, ran: Sequence[Rule]) -> _Ignores:
        from mlops_gitops.core import plugins

        ignores = [ignore for entry in context.head.entries() for ignore in entry.ignores]
        return cls(ignores, ran, [name.replace("_", "-") for name in plugins.names("policy.rules")])

    def apply(self, finding: Diagnostic) -> Diagnostic:
        for ignore in self.by_line.get((finding.span.path, finding.span.line), ()):
            if ignore.reason and finding.rule in ignore.rules:
                if finding.severity is Severity.WARNING:
                    self.used.add((ignore, finding.rule))
                    message = f"{finding.message} (ignored: {ignore.reason})"
                    return replace(finding, severity=Severity.NOTE, message=message, fix=None)
                if finding.severity is Severity.ERROR:
                    self.errors.add((ignore, finding.rule))
        return finding

    def faults(self) -> Iterator[Diagnostic]:
        for ignore in (ignore for ignores in self.by_line.values() for ignore in ignores):
            if not ignore.reason:
                yield _fault(ignore, f"this comment ignores nothing: it must read {FORM}")
            for rule in ignore.rules if ignore.reason else ():
                yield from self._rule_faults(ignore, rule)

    def _rule_faults(self, ignore: Ignore, rule_id: str) -> Iterator[Diagnostic]:
        if (ignore, rule_id) in self.errors:
            help = "fix it, or write a decision of type waiver (mlops-gitops schema decision)"
            yield _fault(ignore, f"{rule_id} found an error here, and a comment cannot let an error pass", help)
        elif rule_id not in self.known:
            yield _fault(ignore, f"there is no rule {rule_id!r}", did_you_mean(rule_id, self.known))
        elif rule_id in self.ran and (ignore, rule_id) not in self.used:
            yield _fault(ignore, f"{rule_id} warns of nothing here", "remove the comment")


def _fault(ignore: Ignore, message: str, help: str = "") -> Diagnostic:
    return Diagnostic(RULE, Severity.WARNING, message, ignore.span, help)
