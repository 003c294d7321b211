"""Runs the rules on a tree, and lets pass what people let pass."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache

from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Diagnostic, Severity, ordered
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.kind import Kind
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Kept, Tree
from mlops_gitops.policy.gathered import gathered_alike
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.policy.suppressions import apply_suppressions
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import KINDS, Snapshot

_STATED = re.compile(r"^    kinds=\(([^()]*)\),$", re.MULTILINE)
_SCOPE = re.compile(rf"\bScope\.({'|'.join(Scope.__members__)})\b")


def select_rules(scope: Scope, kinds: Collection[str] | None = None) -> list[Rule]:
    """Every rule that can answer with what `scope` knows; with `kinds`, only those that find fault in one of them."""
    found: Iterable[Rule] = plugins.all_of("policy.rules", "RULE", _modules(scope, kinds))
    return [rule for rule in found if rule.scope <= scope and _concerns(rule.kinds, kinds)]


def _modules(scope: Scope, kinds: Collection[str] | None) -> Iterator[str]:
    """The modules whose rules can answer. Reading all sources takes less time than importing the other rules."""
    return (name for name, least, stated in _declared() if least <= scope and _concerns(stated, kinds))


@cache
def _declared() -> tuple[tuple[str, Scope, str], ...]:
    """Every module of a rule, with the least scope and the kinds that its source names; any, where it is unreadable."""
    sources = plugins.sources("policy.rules")
    return tuple(
        (name, min(Scope), "") if text is None else (name, _least(text), _kinds(text)) for name, text in sources
    )


def _least(text: str) -> Scope:
    """The least of the scopes that a rule's source names: its own, or one below it."""
    return min((Scope[name] for name in _SCOPE.findall(text)), default=Scope.TREE)


def _kinds(text: str) -> str:
    stated = _STATED.search(text)
    return stated[1] if stated else ""


def _concerns(stated: Collection[str], kinds: Collection[str] | None) -> bool:
    return not stated or kinds is None or any(kind in stated for kind in kinds)


def validate(context: Context, scope: Scope) -> tuple[Diagnostic, ...]:
    """Every diagnostic of the tree, in order of place, less what people let pass."""
    ran = select_rules(scope, _judgeable(context.head))
    part, unplaced = _judged(context)
    judged = replace(context, head=part)
    found = [
        *_of_files(judged, (rule for rule in ran if rule.scope <= Scope.TREE), unplaced=unplaced),
        *run_rules(context, (rule for rule in ran if rule.scope > Scope.TREE)),
    ]
    return ordered(apply_suppressions(judged, _gathered(judged, found), ran))


def _judged(context: Context) -> tuple[Snapshot, bool]:
    """The head with the files that a change could make wrong, and whether a file of no kind can be new."""
    if context.paths is None:
        return context.head, True
    from mlops_gitops.policy.judged_part import judged_part  # a hook on one file needs none of it

    return judged_part(context)


def _of_files(context: Context, rules: Iterable[Rule], *, unplaced: bool) -> Iterator[Diagnostic]:
    """What is wrong with the files of a tree; where no file of no kind can be new, without what is about those."""
    yield from file_problems(context.head)
    yield from run_rules(context, (rule for rule in rules if unplaced or not rule.unplaced))


def _judgeable(head: Snapshot) -> set[str] | None:
    """The kinds of the only files that are judged; None for any, as where a comment may name any rule."""
    if head.only is None or any(entry.ignores for entry in head.entries()):
        return None
    if any(head.kind_of(path) is None for path in head.only):  # of no kind: unexpected-file reports it
        return None
    return {kind.name for kind in head.only.values()}


def existing_as_warnings(context: Context, findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings, with errors as warnings where the base has them already and the change leaves the file alone.

    A card and KPIs that a new manifest pins are not left alone: it takes what they say into a release.
    """
    if context.base is None or context.base.project is None:
        return ordered(findings)
    touched = {*context.changes, *context.released_files()}
    findings = tuple(findings)
    if not any(finding.severity is Severity.ERROR and finding.span.path not in touched for finding in findings):
        return ordered(findings)  # an error on the base can be one of these alone
    on_base = _found_on_base(context.base, context)
    old = {finding for finding in on_base if finding.span.path not in touched}
    return ordered(
        replace(finding, severity=Severity.WARNING, message=f"{finding.message} (on the base already)")
        if finding in old and finding.severity is Severity.ERROR
        else finding
        for finding in findings
    )


_on_base: Kept[tuple[Diagnostic, ...]] = Kept(2)  # many pull requests are judged against one base


def _found_on_base(base: Snapshot, context: Context) -> tuple[Diagnostic, ...]:
    """What is wrong with a base by itself, in the files that are judged of the head of a context."""
    part, unplaced = _judged(context)
    judged = {path: kind for path, kind in base.index.items() if path in part.index}
    key = (base.tree.identity(""), context.today, frozenset(judged), unplaced)
    kept = _on_base.get(key) if key[0] else None
    if kept is not None:
        return kept
    alone = Context(base.judging(judged), context.today)
    found = tuple(_gathered(alone, _of_files(alone, select_rules(Scope.TREE), unplaced=unplaced)))
    return _on_base.add(key, found) if key[0] else found


def _gathered(context: Context, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings; many alike in one card, which people read, are one."""
    cards = {path for path, kind in context.head.index.items() if kind.name == "ModelCard"}
    return gathered_alike(found, cards)


def run_rules(context: Context, rules: Iterable[Rule]) -> Iterator[Diagnostic]:
    """The findings of some rules."""
    for rule in rules:
        yield from rule.check(context)


def file_problems(snapshot: Snapshot) -> Iterator[Diagnostic]:
    """The errors of single files: what is not readable, or not valid by the schema of its kind."""
    for entry in snapshot.entries():
        yield from entry.problems


def snapshot_of_paths(tree: Tree, paths: Iterable[str]) -> Snapshot:
    """A tree of which only some files are judged; files outside the tool's folders are read by their `kind:`.

    Raises Error for a path that does not exist, or that is not a file of a kind.
    """
    whole = Snapshot(tree)
    return Snapshot(tree, {path: _kind(whole, path) for path in paths})


def _kind(snapshot: Snapshot, path: str) -> Kind:
    if not snapshot.tree.exists(path):
        raise Error(f"there is no file {path}")
    placed = snapshot.kind_of(path)
    if placed:
        return placed
    if path.endswith(".md"):
        from mlops_gitops.records import card

        return card.KIND
    document = load(snapshot.tree, path)
    data = document.data if document else None
    name = data.get("kind") if isinstance(data, dict) else None
    kind = next((kind for kind in KINDS if kind.name == name), None)
    if kind is None:
        names = ", ".join(kind.name for kind in KINDS)
        raise Error(f"{path} is not a file of this tool", help=f"its `kind:` must be one of {names}")
    return kind
