"""rules: the list, and one explained."""

from __future__ import annotations

import json
import re

import pytest
from messages import lines_with

from mlops_gitops.cli.main import main
from mlops_gitops.core import plugins
from mlops_gitops.policy.catalogue import PARTS, CatalogueEntry, catalogue_entries


def _run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(["rules", *argv])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_list_names_every_rule_with_when_it_runs_and_what_it_asks(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys)
    rows = {line.split()[0]: line for line in out.splitlines() if line}
    assert code == 0
    assert {name.replace("_", "-") for name in plugins.names("policy.rules")} <= set(rows)
    assert re.search(r"with a base +error +no +Release manifests,", rows["immutable"])
    assert re.search(r"on the whole repository +error +yes +Every model", rows["card-and-kpis"])


def test_one_is_explained_with_its_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "known-role")
    (entry,) = (entry for entry in catalogue_entries() if entry.id == "known-role")
    assert (code, out.splitlines()[0]) == (0, f"known-role: {entry.summary}")
    assert " ".join(entry.explanation.split()) in " ".join(out.split())
    assert lines_with(out, "one file", "validate", "validate PATH", "check")
    assert lines_with(out, "No waiver", "errors")
    shown = "finds fault with:\n  @@ models/churn/kpis.yaml\n  -owner: data-science\n  +owner: data\n"
    assert shown in out and max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("card-and-kpis", "A waiver can let its errors pass."),
        ("unproven-decision", "An ignore comment lets its warnings pass."),
        ("evaluation-linked", "No waiver lets its errors pass. An ignore comment lets its warnings pass."),
        ("ignore-comment", "No ignore comment lets its warnings pass."),
        ("syntax", "runs on one file"),
        ("explained-change", "runs with a base"),
        ("approvals", "runs on a pull request"),
        ("approvals", "Its answer can change without a push"),
        ("receipt", "runs in the audit"),
    ],
)
def test_it_says_when_a_rule_runs_and_what_lets_it_pass(
    name: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in _run(capsys, name)[1]


@pytest.mark.parametrize("entry", catalogue_entries(), ids=lambda value: value.id)
def test_each_is_there_as_data(entry: CatalogueEntry, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, entry.id, "--format", "json")
    (data,) = json.loads(out)["rules"]
    assert (code, data["id"], data["summary"], data["explanation"]) == (0, entry.id, entry.summary, entry.explanation)
    assert (data["about"], data["scope"], data["waivable"]) == (PARTS[entry.about], entry.scope, entry.waivable)
    assert [[edit["path"] for edit in edits] for edits in data["bad"]] == [
        [e.path for e in edits] for edits in entry.bad
    ]


def test_the_whole_list_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(_run(capsys, "--format", "json")[1])
    assert data["version"] == 1 and [rule["id"] for rule in data["rules"]] == [
        entry.id for entry in catalogue_entries()
    ]


@pytest.mark.parametrize(
    ("argv", "error", "help"),
    [
        (["known-rol"], "there is no rule 'known-rol'", "did you mean 'known-role'"),
        (["zzzzzz"], "there is no rule 'zzzzzz'", "mlops-gitops rules"),
    ],
)
def test_a_wrong_call(argv: list[str], error: str, help: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = _run(capsys, *argv)
    assert (code, out) == (2, "") and error in err and (help or "") in err
