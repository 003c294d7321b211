"""Files made to hurt: each is answered in one plain sentence at its place, and none costs more than its size."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sample
from fuzz.way import alarm, go, judged, told
from messages import lacking

from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span, ordered
from mlops_gitops.core.table import Table
from mlops_gitops.documents.document import MAX_DEPTH, MAX_FAULTS, Document
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.splice import splice
from mlops_gitops.documents.tree import MAX_BYTES, Overlay
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.reporting.findings import findings_report
from mlops_gitops.reporting.formats import github
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

CARD = "models/churn/README.md"
KPIS = "models/churn/kpis.yaml"
STATE = "environments/staging/churn.yaml"
RECORD = "promotions/staging/churn/0001.json"


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    with alarm(60):
        yield


def _yaml(text: str) -> Document:
    return parse("a.yaml", text.encode())


def _said(document: Document) -> str:
    assert document.data is None and len(document.problems) == 1
    return document.problems[0].message


# What YAML and JSON can do


def _bomb(item: str) -> str:
    lines = [f"a0: &a0 {item}"]
    return "\n".join([*lines, *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))])


def test_a_billion_laughs() -> None:
    assert not lacking(_said(_yaml(_bomb("lol"))), "200,000 values", "aliases")


def test_a_billion_laughs_by_merge_keys() -> None:
    lines = ["a0: &a0 {x: lol}"]
    lines += [f"a{n}: &a{n} {{l: *a{n - 1}, r: *a{n - 1}, <<: *a{n - 1}}}" for n in range(1, 30)]
    assert "more than 200,000 values" in _said(_yaml("\n".join(lines)))


def test_an_alias_of_a_mapping_is_no_key() -> None:
    assert _said(_yaml("a: &a {x: 1}\n*a : 2\n")) == "a key must be plain text"


def test_an_alias_of_a_text_may_be_a_key() -> None:
    assert _yaml("a: &a x\n*a : 2\n").data == {"a": "x", "x": 2}


def test_a_long_text_repeated_by_aliases() -> None:
    text = f"a: &a {'x' * 100_000}\nb: [{'*a, ' * 1_000}]"
    assert not lacking(_said(_yaml(text)), "not YAML", "aliases", "16,777,216 characters")


def test_nesting_by_aliases_counts_like_nesting() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 200)]
    assert f"nested more than {MAX_DEPTH} levels deep" in _said(_yaml("\n".join(lines)))


@pytest.mark.parametrize(("path", "style"), [(KPIS, "{}"), (CARD, '"{}"'), (STATE, "|\n  {}")])
def test_a_text_of_more_bytes_than_are_read(path: str, style: str) -> None:
    text = f"kind: {style.format('x' * 4_200_000)}\n"
    go(path, (f"---\n{text}---\n" if path.endswith(".md") else text).encode())


def test_a_key_of_four_megabytes() -> None:
    for data in (b"? " + b"x" * MAX_BYTES + b"\n: 1\n", b'{"' + b"x" * MAX_BYTES + b'": 1}'):
        assert max(map(len, go("drafts/x.json" if data[:1] == b"{" else KPIS, data))) < 3_000_000


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (KPIS, "".join(f"{'  ' * n}a:\n" for n in range(2_000))),
        (KPIS, "- " * 10_000 + "x"),
        (KPIS, "? " * 10_000 + "x"),
        (KPIS, "[" * 10_000 + "]" * 10_000),
        (KPIS, "{a: " * 10_000),
        (CARD, "---\n" + "[" * 10_000 + "\n---\n"),
        (RECORD, "[" * 10_000 + "]" * 10_000),
        (RECORD, '{"a":' * 10_000 + "1" + "}" * 10_000),
    ],
)
def test_ten_thousand_levels(path: str, text: str) -> None:
    said = _said(parse(path, text.encode()))
    assert "nest" in said or "a key must be plain text" in said
    go(path, text.encode())


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\ufffe"])
def test_a_character_that_yaml_does_not_have_is_told_at_its_place(character: str) -> None:
    (problem,) = _yaml(f"a: 1\nb: \u00e9{character}\n").problems
    assert (str(problem.span), problem.message[:9]) == ("a.yaml:2:5", "not YAML:")


def test_a_byte_order_mark() -> None:
    assert parse("a.yaml", b"\xef\xbb\xbfa: 1\n").data == {"a": 1}
    assert parse("a.json", b'\xef\xbb\xbf{"a": 1}').data == {"a": 1}
    assert str(parse("a.yaml", b"\xef\xbb\xbfa: 1\n").span(("a",))) == "a.yaml:1:4"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
@pytest.mark.parametrize("path", ["a.yaml", "a.json", "a.md"])
def test_another_encoding_is_refused(path: str, encoding: str) -> None:
    assert _said(parse(path, "---\nname: \u00e9\n---\n".encode(encoding)))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_ending(newline: str) -> None:
    for path in (KPIS, CARD, STATE, "mlops.yaml", RECORD):
        text = sample.files()[path].decode().replace("\n", newline)
        assert parse(path, text.encode()).problems == ()
    body = sample.CARD.partition("\n---\n")[2].replace("\n", newline)
    card = parse(CARD, sample.CARD.replace("\n", newline).encode())
    assert (str(card.span(("mlops", "risk"))), card.body) == (f"{CARD}:6:9", body)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_fault_in_json_is_told_at_its_place_with_every_line_ending(newline: str) -> None:
    text = newline.join(["{", '"a": 1,', " x}"])
    assert str(parse("a.json", text.encode()).problems[0].span) == "a.json:3:2"


@pytest.mark.parametrize("text", ["? ", "a: 1\nb", "a: 1\nb: [", "a: 1\r? "])
def test_a_fault_at_the_end_of_a_file_lies_in_it(text: str) -> None:
    go(KPIS, text.encode())


def test_an_edit_keeps_the_line_endings() -> None:
    assert splice(_yaml("a: 1\r\nb: 2\r\n"), ("b",), "3") == "a: 1\r\nb: 3\r\n"


@pytest.mark.parametrize(
    ("path", "raw"),
    [("a.yaml", rb'a: "\ud800"'), ("a.json", rb'{"a": "\ud800"}'), ("a.json", rb'{"\udfff": 1}'),
     ("a.yaml", b"a: \xed\xa0\x80"), ("a.json", b'{"a": "\xed\xa0\x80"}')],
)  # fmt: skip
def test_half_a_character_is_refused(path: str, raw: bytes) -> None:
    assert _said(parse(path, raw)).isprintable()


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!!python/object/apply:os.system", "!!binary", "!!set",
                                 "!!timestamp", "!!str", "!local", "!<tag:x>"])  # fmt: skip
def test_no_tag_is_accepted(tag: str) -> None:
    for text in (f"a: {tag} x", f"a: {tag} [x]", f"{tag} {{a: x}}", f"? {tag} a\n: x"):
        (problem,) = _yaml(text).problems
        assert not lacking(problem.message, "tag", "not accepted")
        assert tag in problem.message and not lacking(problem.help, "without it")


def test_a_merge_key_is_refused_and_merges_nothing() -> None:
    raw = sample.files()[STATE] + b"<<: {release: '9.9.9'}\n"
    (problem,) = [d for d in _problems({STATE: raw}) if d.rule == "schema"]
    assert not lacking(problem.message, "merge key <<", "not read")


def test_an_anchor_does_not_reach_into_another_document() -> None:
    assert "a second YAML document starts here" in _said(_yaml("a: &a 1\n---\nb: *a\n"))


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x\n", "a: &x [1]\nb: *x\n"])
def test_what_an_alias_shares_is_not_edited(text: str) -> None:
    for route in [("a",), ("b",)]:
        with pytest.raises(ValueError, match="cannot be rewritten alone"):
            splice(_yaml(text), route, '"new"')


@pytest.mark.parametrize("route", [("c",), ("a", 7), ("a", 0, "x"), ("b", "c")])
def test_what_is_not_there_is_not_edited(route: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError):
        splice(_yaml("{a: [1], b: 2}"), route, '"new"')


@pytest.mark.parametrize("written", ['"x', "x]", "a: b: c", "*y", "1\nb: 3"])
def test_an_edit_that_would_break_the_file_is_not_made(written: str) -> None:
    with pytest.raises(ValueError):
        splice(_yaml("a: [1]\nb: 2\n"), ("a", 0), written)


# Much of it


def _problems(changes: dict[str, bytes]) -> tuple[Diagnostic, ...]:
    head = Snapshot(Overlay({**sample.files(), **changes}))
    return told(validate(Context(head, sample.TODAY), Scope.TREE))


def _kpis(count: int, metric: str = "roc_auc") -> bytes:
    entry = "- {{id: k{}, metric: {}, data: holdout}}\n"
    return (
        sample.KPIS.split("kpis:\n")[0] + "kpis:\n" + "".join(entry.format(n, metric) for n in range(count))
    ).encode()


def test_a_card_of_fifty_thousand_valid_entries() -> None:
    tags = "".join(f"- tag{n}\n" for n in range(50_000))
    assert _problems({CARD: sample.CARD.replace("mlops:", f"tags:\n{tags}mlops:").encode()}) == ()


def test_kpis_of_as_many_entries_as_are_read() -> None:
    assert _problems({KPIS: _kpis(28_000)}) == ()


def test_more_entries_than_are_read_is_said_so() -> None:
    (found,) = [d for d in _problems({KPIS: _kpis(50_000)}) if d.span.path == KPIS]
    assert found.message == "more than 200,000 values, aliases written out"


def test_a_release_of_very_many_artifacts() -> None:
    release = "releases/churn/1.0.0.yaml"
    text = sample.files()[release].decode()
    more = "".join(f"- {{path: m/{n}.skops, md5: {'a' * 32}}}\n" for n in range(8_000))
    found = _problems({release: text.replace("artifacts:\n", f"artifacts:\n{more}").encode()})
    assert {d.rule for d in found} == {"schema"} and len(found) == MAX_FAULTS + 1
    assert "more faults than the 100 shown" in " ".join(d.message for d in found)


def test_of_many_faults_the_first_are_shown() -> None:
    for raw in (_kpis(5_000).replace(b"metric", b"metrik"), b"a: 1\n" * 10_000):
        found = [d for d in _problems({KPIS: raw}) if d.span.path == KPIS]
        assert MAX_FAULTS <= len(found) <= MAX_FAULTS + 1


def test_a_rule_that_finds_fault_with_every_entry() -> None:
    for raw in (_kpis(5_000, "roc_auk"), _kpis(5_000).replace(b"data: holdout", b"data: nothing")):
        head = Snapshot(Overlay({**sample.files(), KPIS: raw}))
        found = told(validate(Context(head, sample.TODAY), Scope.TREE))
        assert len(found) == MAX_FAULTS
        plugins.load("reporting.formats", "text", "REPORTER").render(findings_report(found, head, files=1), PLAIN)


def test_one_fault_quoted_from_a_long_text_many_times() -> None:
    text = f"a: &a {'x ' * 500_000}\nkpis: [{'*a, ' * 15}]"
    assert all(len(d.message) <= 1000 for d in _problems({KPIS: text.encode()}))


def test_a_repeated_key_of_json_is_found_at_once() -> None:
    pairs = ",".join(f'"{n}":1' for n in range(200_000))
    assert _said(parse("a.json", f'{{{pairs},"199999":1}}'.encode())).endswith("the key '199999' appears twice")


def test_a_line_of_megabytes_is_not_drawn() -> None:
    text = go(KPIS, b"{" + b"a: 1, " * 20_000 + b"a: 2}")[
        1 + 2 * list(plugins.names("reporting.formats")).index("text")
    ]
    assert max(map(len, text.splitlines())) < 2_000


def test_a_thousand_odd_files() -> None:
    odd = {f"releases/churn/{n}.yaml": b"\xff" * (n % 7) for n in range(600)}
    odd |= {f"decisions/x-{n}.yaml": b"kind: Decision\n" for n in range(600)}
    found = _problems(odd)
    assert {d.span.path for d in found} >= set(odd)


# What a message quotes

HOSTILE = ["::error file=x::forged", "##[error]forged", "%0A::error::forged", "\n::error::forged", "@everyone",
           "`code`",
           "<img src=x onerror=alert(1)>", "a | b", "\x1b[2J", "\u202efdp.exe", "\x07", "\x85::error::x", "\u2028x",
           "[x](javascript:alert(1))", "-rf", "'\"", "\u200b"]  # fmt: skip


def _every_field(value: Any, hostile: str) -> Iterator[Any]:
    """The value with each text and each key of it made hostile, one at a time."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {(hostile if k == key else k): v for k, v in value.items()}
            yield from ({**value, key: changed} for changed in _every_field(inner, hostile))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from ([*value[:n], changed, *value[n + 1 :]] for changed in _every_field(inner, hostile))
    else:
        yield hostile


FIELDS = [CARD, KPIS, STATE, RECORD, "mlops.yaml", "decisions/2026-01-05-outage.yaml"]


def _assert_field_harmless(path: str, value: Any) -> None:
    text = json.dumps(value)
    body = parse(path, sample.files()[path]).body
    raw = f"---\n{text}\n---\n{body}" if path == CARD else text
    head = Snapshot(Overlay({**sample.files(), path: raw.encode()}))
    found = judged(head)
    _assert_harmless(findings_report(found, head, files=1), count=len(found))


@pytest.mark.parametrize("path", FIELDS)
def test_no_field_can_forge_a_line(path: str) -> None:
    """Each field holds two of the hostile texts here, each text is in many fields; all in all: `make soak`."""
    data = parse(path, sample.files()[path]).data
    for start in (0, len(HOSTILE) // 2):
        versions = zip(*(_every_field(data, hostile) for hostile in HOSTILE), strict=True)
        for number, values in enumerate(versions, start):
            _assert_field_harmless(path, values[number % len(HOSTILE)])


@pytest.mark.soak
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("path", FIELDS)
def test_no_field_can_forge_a_line_by_any_text(path: str, hostile: str) -> None:
    for value in _every_field(parse(path, sample.files()[path]).data, hostile):
        _assert_field_harmless(path, value)


def _assert_harmless(report: Report, *, count: int) -> None:
    text = plugins.load("reporting.formats", "text", "REPORTER").render(report, PLAIN)
    assert all(c.isprintable() or c == "\n" for c in text)
    quoted = text.splitlines()[: None if count else 0]
    assert not [line for line in quoted if line.lstrip().startswith(("::", "##["))]
    lines = plugins.load("reporting.formats", "github", "REPORTER").render(report, PLAIN).split("\n")
    every = [line for line in lines if line.lstrip().startswith("::")]
    commands = [line for line in every if not line.startswith(("::group::", "::endgroup::"))]
    shown = [min(github.SHOWN, number) for number in Counter(found.severity for found in report.diagnostics).values()]
    folds = 2 if sum(shown) < count else 0  # beyond them, each on a line of its own
    assert (len(report.diagnostics), len(commands), len(every)) == (count, sum(shown), sum(shown) + folds)
    assert len(lines) >= count + folds
    for line in commands:
        properties = line.removeprefix("::").split("::", 1)[0].partition(" ")[2]
        assert [part.split("=")[0] for part in properties.split(",") if not part.startswith("endColumn=")] == [
            "file", "line", "col", "endLine", "title",
        ]  # fmt: skip
        assert "\r" not in line and line.split("::", 2)[2].isprintable()
    assert not [line for line in lines if line not in every and "##[" in line]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_file_name_can_forge_a_line(hostile: str) -> None:
    head = Snapshot(Overlay({**sample.files(), f"releases/churn/{hostile}.yaml": b"x", f"decisions/{hostile}": b"x"}))
    found = told(validate(Context(head, sample.TODAY), Scope.TREE))
    assert [d.rule for d in found] == ["unexpected-file"] * 2 and all(d.message.isprintable() for d in found)
    _assert_harmless(findings_report(found, head, files=1), count=2)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_table_or_sentence_can_forge_a_line(hostile: str) -> None:
    table = Table(hostile, (hostile, "b"), ((hostile, hostile),))
    _assert_harmless(Report({}, (), (table,), (hostile, f"  {hostile}")), count=0)


def test_a_message_is_one_printable_line_of_bounded_length() -> None:
    found = Diagnostic("x", Severity.ERROR, "a\r\n\x1b[2J\u202e\ud800" + "b" * 5_000, Span("a.yaml"), "c\nd")
    (plain,) = ordered([found])
    assert plain.message.startswith("a \\x1b[2J\\u202e\\ud800bbb") and plain.message.isprintable()
    assert (len(plain.message) < 1_100, plain.help) == (True, "c d")


@pytest.mark.parametrize("piece", ["<a ", "<!--", "[insert ", "{{ a|", "[", "![](", "TODO ", "<img src=", "# \n", "`"])
def test_a_text_that_repeats_what_never_ends(piece: str) -> None:
    body = "<div>\n" + piece * (200_000 // len(piece))
    with alarm(20):
        found = _problems({CARD: (sample.CARD + body).encode()})
    assert all(d.span.path == CARD for d in found)


@pytest.mark.parametrize("value", ["5", "true", "1.5", "text", "{a: 1}", "[5]", "[[5]]"])
@pytest.mark.parametrize("key", ["owners", "artifacts", "evidence", "risk"])
def test_a_block_of_another_shape(key: str, value: str) -> None:
    text = "\n".join(f"  {key}: {value}" if line.startswith(f"  {key}:") else line for line in sample.CARD.splitlines())
    assert _problems(
        {CARD: (text if key != "evidence" else sample.CARD.replace("mlops:", f"mlops:\n  evidence: {value}")).encode()}
    )
