"""metrics: the list, and the page that docs/ holds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mlops_gitops import registry
from mlops_gitops.cli import main
from mlops_gitops.metrics.sklearn import TAKES

PAGE = Path(__file__).parent.parent.parent / "docs/reference/metrics.md"
OWN = [name for name in registry.names("metrics") if name != "sklearn"]


def test_the_list_has_each_with_its_range_direction_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert {*OWN, *(f"sklearn:{name}" for name in TAKES)} <= set(rows)
    assert re.search(r"label, score +0 to 1 +lower +The mean squared distance .* Brier, Monthly", rows["brier"])
    assert re.search(r"at most 1 +higher", rows["r2"]) and re.search(r"0 or more +lower", rows["log_loss"])


def test_one_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "r2", "--format", "json"]) == 0
    (its,) = json.loads(capsys.readouterr().out)["metrics"]
    assert (its["id"], its["minimum"], its["maximum"], its["better"]) == ("r2", None, 1, "higher")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["roc"], "no metric is called 'roc'"),
        (["sklearn:f2"], "sklearn:f1_score"),
        (["r2", "--page"], "--page is about all metrics"),
    ],
)
def test_a_wrong_call(argv: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", *argv]) == 2
    out, err = capsys.readouterr()
    assert out == "" and said in err


def test_the_page_in_docs_is_what_the_metrics_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "--page"]) == 0
    assert capsys.readouterr().out == PAGE.read_text("utf-8"), "run: make docs"


def test_the_page_has_a_section_or_a_row_for_each() -> None:
    text = PAGE.read_text("utf-8")
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == re.findall(r"\]\(#(\w+)\)", text) == OWN
    assert sorted(re.findall(r"`sklearn:(\w+)`\]\(https", text)) == sorted(TAKES)
