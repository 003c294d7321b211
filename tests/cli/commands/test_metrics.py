"""metrics: the list, and the page that docs/ holds."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from mlops_gitops.cli.main import main
from mlops_gitops.core import plugins
from mlops_gitops.metrics.catalog.sklearn import TAKES, TURNED

PAGE = Path(__file__).parent.parent.parent.parent / "docs/reference/metrics.md"
OWN = [name for name in plugins.names("metrics.catalog") if name != "sklearn"]
FAMILIES = {"f_beta": "f_beta:2", "pinball": "pinball:0.9"}
LIBRARY = sorted([*TAKES, *TURNED])


def test_the_list_has_each_with_its_range_direction_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert {*(FAMILIES.get(name, name) for name in OWN), *(f"sklearn:{name}" for name in LIBRARY)} <= set(rows)
    brier = r"label, score +0 to 1 +lower +mean, delta +The mean squared distance .* Brier, Monthly"
    assert re.search(brier, rows["brier"])
    assert re.search(r"at most 1 +higher +delta ", rows["r2"]) and re.search(r"0 or more +lower", rows["log_loss"])
    assert re.search(r"0 or more +lower +none: a point only +.*\(sign turned\)", rows["sklearn:neg_log_loss"])


def test_one_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "r2", "--format", "json"]) == 0
    (its,) = json.loads(capsys.readouterr().out)["metrics"]
    assert (its["id"], its["minimum"], its["maximum"], its["better"]) == ("r2", None, 1, "higher")
    assert its["bounds"] == ["delta"]


def test_one_without_numpy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A laptop that only validates has none: the list is whole, and what cannot be told is told to be missing."""
    for name in [name for name in sys.modules if name.startswith("mlops_gitops.statistics.intervals.")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("numpy", "scipy", "scipy.special"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["metrics", "roc_auc"]) == 0
    out = capsys.readouterr().out
    assert "newcombe" in out and "delong_paired" in out
    assert "What its bounds hold for is not shown: " in out and "pip install 'mlops-gitops[gates]'" in out
    assert main(["metrics"]) == 0 and "is not shown" not in capsys.readouterr().out


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
    assert [its for its in re.findall(r"`([a-z_0-9:.]+)`\]\(#", text) if ":" in its] == list(FAMILIES.values())
    assert re.findall(r"`sklearn:(\w+)`\]\(https", text) == LIBRARY
