"""docs/how-to/choose-a-budget.md: its levels are those of the tool, and what they cost is computed here."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import NormalDist

import pytest
from monitoring.plans import plan

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring import budget
from mlops_gitops.records.duration import duration
from mlops_gitops.records.monitoring import PredictionDrift, Watch

PAGE = (Path(__file__).parent.parent / "docs/how-to/choose-a-budget.md").read_text("utf-8")
CADENCES = re.findall(
    r"`every: (\w+)`", next(line for line in PAGE.splitlines() if line.startswith("| `false_alarms`"))
)
ROWS = re.findall(r"^\| ([0-9.]+) \| (.*) \|$", PAGE, re.MULTILINE)


def level(false_alarms: float, every: str, watches: int = 4) -> float:
    tested = tuple(Watch(f"w{n}", "prediction_drift", PredictionDrift("psi", 0.1)) for n in range(watches))
    found = budget.level(replace(plan(), every=duration(every), watches=tested, false_alarms=false_alarms))
    assert found is not None
    return found


def rows(level: float) -> float:
    """Rows for a power of 0.9 at a level, up to a factor: (z of the level + z of the power)², Cohen (1988) § 2.2."""
    z = NormalDist().inv_cdf
    return (z(1 - level) + z(0.9)) ** 2


def test_the_table_is_what_the_tool_computes() -> None:
    assert CADENCES == ["7d", "1d", "1h"] and len(ROWS) == 3
    least = rows(level(1, "7d"))
    for false_alarms, cells in ROWS:
        for every, cell in zip(CADENCES, cells.split(" | "), strict=True):
            shown, multiple = cell.split(" ")
            found = level(float(false_alarms), every)
            assert float(shown) == pytest.approx(found, rel=0.03), (false_alarms, every)
            assert float(multiple.strip("()")) == pytest.approx(rows(found) / least, abs=0.05), (false_alarms, every)


def test_what_the_page_says_of_it() -> None:
    assert rows(level(0.1, "7d")) / rows(level(1, "7d")) == pytest.approx(1.4, abs=0.05)
    daily = rows(level(0.1, "1d")) / rows(level(0.1, "7d"))
    assert daily == pytest.approx(1.2, abs=0.05) and (7 * daily) ** 0.5 == pytest.approx(3, abs=0.1)
    assert level(0.1, "7d", 10) / level(0.1, "7d") == pytest.approx(0.4)
    assert f"{budget.LOWEST:.5f}" in PAGE and level(0.1, "1h") < budget.LOWEST < level(1, "1h")
