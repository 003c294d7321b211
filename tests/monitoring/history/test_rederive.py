"""The numbers of a drift statistic follow from the counts on record, for every statistic there is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import monitored
import numpy as np
from cases import cases
from messages import lacking
from monitored import comparison, drift_finding, finding, observed

from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.drift.between_windows import between_windows
from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
from mlops_gitops.monitoring.drift.statistic import PACKAGE, drift_statistic
from mlops_gitops.monitoring.history.rederive import wrong_numbers
from mlops_gitops.monitoring.outcome import Comparison, Finding

LEVEL = 3e-4
WINDOWS = [[200, 300, 250, 250], [210, 290, 240, 260], [190, 310, 260, 240], [205, 295, 255, 245]] * 2


def _tested(name: str, *, windows: bool = False) -> Comparison:
    """A comparison as a monitor records it: its numbers are rounded."""
    sides = np.sum(WINDOWS, 0), [150, 350, 200, 300]
    reference, window = (BinnedSample(np.array(side, float), 4 / 3) for side in sides)
    pair = BinnedPair(reference, window, np.array([1.0, 2.0, 4.0, 8.0]))
    statistic, evidence = drift_statistic(name), pair.evidence()
    found = statistic.estimate(pair)
    if windows:
        variation = statistic.variation(pair, BinnedSample(np.array(WINDOWS, float), 4 / 3))
        found = between_windows(found, variation, statistic.power)
        evidence |= {"windows": WINDOWS}
    bounds = {"lower": found.lower(LEVEL), "upper": found.upper(LEVEL), "level": LEVEL}
    made = comparison(name, found.value, **bounds, at_most=0.01, about="age", evidence=evidence)
    (record,) = monitored.chained(observed(0, finding("drift", "data_drift", made, level=LEVEL)))
    return record.observation.findings[0].comparisons[0]


def _faults(comparisons: Iterable[Comparison], kind: str = "data_drift") -> list[str]:
    return list(wrong_numbers(observed(0, finding("drift", kind, *comparisons, level=LEVEL))))


@cases("name", plugins.names(PACKAGE))
def test_the_numbers_of_every_statistic_follow_from_their_counts(name: str) -> None:
    assert _faults([_tested(name), _tested(name, windows=True)]) == []
    assert list(wrong_numbers(observed(0, drift_finding(drifted=True)))) == []


def _with_evidence(made: Comparison, **changes: Any) -> Comparison:
    return replace(made, evidence={**made.evidence, **changes})


def test_a_number_or_a_count_that_was_changed_is_found() -> None:
    made = _tested("psi")
    window: Any = made.evidence["window"]
    fewer = {**window, "counts": [250.0, 250.0, 250.0, 250.0]}
    broken: dict[str, Comparison] = {
        "value": replace(made, value=(made.value or 0) + 1e-6),
        "lower": replace(made, lower=(made.lower or 0) + 1e-6),
        "upper": replace(made, upper=None),
        "its counts give": _with_evidence(made, window=fewer),
        "cannot be derived": _with_evidence(made, window={"counts": "many"}),
        "no counts": replace(made, evidence={}),
    }
    for fact, changed in broken.items():
        (message,) = _faults([changed])
        assert lacking(message, "drift age psi", fact) == []
    (message,) = _faults([replace(made, statistic="hellinger")])
    assert lacking(message, "hellinger", "cannot be derived") == []


def test_bounds_that_speak_for_rows_without_a_label_follow_from_those_with_one() -> None:
    """Of 1,000 rows 900 have a label; the widest stratum has half of its rows labelled: bounds are 1.8 times as far."""
    known = {"assumption": "…", "strata": [[800, 800], [200, 100]], "labelled": [0.9, 0.88, 0.93], "span": [0, 1],
             "against": 0.8, "for": 0.92}  # fmt: skip
    bounds = {"lower": 0.89 - 1.8 * 0.02, "upper": 0.89 + 1.8 * 0.03, "level": LEVEL, "at_least": 0.8}
    made = comparison("accuracy", 0.89, **bounds, evidence={"n": 900, "unlabelled": known})
    assert _faults([made], "kpi") == []
    wrong = {
        "lower": replace(made, lower=0.87),
        "900": _with_evidence(made, unlabelled={**known, "strata": [[800, 800], [200, 150]]}),
        "cannot be derived": _with_evidence(made, unlabelled={**known, "strata": [[800, 900]]}),
    }
    for fact, changed in wrong.items():
        (message,) = _faults([changed], "kpi")
        assert lacking(message, "drift accuracy", fact) == []
    assert _faults([_with_evidence(made, live=[0.9, 0.8, 1.0])], "kpi") == []  # a change: the other side is not there


def test_what_has_no_counts_is_not_derived() -> None:
    kpi = comparison("recall", 0.7, lower=0.6, upper=0.75, level=LEVEL, at_least=0.5, evidence={"n": 900})
    limit: Finding = monitored.rows_finding()
    assert _faults([kpi], "kpi") == [] and list(wrong_numbers(observed(0, limit))) == []
