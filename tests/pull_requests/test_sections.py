"""The parts that are words: who, what of, where from; all of it clipped and escaped."""

from __future__ import annotations

import json

import sample
import yaml
from cases import cases
from hostile import HOSTILE, LONG, ORDERS, REFERENCES, tokens, words
from proposed import trees

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pull_requests import sections
from mlops_gitops.records.release import Lineage, Pin, Release
from mlops_gitops.repository.snapshot import Snapshot


def _release() -> Release:
    release = Snapshot(Overlay(sample.files())).release("churn", "1.1.0")
    assert release is not None
    return release


def test_the_card_in_short() -> None:
    tree = Snapshot(Overlay(sample.files()))
    assert sections.card(tree, "churn", _release()) == [
        "<details><summary>Model card, risk class limited: models/churn/README.md</summary>",
        "",
        "- **Intended use:** Choosing which accounts to call.",
        "- **Out of scope:** Pricing.",
        "- **Limitations:** One country.",
        "- **Risk class limited:** Ranks accounts for a call.",
        "- **Owners:** Alice (data-science)",
        "",
        "</details>",
    ]
    assert sections.card(tree, "other", None) == []


def test_a_card_that_changed_since_the_release_says_so() -> None:
    files = sample.files()
    files["models/churn/README.md"] = files["models/churn/README.md"].replace(b"Pricing.", b"Nothing.")
    lines = sections.card(Snapshot(Overlay(files)), "churn", _release())
    assert "The card has changed since 1.1.0 was released; this is today's." in lines


def test_a_long_card_is_clipped() -> None:
    card = yaml.safe_load(sample.CARD.split("---\n")[1])
    card["mlops"]["limitations"] = "word " * 400
    files = sample.files() | {"models/churn/README.md": f"---\n{json.dumps(card)}\n---\nText.\n".encode()}
    line = next(line for line in sections.card(Snapshot(Overlay(files)), "churn", None) if "Limitations" in line)
    assert line.endswith("…") and len(line) < 330


def test_files_and_lineage() -> None:
    assert sections.lineage(_release()) == [
        "<details><summary>Files and lineage of churn 1.1.0</summary>",
        "",
        "| file | what | digest | bytes |",
        "| --- | --- | --- | --- |",
        "| `models/churn/model.skops` | skops | md5 bbbbbbbbbbbb…, sha256 ffffffffffff… | 20 |",
        "| `data/holdout.csv` | evaluation: holdout | md5 dddddddddddd… | 30 |",
        "",
        "Made by stage `train` of `dvc.lock` from 1 file and parameters with the digest "
        f"{str(_release().lineage and _release().lineage.params_sha256)[:12]}….",  # type: ignore[union-attr]
        "It supersedes 1.0.0.",
        "Manifest: `releases/churn/1.1.0.yaml`.",
        "",
        "</details>",
    ]
    assert sections.lineage(None) == []


def test_a_release_of_a_file_nobody_made() -> None:
    release = replace(_release(), lineage=None, supersedes=None)
    assert sections.source(release) == ["Manifest: `releases/churn/1.1.0.yaml`."]


def test_a_thousand_files_are_counted() -> None:
    pins = tuple(Pin(f"models/{n}.bin", md5="a" * 32) for n in range(1000))
    lines = sections.contents(replace(_release(), artifacts=pins, evaluation={str(n): pins[n] for n in range(12)}))
    assert len(lines) == 2 + 11 + 11
    assert lines[12] == "| … and 990 more in the manifest |  |  |  |"
    assert lines[-1] == "| … and 2 more in the manifest |  |  |  |"


@cases("hostile", HOSTILE + LONG)
def test_names_of_files_and_stages_are_text(hostile: str) -> None:
    pin = Pin(hostile, md5=hostile, format=hostile, size=1)
    lineage = Lineage(hostile, hostile, {hostile: hostile}, hostile)
    release = replace(_release(), artifacts=(pin,), evaluation={hostile: pin}, lineage=lineage, path=hostile)
    body = "\n".join(sections.lineage(release))
    assert not ORDERS.search(body) and not REFERENCES.search(words(tokens(body))) and len(body) < 8000
    found = [token.type for token in tokens(body)]
    assert found.count("td_open") == 8 and found.count("html_block") == 2
    assert {"link_open", "image", "fence", "code_block", "html_inline", "heading_open"}.isdisjoint(found)


def test_who_must_approve() -> None:
    base, head, record = trees(environment="production")
    new = next(head.decisions())
    assert sections.people(base, record, []) == [
        "- Requested by alice&#x40;&#x2060;example.org, according to the record.",
        "- Approvals needed: 1 × data-science, 1 × operations. The check lists those that are missing.",
    ]
    need = sections.people(base, record, [replace(new, path="decisions/new.yaml"), new])[1]
    assert "1 × operations, 1 × operations for `decisions/new.yaml`." in need


def test_nobody_is_needed() -> None:
    files = sample.files()
    files["mlops.yaml"] = sample.PROJECT.replace("{approvals: {operations: 1}}", "{}").encode()
    base, _, record = trees(files, requested_by={"via": "robot"})
    assert sections.people(base, record, []) == [
        "- Requested by somebody, according to the record.",
        "- Approvals needed: none.",
    ]


@cases(
    "action, replaces, command",
    [
        ("promote", "1.0.0", "`mlops-gitops rollback churn --in staging --why …`"),
        ("rollback", "1.2.0", "`mlops-gitops promote churn --to staging --release 1.2.0 --decision PATH`"),
        ("promote", None, ""),
    ],
)
def test_how_to_undo_it(action: str, replaces: str | None, command: str) -> None:
    lines = sections.undo(trees(action=action, replaces=replaces)[2])
    assert len(lines) == bool(command) and command in "".join(lines)


def test_the_decisions_it_rests_on() -> None:
    decision = next(Snapshot(Overlay(sample.files())).decisions())
    lines = sections.decisions([decision] * 12)
    assert lines[4] == "| override | `decisions/2026-01-05-outage.yaml` | operations | bob | Staging is down. |"
    assert len(lines) == 4 + 10 + 2 and lines[-1] == "… and 2 more in the record."
    assert sections.decisions([]) == []
