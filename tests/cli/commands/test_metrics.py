"""metrics: the list, and one metric."""

from __future__ import annotations

import json
import re
import sys

import pytest
from messages import lines_with

from mlops_gitops.cli.main import main
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.scikit_learn import TAKES, TURNED

OWN = [metric.id for metric in lookup.own_metrics()]
FAMILIES = {"f_beta": "f_beta:2", "pinball": "pinball:0.9"}
LIBRARY = sorted([*TAKES, *TURNED])


def test_the_list_has_each_with_its_range_direction_and_source(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # each on one line
    assert main(["metrics"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert {*(FAMILIES.get(name, name) for name in OWN), *(f"sklearn:{name}" for name in LIBRARY)} <= set(rows)
    brier = r"label, score +0 to 1 +lower +mean, delta, scored_loss, discordant +The mean squared .* Brier, Monthly"
    assert re.search(brier, rows["brier"])
    assert re.search(r"at most 1 +higher +delta ", rows["r2"]) and re.search(r"0 or more +lower", rows["log_loss"])
    assert re.search(r"0 or more +lower +none: a point only +.*\(sign turned\)", rows["sklearn:neg_log_loss"])


def test_one_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "r2", "--format", "json"]) == 0
    (metric,) = json.loads(capsys.readouterr().out)["metrics"]
    assert (metric["id"], metric["minimum"], metric["maximum"], metric["better"]) == ("r2", None, 1, "higher")
    assert metric["bounds"] == ["delta"]


def test_one_without_numpy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A laptop that only validates has none: the list is whole, and what is missing is said to be."""
    for name in [name for name in sys.modules if name.startswith("mlops_gitops.statistics.intervals.")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("numpy", "scipy", "scipy.special"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["metrics", "roc_auc"]) == 0
    out = capsys.readouterr().out
    assert "newcombe" in out and "delong_paired" in out
    assert lines_with(out, "bounds", "is not shown", "pip install 'mlops-gitops[gates]'")
    assert main(["metrics"]) == 0 and "is not shown" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["roc"], "no metric is called 'roc'"),
        (["sklearn:f2"], "sklearn:f1_score"),
    ],
)
def test_a_wrong_call(argv: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", *argv]) == 2
    out, err = capsys.readouterr()
    assert out == "" and said in err
