"""validate --add-ignores: comments for the warnings of today, so that a team begins clean and tightens later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.frozen import frozen
from mlops_gitops.policy import engine
from mlops_gitops.policy.guarded_paths import changes_guarded
from mlops_gitops.policy.new_ignores import with_ignores
from mlops_gitops.policy.rule import Scope
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import write_files


@frozen
class Added:
    """The comments that were written: path → the lines of the file before, each with the rules that it names.

    `left` counts the warnings that no comment can be beside, by rule and path.
    """

    by_path: Mapping[str, Mapping[int, tuple[str, ...]]]
    left: Counter[tuple[str, str]]

    @property
    def count(self) -> int:
        """How many comments there are."""
        return sum(len(lines) for lines in self.by_path.values())


def add_ignores(root: str, context: Context, scope: Scope, findings: Iterable[Diagnostic]) -> Added:
    """Writes a comment for every warning of a rule that a comment can let pass. Raises Error when a file cannot be."""
    files, added, left = dict[str, bytes](), dict[str, Mapping[int, tuple[str, ...]]](), Counter[tuple[str, str]]()
    for path, rules in _warnings(context, scope, findings).items():
        document = context.head.document(path)
        reason = f"it was here on {context.today}"
        ignored = with_ignores(document, rules if _is_edited(context.head, path) else {}, reason)
        left.update((rule, path) for line in set(rules) - set(ignored.placed) for rule in rules[line])
        if ignored.placed:
            write_files.check_place(root, path)
            files[path] = (b"\xef\xbb\xbf" if document.bom else b"") + ignored.text.encode()
            added[path] = {line: rules[line] for line in ignored.placed}
    write_files.write(root, files)
    return Added(added, left)


def _warnings(context: Context, scope: Scope, findings: Iterable[Diagnostic]) -> dict[str, dict[int, tuple[str, ...]]]:
    """Path → line → rules, of the warnings of rules, but not of an error that a waiver makes a warning."""
    rules = engine.select_rules(scope)
    raw = {(d.rule, d.span) for d in engine.run_rules(context, rules) if d.severity is Severity.WARNING}
    by_path: dict[str, dict[int, tuple[str, ...]]] = {}
    for finding in findings:
        path, line = finding.span.path, finding.span.line
        if finding.severity is Severity.WARNING and (finding.rule, finding.span) in raw:
            before = by_path.setdefault(path, {}).get(line, ())
            by_path[path][line] = tuple(dict.fromkeys((*before, finding.rule)))
    return by_path


def _is_edited(head: Snapshot, path: str) -> bool:
    """Whether people edit a file by hand, and it can hold comments; releases, records and states are on record."""
    return path in head.index and not path.endswith(".json") and not changes_guarded(head.folders, [path])


def lines_about(added: Added, findings: Iterable[Diagnostic]) -> Iterator[str]:
    """What was added, and what is left to do, for people."""
    files = quantity(len(added.by_path), "file")
    yield f"added {quantity(added.count, 'ignore comment')} to {files}" if added.count else "added no ignore comment"
    waivable, fixable = _errors(findings)
    yield from _listed("need a waiver or a fix (mlops-gitops schema decision shows a waiver):", waivable)
    yield from _listed("cannot be waived, and need a fix:", fixable)
    yield from _listed("warnings beside which no comment can be:", added.left)


def json_about(added: Added, findings: Iterable[Diagnostic]) -> dict[str, object]:
    """The same as JSON."""
    waivable, fixable = _errors(findings)
    return {
        "added": [
            {"path": path, "line": line, "rules": list(rules)}
            for path, lines in added.by_path.items()
            for line, rules in lines.items()
        ],
        "need_waiver": _as_json(waivable),
        "need_fix": _as_json(fixable),
        "without_comment": _as_json(added.left),
    }


def _errors(findings: Iterable[Diagnostic]) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """By rule and path: the errors that a waiver can let pass, and the others."""
    can_waive = {rule.id for rule in engine.select_rules(max(Scope)) if rule.waivable}
    errors = [(finding.rule, finding.span.path) for finding in findings if finding.severity is Severity.ERROR]
    waivable = Counter(error for error in errors if error[0] in can_waive)
    return waivable, Counter(errors) - waivable


def _listed(title: str, counts: Counter[tuple[str, str]]) -> Iterator[str]:
    if counts:
        yield title
        yield from (f"  {rule} in {path}{f' ({n})' if n > 1 else ''}" for (rule, path), n in sorted(counts.items()))


def _as_json(counts: Counter[tuple[str, str]]) -> list[dict[str, object]]:
    return [{"rule": rule, "path": path, "count": n} for (rule, path), n in sorted(counts.items())]
