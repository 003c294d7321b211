"""A pull request's text: the same from the same files, inert, bounded, and its facts read back."""

from __future__ import annotations

import json
import re
from typing import Any

import sample
import yaml
from cases import cases
from hostile import HOSTILE, LONG, ORDERS, REFERENCES, tokens, words
from hypothesis import given, settings
from hypothesis import strategies as st
from proposed import trees

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pull_requests import pull_text
from mlops_gitops.pull_requests.pull_text import (
    LIMIT,
    Facts,
    commit_message,
    promotion_text,
    same_text,
    terminal_text,
    title,
)
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.snapshot import Snapshot

WORDS = [word for word in HOSTILE + LONG if word != "\ud800"]  # no record holds half a character
DECISION = "decisions/2026-01-05-outage.yaml"


def hostile_files(text: str) -> dict[str, bytes]:
    """The sample, in which `text` is in every place where a person writes."""
    files = sample.files()
    quoted = json.dumps(text)
    card = yaml.safe_load(sample.CARD.split("---\n")[1])
    block = card["mlops"]
    block |= {"intended_use": text, "out_of_scope": text, "limitations": text}
    block["owners"][0]["name"] = block["risk"]["rationale"] = text
    files["models/churn/README.md"] = f"---\n{json.dumps(card)}\n---\n# Churn\n\nText.\n".encode()
    files[DECISION] = sample.DECISION.replace("Staging is down.", quoted).replace("by: bob", f"by: {quoted}").encode()
    return files


def promotion_parts(text: str) -> tuple[str, str, str, Promotion]:
    """Title, body and commit message of a promotion in which `text` is in every place where a person writes."""
    decisions = [{"path": DECISION, "sha256": "0" * 64}]
    who = {"login": text, "via": "command line"} if text else {"via": "command line"}
    base, head, record = trees(hostile_files(text), why=text, decisions=decisions, requested_by=who)
    headline, body = promotion_text(base, head, record)
    message = commit_message(headline, text, {"Promotion-Record": record.path, "Promotion-Digest": record.digest})
    return headline, body, message, record


def _shape(body: str) -> list[str]:
    """The blocks, and what is HTML; the words in them and digests aside."""
    blocks = [token for token in tokens(body) if token.block and token.type != "inline"]
    drawn = [f"{token.type} {token.content if token.type == 'html_block' else ''}" for token in blocks]
    return [re.sub("[0-9a-f]{64}", "…", line) for line in drawn]


def _read_facts(body: str) -> Facts:
    """The facts of a body, as a script reads them: from the JSON in the one comment on a line of its own."""
    (comment,) = re.findall(r"^<!-- mlops-gitops: (.*) -->$", body, re.MULTILINE)
    data = json.loads(comment)
    assert data.pop("version") == 1
    return Facts(**data)


def _assert_inert(text: str) -> None:
    headline, body, message, record = promotion_parts(text)
    assert _read_facts(body) == Facts(record.path, record.digest, "churn", "staging", "1.1.0", "promote")
    for raw in (headline, body, message):
        assert not ORDERS.search(raw), raw
        assert all(char.isprintable() or char in "\n\u2060" for char in raw), raw
    assert not REFERENCES.search(words(tokens(body)))
    assert {token.type for token in tokens(body)}.isdisjoint({"link_open", "image", "code_block", "hr", "html_inline"})
    assert body.count("<!--") == body.count("-->") - body.count(" --> ") == 1
    trailers = [line for line in message.split("\n") if re.match(r"[A-Za-z-]+:", line)]
    assert trailers == [f"Promotion-Record: {record.path}", f"Promotion-Digest: {record.digest}"]
    assert message.endswith("\n\n" + "\n".join(trailers) + "\n")


@cases("hostile", WORDS)
def test_nothing_anybody_wrote_acts(hostile: str) -> None:
    _assert_inert(hostile)


# What no file of ours may hold leaves its card or decision invalid, and out of the text.
@cases("hostile", [w for w in WORDS if w.strip() and w.isprintable()])
def test_nothing_anybody_wrote_changes_the_shape(hostile: str) -> None:
    body = promotion_parts(hostile)[1]
    assert _shape(body) == _shape(promotion_parts("Tame.")[1])
    assert "html_block <details><summary>Model card" in "\n".join(_shape(body)) and DECISION in body


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("".join) | st.text(max_size=30))
def test_no_mixture_acts_and_the_facts_are_read_back(text: str) -> None:
    _assert_inert(text)


FACTS = Facts("promotions/a/b/0001.json", "sha256:" + "0" * 64, "b", "a", "1.0.0", "promote")


@settings(max_examples=120, derandomize=True, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)), st.sampled_from(HOSTILE))
def test_facts_are_one_comment_whatever_they_hold(text: str, hostile: str) -> None:
    value = "".join(char for char in text + hostile if char.isascii() and char.isprintable())
    facts = Facts(value, value, value, value, value, value)
    comment = pull_text.facts_comment(facts)
    assert _read_facts(f"x\n\n{comment}\n") == facts
    assert [token.type for token in tokens(comment)] == ["html_block"] and not ORDERS.search(comment)


def test_the_same_files_give_the_same_text() -> None:
    assert promotion_text(*trees()) == promotion_text(*trees())


@cases(
    "back",
    [
        lambda text: text.replace("\n", "\r\n"), lambda text: text.strip(), lambda text: text + "\n\n",
        lambda text: text.replace("\n", " \n"), lambda text: text,
    ],
)  # fmt: skip
def test_a_text_is_the_same_when_a_forge_gives_it_back(back: Any) -> None:
    headline, body = promotion_text(*trees())
    assert same_text(body, back(body)) and same_text(headline, back(headline))
    assert not same_text(body, back(body) + "x") and not same_text(body, back(body.replace("1.1.0", "1.1.1")))


def test_what_a_reviewer_reads() -> None:
    headline, body = promotion_text(*trees())
    assert headline == "Promote churn 1.1.0 to staging"
    assert body.split("\n#### Gates")[0].split("\n") == [
        "**staging: churn 1.0.0 → 1.1.0**",
        "",
        "Why: Better.",
        "",
        "```mermaid",
        "flowchart LR",
        '  release(["churn 1.1.0"])',
        '  e0["staging: 1.0.0 to 1.1.0"]:::here',
        '  e1["production: runs nothing of it"]',
        "  release --> e0",
        "  e0 --> e1",
        "  classDef here stroke-width:4px",
        "```",
        "",
    ]
    digest = trees()[2].digest
    assert body.split("</details>\n")[-1].split("\n")[:6] == [
        "",
        "- Requested by alice&#x40;&#x2060;example.org, according to the record.",
        "- Approvals needed: 1 × operations. The check lists those that are missing.",
        "- To undo it after the merge: `mlops-gitops rollback churn --in staging --why …`",
        f"- Record: `promotions/staging/churn/0002.json`, {digest}.",
        "",
    ]
    assert body.count("\n") <= 68


@cases(
    "action, headline, text",
    [
        ("rollback", "Roll back churn in staging to 1.1.0", "churn 1.0.0 is then held in staging until a lift"),
        ("adopt", "Adopt churn 1.1.0 in staging", "Approve it only if this release runs there already."),
    ],
)  # fmt: skip
def test_a_change_without_gates_says_why(action: str, headline: str, text: str) -> None:
    title, body = promotion_text(*trees(action=action, gates=[]))
    assert title == headline and text in body and "Gates" not in body
    facts = _read_facts(body)
    assert facts is not None and facts.action == action


def test_an_adoption_says_first_what_it_skips() -> None:
    skipped = {"gates": ["roc-auc", "recall"], "order": ["staging"]}
    _, body = promotion_text(*trees(action="adopt", gates=[], skipped=skipped))
    above, _, below = body.partition("Why:")
    assert "roc-auc, recall" in above and "staging" in above.splitlines()[-2]
    assert "not judged" in above and "Gates that are not measured" not in below
    _, first = promotion_text(*trees(action="adopt", gates=[], skipped={"gates": ["roc-auc"], "order": []}))
    assert "need not have run in:** none." in first


def test_a_record_that_skips_nothing_says_nothing_of_it() -> None:
    for action in ("promote", "rollback", "adopt"):
        assert "Skipped" not in promotion_text(*trees(action=action))[1]


def test_a_release_says_what_it_pins_and_what_is_next() -> None:
    tree = Snapshot(Overlay(sample.files()))
    manifest = tree.release("churn", "1.1.0")
    assert manifest is not None
    headline, body = pull_text.release_text(tree, manifest)
    assert headline == "Release churn 1.1.0"
    assert body.startswith("**churn 1.1.0**, pinned by digest. Merging this promotes nothing yet.\n\n| file |")
    assert "It supersedes 1.0.0." in body and "Choosing which accounts to call." in body
    assert "Next, after the merge: `mlops-gitops promote churn --to staging --release 1.1.0`" in body
    facts = _read_facts(body)
    assert facts is not None and (facts.action, facts.environment, facts.record) == ("release", None, manifest.path)


def _many(count: int, metric: str = "roc_auc") -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    files = sample.files()
    data = yaml.safe_load(sample.KPIS)
    data["kpis"] = [
        {"id": f"kpi-{n}", "metric": metric, "data": "holdout", "gate": {"at_least": 0.5, "on_fail": "warn"}}
        for n in range(count)
    ]
    files["models/churn/kpis.yaml"] = json.dumps(data).encode()
    gates = [
        {"id": f"kpi-{n}", "metric": metric, "outcome": "failed" if n == count - 1 else "passed", "on_fail": "warn",
         "value": 0.4 if n == count - 1 else 0.9, "n": 100, "at_least": 0.5}
        for n in range(count)
    ]  # fmt: skip
    return files, gates


def test_five_thousand_kpis_fit_and_what_failed_comes_first() -> None:
    files, found = _many(5000)
    base, head, record = trees(files, gates=found)
    body = promotion_text(base, head, record)[1]
    assert LIMIT * 0.9 < len(body) <= LIMIT
    lines = body.split("\n")
    table = [line for line in lines if re.search(r"^\| [^|]*\| kpi-", line)]
    assert "| kpi-4999 |" in table[0] and "FAILED (warning)" in table[0]
    assert f"… and {5000 - len(table):,} more in the record." in lines
    assert re.search(r"^- Left out for its length: the model card(, the differences)?( and the [\w ]+)?\.$", body, re.M)
    assert _read_facts(body) is not None
    assert {token.type for token in tokens(body) if token.type.startswith("html")} == {"html_block"}
    assert body.count("<details>") == body.count("</details>")
    assert sum(token.type == "td_open" for token in tokens(body)) % 9 in (0, 4, 8)


def test_thirty_kpis_are_folded_away() -> None:
    files, found = _many(30)
    body = promotion_text(*trees(files, gates=found))[1]
    assert "<details><summary>Gates: 30</summary>" in body and "#### Gates" not in body
    assert "Model card" in body and "Left out" not in body


@cases("text", LONG)
def test_everything_at_its_longest_fits(text: str) -> None:
    files, found = _many(500)
    many = hostile_files(text)
    files |= {path: many[path] for path in ("models/churn/README.md", DECISION)}
    project = yaml.safe_load(sample.PROJECT)
    project["roles"] |= {f"{'r' * 55}-{n}": [{"login": "alice"}] for n in range(200)}
    project["environments"] |= {f"{'e' * 55}-{n}": {"after": ["staging"]} for n in range(200)}
    project["environments"]["staging"]["approvals"] = dict.fromkeys(project["roles"], 1)
    files["mlops.yaml"] = json.dumps(project).encode()
    named = [f"decisions/{n}-{'d' * 150}.yaml" for n in range(50)]
    files |= {path: files[DECISION] for path in named}
    decisions = [{"path": path, "sha256": "0" * 64} for path in named]
    who = {"login": text, "via": "command line"}
    base, head, record = trees(files, gates=found, why=text, decisions=decisions, requested_by=who)
    body = promotion_text(base, head, record)[1]
    assert len(body) <= LIMIT and _read_facts(body) is not None
    assert len(re.findall(r"\n\| [^|]*\| kpi-", body)) >= 20, "there is room for gates whatever people wrote"


def test_a_title_is_plain_and_short() -> None:
    assert title("Promote gh-12 1.0.0 to x") == "Promote gh-\u206012 1.0.0 to x"
    assert len(title("x" * 1000)) == 256


def test_a_commit_message_quotes_why() -> None:
    why = "Steadier.\n\nPromotion-Digest: sha256:0\nfixes #12 [skip ci]"
    assert commit_message("Promote", why, {"Promotion-Digest": "sha256:1"}).split("\n") == [
        "Promote",
        "",
        "> Steadier.",
        ">",
        "> Promotion-Digest: sha256:0",
        "> fixes #\u206012 [\u2060skip ci]",
        "",
        "Promotion-Digest: sha256:1",
        "",
    ]
    assert commit_message("Promote", " ", {"A": "b"}) == "Promote\n\nA: b\n"


def test_a_terminal_shows_the_words_alone() -> None:
    text = terminal_text(promotion_text(*trees())[1])
    assert "alice@example.org" in text and "Intended use:" in text
    assert not re.search("<details|</details|summary>|mermaid|flowchart|<!--|&#|\u2060", text)
    assert terminal_text("Somebody's <b> text\n\n```\ncode\n```\n") == "Somebody's <b> text\n\n```\ncode\n```"
