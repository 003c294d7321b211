"""SARIF 2.1.0: for code scanning and editors."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from mlops_gitops import __version__
from mlops_gitops.core import text
from mlops_gitops.core.diagnostics import Diagnostic, Fix, Severity, Span
from mlops_gitops.core.errors import Error
from mlops_gitops.policy import catalogue
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import Reporter, Screen

LIMIT = 25_000  # results of one run that GitHub takes; of these it shows the 5,000 most severe
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SEMVER = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that stand for no byte of a file name
_EXITS = {0: "passed", 1: "found errors, or a gate failed", 2: "usage or configuration", 3: "could not decide"}
_NO_FINDINGS = "this command reports no findings, so there is nothing for code scanning here: use --format json"


def render(report: Report, screen: Screen) -> str:
    """One run in one SARIF log, indented; in ASCII, so that no terminal's or pipe's encoding can spoil it."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [sarif_run(report, _project_url())]}
    return json.dumps(log, indent=2, ensure_ascii=True, allow_nan=False)


def sarif_run(report: Report, url: str) -> dict[str, Any]:
    """The run of a log, as JSON; `url` is the page of the project, empty where it has none."""
    kept = _most_severe(report.diagnostics)
    ids = sorted({diagnostic.rule for diagnostic in kept})
    driver = {"name": "mlops-gitops", "version": __version__, "rules": [_rule(name, kept, url) for name in ids]}
    driver |= {"semanticVersion": __version__} if _SEMVER.fullmatch(__version__) else {}
    driver |= {"informationUri": url} if url else {}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report, len(kept))],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the root of the repository"}}},
        "newlineSequences": ["\r\n", "\n", "\r", "\x85", "\u2028", "\u2029"],
        "columnKind": "unicodeCodePoints",
    }
    # A run without results claims nothing; an empty list would close every alert that is open.
    return run | ({"results": _results(kept, ids, report.sources)} if _judges(report) else {})


def _judges(report: Report) -> bool:
    return bool(report.diagnostics) or "diagnostics" in report.data


def _most_severe(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """All of them, or the LIMIT most severe; in their order."""
    weights = list(Severity)
    by_weight = sorted(range(len(diagnostics)), key=lambda n: weights.index(diagnostics[n].severity))
    return [diagnostics[n] for n in sorted(by_weight[:LIMIT])]


def _invocation(report: Report, kept: int) -> dict[str, Any]:
    notifications = [_notification("note", line) for line in report.lines if line.strip()]
    if left := len(report.diagnostics) - kept:
        notifications.append(_notification("warning", f"{left:,} more findings were left out: a run holds {LIMIT:,}"))
    if not _judges(report):
        notifications.append(_notification("note", _NO_FINDINGS))
    about = _EXITS.get(report.exit_code)
    return {
        # A run that could not tell did not do what was asked: what is missing here is not found to be right.
        "executionSuccessful": report.exit_code in (0, 1),
        "exitCode": report.exit_code,
        **({"exitCodeDescription": about} if about else {}),
        "toolExecutionNotifications": notifications,
    }


def _notification(level: str, line: str) -> dict[str, Any]:
    return {"level": level, "message": _message(line)}


def _rule(name: str, kept: Sequence[Diagnostic], url: str) -> dict[str, Any]:
    """The metadata of one rule, from its module where it has one."""
    summary, more = _about(name)
    weights = list(Severity)
    level = min((diagnostic.severity for diagnostic in kept if diagnostic.rule == name), key=weights.index)
    anchor = f"{url}/blob/v{__version__}/docs/reference/rules/{_section(name)}" if url else ""
    markdown = f"{more}\n\n[{name}]({anchor})" if anchor else more
    rule = {
        "id": name,
        "name": "".join(word.capitalize() for word in re.split(r"\W+", name)),
        "shortDescription": {"text": summary.splitlines()[0]},
        "fullDescription": {"text": " ".join(summary.split())},
        "help": {"text": more, "markdown": markdown},
        "defaultConfiguration": {"level": level.value},
    }
    return rule | ({"helpUri": anchor} if anchor else {})


def _about(name: str) -> tuple[str, str]:
    """The summary of an id, and the summary with its explanation."""
    try:
        entry = catalogue.find_entry(name)
    except Error:  # a finding must reach its reader, whatever it is called
        return f"What mlops-gitops reports as {name}.", ""
    return entry.summary, f"{entry.summary}\n\n{entry.explanation}".strip()


def _section(name: str) -> str:
    """Where docs/reference/rules explains an id."""
    try:
        return f"{catalogue.find_entry(name).page}#{quote(name)}"
    except Error:
        return "index.md"


def _results(kept: Sequence[Diagnostic], ids: Sequence[str], sources: Mapping[str, str]) -> list[dict[str, Any]]:
    lines = {path: text.lines(source) for path, source in sources.items()}
    index = {name: n for n, name in enumerate(ids)}
    seen: Counter[str] = Counter()
    results = []
    for diagnostic in kept:
        digest = _fingerprint(diagnostic, lines.get(diagnostic.span.path, []))
        seen[digest] += 1  # the same words on two equal lines are two findings
        result = _result(diagnostic, index[diagnostic.rule])
        if diagnostic.fix:
            result["fixes"] = [_fix(diagnostic.fix)]
        results.append(result | {"partialFingerprints": {"mlopsGitops/v1": f"{digest}:{seen[digest]}"}})
    return results


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, list[Any]] = {}
    for edit in fix.edits:
        # An insertion is a region that ends where it starts.
        region = _region(edit.span) | {"endLine": edit.span.end_line, "endColumn": edit.span.end_column}
        replacement = {"deletedRegion": region, "insertedContent": {"text": edit.text}}
        changes.setdefault(edit.span.path, []).append(replacement)
    artifacts = [{"artifactLocation": _artifact(path), "replacements": edits} for path, edits in changes.items()]
    return {"description": _message(fix.title), "artifactChanges": artifacts}


def _result(diagnostic: Diagnostic, index: int) -> dict[str, Any]:
    message = f"could not tell: {diagnostic.message}" if diagnostic.undecided else diagnostic.message
    result = {
        "ruleId": diagnostic.rule,
        "ruleIndex": index,
        "level": diagnostic.severity.value,
        "message": _message(message, diagnostic.help),
        "locations": [_location(diagnostic.span)],
    }
    related = [_location(span) | {"id": n} for n, span in enumerate(diagnostic.related)]
    return result | ({"relatedLocations": related} if related else {})


def _message(message: str, help: str = "") -> dict[str, str]:
    """Words as words: in a message `[a](b)` would be a link."""
    lines = [text.visible(" ".join(text.lines(part))) for part in (message, help) if part]
    return {"text": text.clipped("\n".join(lines).replace("](", "] ("), 4000)}


def _location(span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(span.path), "region": _region(span)}}


def _artifact(path: str) -> dict[str, str]:
    # A name that is not UTF-8 keeps its bytes.
    uri = quote(_NO_BYTE.sub("\ufffd", path).encode("utf-8", "surrogateescape"))
    return {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _region(span: Span) -> dict[str, int]:
    """The stretch; where it is empty only its start, which then means the rest of the line."""
    start = {"startLine": span.line, "startColumn": span.column}
    if (span.end_line, span.end_column) <= (span.line, span.column):
        return start
    return start | {"endLine": span.end_line, "endColumn": span.end_column}


def _fingerprint(diagnostic: Diagnostic, lines: Sequence[str]) -> str:
    """The same wherever in its file the line moves."""
    quoted = lines[diagnostic.span.line - 1].strip() if diagnostic.span.line <= len(lines) else ""
    parts = (diagnostic.rule, diagnostic.span.path, diagnostic.message, quoted)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@cache
def _project_url() -> str:
    """Where the project lives by its package's metadata; empty when it does not say."""
    from importlib import metadata

    try:
        named = metadata.metadata("mlops-gitops").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return ""
    urls = {label.strip().lower(): url.strip().rstrip("/") for label, _, url in (line.partition(",") for line in named)}
    return next((urls[label] for label in ("repository", "source", "homepage") if label in urls), "")


REPORTER = Reporter("sarif", "SARIF 2.1.0 for code scanning and editors", render)
