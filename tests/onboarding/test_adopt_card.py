"""card adopt: what somebody wrote stays as it is, and what releasing needs comes beside it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import lacking
from sample import TODAY

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.errors import Error
from mlops_gitops.discovery.models import Model
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import MAX_BYTES, Overlay
from mlops_gitops.onboarding.adopt_card import Adopted, adopt
from mlops_gitops.onboarding.card_answers import MOST_QUOTED
from mlops_gitops.onboarding.card_facts import CardFacts
from mlops_gitops.onboarding.file_drafts import Person
from mlops_gitops.policy.engine import snapshot_of_paths, validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.repository.context import Context

CORPUS = Path(os.environ.get("MLOPS_GITOPS_CORPUS", "/nowhere"))
CARDS = sorted(CORPUS.glob("cards/*/*.md"))
PATH = "models/churn/README.md"
ALICE = Person("Alice", "alice", "alice@example.org")
CHURN = Model("churn", ("models/churn/model.skops",))
FACTS = CardFacts({"models/churn/model.skops": "a" * 32}, library="sklearn")


def _adopt(raw: bytes, model: Model = CHURN, facts: CardFacts = FACTS) -> Adopted:
    draft = adopt(parse(PATH, raw), model, ALICE, facts)
    assert draft is not None
    return draft


def _card(text: str) -> Document:
    return parse(PATH, _adopt(text.encode()).data)


def _found(raw: bytes) -> tuple[Diagnostic, ...]:
    return validate(Context(snapshot_of_paths(Overlay({PATH: raw}), [PATH]), TODAY), Scope.FILE)


def _errors(raw: bytes) -> set[str]:
    return {d.rule for d in _found(raw) if d.severity is Severity.ERROR}


def _keeps(raw: bytes) -> None:
    """Every line of the card is there, in order and byte for byte, and its text follows the front matter at once."""
    draft = _adopt(raw)
    rest = draft.data
    for line in raw.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True):
        at = rest.find(line)
        assert at >= 0, line
        rest = rest[at + len(line) :]
    assert rest == b""
    assert draft.data.endswith(parse(PATH, draft.data).body.encode()) and draft.body == len(
        parse(PATH, draft.data).body
    )
    assert draft.data.startswith(b"\xef\xbb\xbf") == raw.startswith(b"\xef\xbb\xbf")
    assert adopt(parse(PATH, draft.data), CHURN, ALICE, FACTS) is None


# ── real cards ──


@pytest.mark.skipif(not CORPUS.is_dir(), reason="MLOPS_GITOPS_CORPUS names no corpus")
@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.name)
def test_a_real_card_is_adopted_whole(card: Path) -> None:
    raw = card.read_bytes()
    refusals = {"sample_datasetcard_simple.md": ("README.md:1:1", "data set"),
                "sample_invalid_card_data.md": ("README.md:2:1", "a list", "no keys")}  # fmt: skip
    if card.name in refusals:
        with pytest.raises(Error) as refused:
            adopt(parse(PATH, raw), CHURN, ALICE, FACTS)
        assert not lacking(str(refused.value), *refusals[card.name])
        return
    draft = _adopt(raw)
    body = re.split(rb"(?m)^---[ \t]*\r?\n?", raw, maxsplit=2)[2] if raw.startswith(b"---") else raw
    assert draft.data.endswith(b"---" + (b"\r\n" if b"\r" in raw else b"\n") + body)
    assert not {d.rule for d in _found(draft.data)} & {
        "schema",
        "syntax",
        "card-dialect",
        "duplicate-key",
        "unreadable",
    }
    assert _errors(draft.data) == {"card-placeholders", "card-evidence"} | (_errors(draft.data) & {"card-artifacts"})
    if card.name not in ("sample_template.md", "sample_datasetcard_template.md"):
        _keeps(raw)


# ── what stays ──


@pytest.mark.parametrize(
    "text",
    [
        "# Churn\n\nIt ranks accounts.\n",
        "\n\nNo heading, no end",
        "",
        "---\n---\n",
        "---\n# nothing yet\n\n---\nText\n",
        "---\nlicense: mit\n---",
        "---\nlicense: mit  # ours\ntags:\n- a\n---\n# A\n\n---\n\nA line above.\n\n---\nmlops: no\n---\n",
        "--- \n  license: mit\n  tags: [a]\n---  \nindented\n",
        "---\ndescription: |+\n  text\n  # no comment\n\n---\nbody",
        "---\na: &x [1]\nb: *x\n---\n",
        "---\nlayout: hub_detail\nsummary: A page\ntags: [vision]\n---\nbody\n",
        "---\nlicense:\ntags: []\n---\nempty keys stay\n",
        "---\nmodel-index: []\n---\n",
        "\n---\nlicense: mit\ntags: [a]\n---\n\n# Agent\n\nPlays a game.\n",
        " \t\n\n  ---\n# ours\nlicense: mit\n---\n# Agent\n",
        "\n---\n\nA line across the page, and no front matter.\n\n---\n\nNote: text\n",
        "\n\n---\n# nothing yet\n---\nText\n",
        "# \x1b[31mred\x1b[0m \u202e @everyone <img onerror=x>\n::error::x\n",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_everything_that_was_there_is_there(text: str, end: str, bom: bytes) -> None:
    raw = bom + text.replace("\n", end).encode()
    if not raw.removeprefix(bom):
        return
    draft = _adopt(raw)
    assert parse(PATH, draft.data).data["mlops"]["artifacts"] == [{"path": CHURN.artifacts[0], "md5": "a" * 32}]
    assert "schema" not in _errors(draft.data)
    if end != "\r":  # bytes.splitlines and YAML agree on what a line is
        _keeps(raw)
    added = draft.data.decode().removeprefix("\ufeff").removesuffix(parse(PATH, draft.data).body)
    assert end == "\n" or "\n" not in added.replace("\r\n", "" if end == "\r\n" else "\n")


def _shared(first: bytes, second: bytes) -> int:
    """How many bytes the beginnings of two texts share."""
    return next(
        (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


@cases(
    "text",
    [
        "---\rlicense: mit\rtags: [a]\r---\r\r# Agent\r\rPlays.\r",
        "---\nlicense: mit\r\ntags: [a]\r---\r\n# A\r\rx\n\r\ny\r",
        "\r\n\r---\rlicense: mit\n---\r\n# A\r\n\rend",
        "# A\r\n\rx\n\ry\r\n",
        "---\nlicense: mit\n---\n# A\u2028b\x85c\x0bd\x0ce\r\n",
        "\n---\n# first: a comment\r\n\rlicense: mit\n--- \r# A",
    ],
)
def test_lines_that_end_in_any_way_stay_byte_for_byte(text: str) -> None:
    raw = text.encode()
    data = _adopt(raw).data
    assert _shared(raw, data) + _shared(raw[::-1], data[::-1]) >= len(raw), (
        "lines were added at one place, and nothing else was changed"
    )
    assert data.count(b"license: mit") == raw.count(b"license: mit")
    known = parse(PATH, raw).data or {}
    assert known.items() <= parse(PATH, data).data.items()


def test_an_unfilled_template_becomes_a_comment() -> None:
    text = _adopt(b"---\r\n{{ card_data }}\r\n---\r\n# {{ model_name }}\r\n").data.decode()
    assert text.startswith("---\r\n# {{ card_data }}\r\n# license: ") and text.endswith("---\r\n# {{ model_name }}\r\n")
    assert parse(PATH, text.encode()).data["library_name"] == "sklearn"


def test_keys_that_are_there_are_not_added_again() -> None:
    card = _card("---\nlibrary_name: keras\nlicense: mit\n---\n").data
    assert (card["library_name"], card["license"]) == ("keras", "mit")


def test_a_result_without_its_data_set_gets_a_blank_one() -> None:
    metrics = "metrics: [{type: acc, value: 0.9}]"
    block = f"model-index:\n- name: m\n  results:\n  - task: {{type: t}}\n    {metrics}\n"
    flow = (
        f"model-index: [{{name: m, results: [{{task: {{type: t}}, {metrics}}}, {{task: {{type: u}}, {metrics}}}]}}]\n"
    )
    for front in (block, flow):
        draft = _adopt(f"---\n{front}---\n".encode())
        assert "schema" not in _errors(draft.data)
        if front == block:
            _keeps(f"---\n{front}---\n".encode())
        results = parse(PATH, draft.data).data["model-index"][0]["results"]
        assert all(result["dataset"]["name"].startswith("To be written:") for result in results)


# ── what is refused ──


@pytest.mark.parametrize(
    ("raw", "facts"),
    [
        (b"---\nlicense: [mit\n---\n", ("README.md:2:10", "not YAML", "the bracket [ is never closed")),
        (b"---\na: 1\na: 2\n---\n", ("README.md:3:1", "key 'a'", "twice")),
        (b"---\nlicense: mit\n", ("README.md:1:1", "---", "never closed")),
        (b"# A\n\xff\n", ("README.md:2:1", "not UTF-8")),
        (b"---\n\nJust text.\n\n---\n# A\n", ("README.md:3:1", "front matter", "no keys")),
        (b"\n\n---\nlicense: !x mit\n---\n", ("README.md:4:10", "tag !x")),
        (b"\n---\nlicense: mit\n", ("README.md:2:1", "---", "never closed")),
        (b"---\n{license: mit, tags: [a]}\n---\n", ("README.md:2:1", "front matter", "braces")),
        (b"---\nlicense: !x mit\n---\n", ("README.md:2:10", "tag !x")),
        (b"---\n{{ data }}\nlicense: [\n---\n", ("README.md:2:2", "key")),
        (b"a" * (MAX_BYTES - 100), ("front matter", "bytes")),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(raw: bytes, facts: tuple[str, ...]) -> None:
    with pytest.raises(Error) as refused:
        adopt(parse(PATH, raw), CHURN, ALICE, FACTS)
    assert not lacking(str(refused.value), *facts)


# ── what is quoted ──


def test_a_section_that_answers_is_quoted() -> None:
    text = (
        "# A\n\n## 3. Intended Use\n\nChoosing *which* [accounts](x) to call.\n\nMore.\n\n"
        "## Out-of-Scope Use\n\nNot:\n\n- pricing of policies,\n- dismissal of people.\n\n"
        "# Bias, Risks, and Limitations\n\n[More Information Needed]\n\n## License\n\nThe code is MIT.\n"
    )
    draft = _adopt(text.encode())
    block = parse(PATH, draft.data).data["mlops"]
    assert draft.quoted == ("intended_use", "out_of_scope")
    assert block["intended_use"] == "Choosing which accounts to call."
    assert block["out_of_scope"] == "Not: pricing of policies, dismissal of people."
    assert block["limitations"].startswith("To be written:")
    assert "\n# license: …  # by its own text: The code is MIT.\n" in draft.data.decode()
    assert "license" not in parse(PATH, draft.data).data


@pytest.mark.parametrize(
    "text",
    [
        "## Limitations\n\nTODO: write this section soon.\n",
        "## Limitations\n\nN/A\n",
        "## Limitations\n\nThe authors say that it is:\n",
        "## Limitations\n\n```\ncode is no answer to it\n```\n",
        "## Limitations\n\nIt is weak here. mlops-gitops: ignore[card-sections] because x\n",
        "# A\n\n## Limitations\n\nThe first is slow at night.\n\n# B\n\n## Limitations\n\nThe second one is blind.\n",
        "Limitations\n\nNothing is under a heading here.\n",
        "x" * 500_000 + "\n\n## Limitations\n\nToo far down to be looked at.\n",
    ],
)
def test_what_is_no_plain_answer_is_not_quoted(text: str) -> None:
    assert _adopt(text.encode()).quoted == ()


def test_a_long_answer_is_cut_at_a_word() -> None:
    quoted = _card(f"## Limitations\n\n{'seldom ' * 200}\n").data["mlops"]["limitations"]
    assert len(quoted) <= MOST_QUOTED + 2 and quoted.endswith("seldom …")


# ── hostile text ──

_HOSTILE = [
    "---\n", "\n---\nmlops: {}\n", '"', "'", "\\", '"\n', ": ", " #", "# ", "- ", "{", "}", "[", "]", "&a ", "*a",
    "!!x ", "| ", "\x00", "\x1b[2J", "\x85", "\u2028", "\u202e", "\ufeff", "\r", "\r\n", "\n\n", "\t", "%YAML 1.1\n",
    "...\n", "&#10;",
    "&quot;", "${{ x }}", "<!-- ", "-->", "`", "**", "@everyone", "\U0001f40b", "license: ", "mlops: ",
    "word ", "word ",
]  # fmt: skip
_TEXT = st.lists(st.one_of(st.sampled_from(_HOSTILE), st.text(max_size=8)), max_size=14).map("".join)


@settings(max_examples=80, deadline=None)
@given(_TEXT, _TEXT, _TEXT, st.sampled_from(["", "---\nlicense: mit\n---\n", "---\r\ntags: [a]\r\n---\r\n", "---\n"]))
def test_no_text_breaks_out_of_its_quotes(title: str, said: str, front: str, fence: str) -> None:
    """Whatever is adopted has our block as we wrote it: texts are texts, nothing of the card's is a key of ours."""
    start = f"---\n{front}\n---\n" if fence == "---\n" else fence
    text = f"{start}# {title}\n\n## Limitations\n\nwords before it: {said}\n\n## License\n\n{said}\n"
    raw = text.encode("utf-8", "surrogatepass")
    document = parse(PATH, raw)
    try:
        draft = adopt(document, CHURN, ALICE, FACTS)
    except Error as error:
        assert error.message.startswith(PATH)
        return
    if draft is None:
        assert "mlops" in document.data
        return
    again = parse(PATH, draft.data)
    assert again.problems == () and raw.decode().endswith(again.body)
    block = again.data["mlops"]
    assert set(block) == {"artifacts", "owners", "risk", "intended_use", "out_of_scope", "limitations"}
    assert block["artifacts"] == [{"path": CHURN.artifacts[0], "md5": "a" * 32}]
    assert block["limitations"].isprintable() and block["risk"]["class"] == "high"
    own = document.data if isinstance(document.data, dict) else {}
    assert set(again.data) <= {*own, "mlops", "library_name"}


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_adopted_or_refused(raw: bytes) -> None:
    try:
        draft = adopt(parse(PATH, raw), CHURN, ALICE, FACTS)
    except Error as error:
        assert error.message
        return
    assert draft is None or draft.data.endswith(parse(PATH, draft.data).body.encode())
