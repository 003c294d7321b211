"""What was found, less what people let pass: warnings by a comment beside them, errors by a decision of type waiver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.ignore_comments import FORM, Ignore

if TYPE_CHECKING:
    from mlops_gitops.policy.rule import Rule
    from mlops_gitops.records.decision import Decision
    from mlops_gitops.repository.context import Context

RULE = "ignore-comment"


def apply_suppressions(context: Context, found: Iterable[Diagnostic], ran: Sequence[Rule]) -> Iterator[Diagnostic]:
    """The findings as they count: an ignored warning is a note, a waived error a warning, each saying why.

    `ran` are the rules that gave the findings. Comments that are wrong, or ignore nothing, are told too.
    """
    ignores = _Ignores.of(context, ran)
    for its in apply_waivers(context, found, ran):
        yield ignores.applied(its)
    yield from ignores.faults()


def apply_waivers(context: Context, found: Iterable[Diagnostic], ran: Sequence[Rule]) -> Iterator[Diagnostic]:
    """The findings with the errors that a decision lets pass as warnings, and those an expired one did saying so."""
    kept = list(found)
    waivable = {rule.id for rule in ran if rule.waivable}
    if any(its.severity is Severity.ERROR and its.rule in waivable for its in kept):
        kept = list(map(_Waivers.of(context, ran).applied, kept))
    yield from kept


@frozen
class _Waivers:
    """The decisions that let errors pass, by rule and file."""

    valid: dict[tuple[str, str], Decision]
    expired: dict[tuple[str, str], Decision]
    waivable: frozenset[str]
    context: Context

    @classmethod
    def of(cls, context: Context, ran: Sequence[Rule]) -> _Waivers:
        decisions = [its for _, its in context.decisions() if its.type == "waiver"]
        over = [its for its in context.head.whole.decisions() if its.type == "waiver" and its.expired(context.today)]
        valid, expired = ({(its.rule, its.file): its for its in group} for group in (decisions, over))
        return cls(valid, expired, frozenset(rule.id for rule in ran if rule.waivable), context)

    def applied(self, found: Diagnostic) -> Diagnostic:
        if found.severity is not Severity.ERROR or found.rule not in self.waivable:
            return found
        key = (found.rule, found.span.path)
        its = self.valid.get(key) or self.expired.get(key)
        if its is None:
            return found
        related = (*found.related, self.context.head.whole.document(its.path).span(("reason",)))
        if key in self.valid:
            why = " ".join(its.reason.split())
            message = f"{found.message} (waived by {its.by} for {its.role} until {its.expires}: {why})"
            return replace(found, severity=Severity.WARNING, message=message, related=related, fix=None)
        return replace(found, message=f"{found.message} (its waiver expired on {its.expires})", related=related)


class _Ignores:
    def __init__(self, ignores: Iterable[Ignore], ran: Sequence[Rule], known: Iterable[str]) -> None:
        self.by_line: dict[tuple[str, int], list[Ignore]] = {}
        for its in ignores:
            self.by_line.setdefault((its.span.path, its.line), []).append(its)
        self.ran = {rule.id for rule in ran}
        self.known = list(known)
        self.used: set[tuple[Ignore, str]] = set()
        self.errors: set[tuple[Ignore, str]] = set()

    @classmethod
    def of(cls, context: Context, ran: Sequence[Rule]) -> _Ignores:
        from mlops_gitops.core import plugins

        found = [ignore for entry in context.head.entries() for ignore in entry.ignores]
        return cls(found, ran, [name.replace("_", "-") for name in plugins.names("policy.rules")])

    def applied(self, found: Diagnostic) -> Diagnostic:
        for its in self.by_line.get((found.span.path, found.span.line), ()):
            if its.reason and found.rule in its.rules:
                if found.severity is Severity.WARNING:
                    self.used.add((its, found.rule))
                    message = f"{found.message} (ignored: {its.reason})"
                    return replace(found, severity=Severity.NOTE, message=message, fix=None)
                if found.severity is Severity.ERROR:
                    self.errors.add((its, found.rule))
        return found

    def faults(self) -> Iterator[Diagnostic]:
        for its in (its for ignores in self.by_line.values() for its in ignores):
            if not its.reason:
                yield _fault(its, f"this comment ignores nothing: it must read {FORM}")
            for rule in its.rules if its.reason else ():
                if (its, rule) in self.errors:
                    help = "mend it, or write a decision of type waiver (mlops-gitops schema decision)"
                    yield _fault(its, f"{rule} found an error here, and a comment cannot let an error pass", help)
                elif rule not in self.known:
                    import difflib

                    near = difflib.get_close_matches(rule, self.known, n=1)
                    yield _fault(its, f"there is no rule {rule!r}", f"did you mean {near[0]!r}?" if near else "")
                elif rule in self.ran and (its, rule) not in self.used:
                    yield _fault(its, f"{rule} warns of nothing here", "remove the comment")


def _fault(its: Ignore, message: str, help: str = "") -> Diagnostic:
    return Diagnostic(RULE, Severity.WARNING, message, its.span, help)
