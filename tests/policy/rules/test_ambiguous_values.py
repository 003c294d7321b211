"""Values that YAML 1.2 and YAML 1.1 read differently, and values that both read alike."""

from __future__ import annotations

from time import perf_counter

import sample
import yaml
from cases import cases

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.yaml_versions import may_differ, other_reading
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.orchestration.apply_fixes import edited_text
from mlops_gitops.policy.rules.ambiguous_values import RULE
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

CARD, PROJECT, KPIS = "models/churn/README.md", "mlops.yaml", "models/churn/kpis.yaml"
READ_ALIKE = [
    "null", "true", "10", "0.5", "-3", "0x1F", "x", "none", "0", "v010", "1.4.0", "a:b", "'no'", "y", "model-0007",
    "2026-01-no",
]  # fmt: skip
READ_ALIKE_TOO = ["01", "-07", "0:30", "08:15", "0_9", "7:7_.", "v1_0", "0x_"]  # which take a second look
READ_DIFFERENTLY = [
    "yes", "Yes", "NO", "on", "Off", "010", "-017", "0o10", "0b11", "1_000", "12:30", "1:30:00", "2026_01",
    "1_", "1__0", "0_", "0_7", "1.5_0", ".1_0", "9_.1", "0x1_F", "91__:1", "-0x1F", "+0x1F", "-0b1_0", "12:30:45.5",
    "0:30.5",
]  # fmt: skip


NO_NUMBERS = ["0b_", "0x_", "0_b1"]
LONG = ["0" + "1" * 9_000, "1" * 9_000 + ":30", "1" + ":30" * 9_000, "1_" + "0" * 9_000, "0b" + "1" * 30_000]


def _found(path: str, old: str, new: str) -> list[Diagnostic]:
    files = sample.files()
    text = files[path].decode()
    assert old in text
    files[path] = text.replace(old, new).encode()
    return [*RULE.check(Context(Snapshot(Overlay(files)), sample.TODAY))]


@cases("text", READ_ALIKE)
def test_what_pyyaml_reads_alike_is_accepted(text: str) -> None:
    source = f"a: {text}\n"
    assert yaml.safe_load(source) == parse("a.yaml", source.encode()).data
    assert other_reading(text) == "" and not may_differ(source)


@cases("text", READ_ALIKE_TOO)
def test_what_only_looks_different_is_accepted(text: str) -> None:
    assert other_reading(text) == ""


@cases("text", READ_DIFFERENTLY)
@cases("form", ["a: {}\n", "a: [x, {}]\n", "- {}  # why\n", "{{a: {}, b: 1}}\n", "a:\n  - &b {}\n  - c\n"])
def test_what_pyyaml_reads_otherwise_is_seen(text: str, form: str) -> None:
    source = form.format(text)
    assert yaml.safe_load(source) != parse("a.yaml", source.encode()).data
    assert other_reading(text) and may_differ(source)


def test_a_key_behind_a_question_mark_is_seen() -> None:
    assert may_differ("? no\n: a\n")


@cases("text", [*NO_NUMBERS, *LONG])
def test_what_nobody_reads_as_a_number_is_text(text: str) -> None:
    assert other_reading(text) == ""


def test_what_is_no_number_does_not_hide_what_differs() -> None:
    assert len(_found(CARD, "license: apache-2.0", "license: mit\nlanguage: [no, 0b_, 91__:1]")) == 2


@cases(
    "path, old, new, place, help",
    [
        (PROJECT, "{operations: 1}", "{operations: 010}", "8:37", "write 10, or 8 if that is meant"),
        (PROJECT, "{operations: 1}", "{operations: 08}", "8:37", "write 8"),
        (PROJECT, "login: bob", "login: on", "6:24", 'put it in quotes: "on"'),
        (PROJECT, "  staging:", "  no:", "8:3", 'put it in quotes: "no"'),
        (KPIS, "label: churned", "label: Yes", "8:12", 'put it in quotes: "Yes"'),
        (CARD, "license: apache-2.0", "license: mit\nlanguage: no", "3:11", 'put it in quotes: "no"'),
        (CARD, "license: apache-2.0", "license: mit\nlanguage: [en, no]", "3:16", 'put it in quotes: "no"'),
        (CARD, "One country.", "off", "9:16", 'put it in quotes: "off"'),
        (PROJECT, "apiVersion", "%YAML 1.1\n---\napiVersion", "1:1", "remove the line"),
        (CARD, "license: apache-2.0", "x: &d {license: mit}\n<<: *d", "3:1", "write the keys here instead"),
    ],
)
def test_it_is_refused_at_its_place(path: str, old: str, new: str, place: str, help: str) -> None:
    (found,) = _found(path, old, new)
    assert (str(found.span), found.help, found.severity) == (f"{path}:{place}", help, "error")
    if found.fix:
        assert found.fix.edits[0].text == help.removeprefix("put it in quotes: ")
        before = sample.files()[path].decode().replace(old, new)
        edited, _ = edited_text(before, [found.fix])
        assert parse(path, edited.encode()).data == parse(path, before.encode()).data


@cases(
    "path, old, new",
    [
        (CARD, "license: apache-2.0", "license: mit\nwidget: [{text: no}]"),  # nobody here reads it
        (CARD, "A gradient", "no\n\n- on\n\nA gradient"),
        (KPIS, "kpis:", "# no, on\nkpis:"),
        (CARD, "One country.", "|\n    no\n    on"),
        (PROJECT, "apiVersion", "%YAML 1.2\n---\napiVersion"),
    ],
)
def test_other_places_are_accepted(path: str, old: str, new: str) -> None:
    assert _found(path, old, new) == []


@cases("piece", [",&", ":&x", ":1", "-0", "- ", "[&a", ":1_1", " no"])
def test_the_time_grows_with_the_text_alone(piece: str) -> None:
    source = f"a: '{piece * 50_000}x'\n"
    begun = perf_counter()
    may_differ(source)
    assert perf_counter() - begun < 20  # it takes a tenth of a second; what grows with the square takes hours


def test_a_value_with_an_alias_is_not_fixed() -> None:
    (found,) = _found(CARD, "license: apache-2.0", "license: mit\nlanguage: &n no\nx: *n")
    assert found.fix is None and found.span.column == 14
