"""A KPI at the level of a budget: what depends on too few rows decides nothing, and says at which level."""

from __future__ import annotations

from messages import lacking
from monitoring.looks import measured

from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.results import Bounds, Gap, Measured, Measurement, Slice
from mlops_gitops.monitoring.tail_range import in_tail
from mlops_gitops.statistics.estimate import RARER


def _with(method: str, **counts: tuple[float, float]) -> Measured:
    found = measured(0.5, 0.4, 0.6)
    assert found.bounds is not None
    named = {name.replace("_", " "): count for name, count in counts.items()}
    return replace(found, bounds=replace(found.bounds, method=method, counts=named))


def _few(found: Measured) -> str:
    assert found.bounds is not None
    return found.bounds.few


def test_moments_of_few_rows_are_not_enough_at_a_small_level() -> None:
    loss = Measurement(_with("mean", rows=(100, 50)), slices=(Slice({"region": "n"}, _with("mean", rows=(400, 50))),))
    assert _few(in_tail(loss, 0.01, combined=False).whole) == ""
    found = in_tail(loss, 1e-4, combined=False)
    assert lacking(_few(found.whole), "100 rows", "204", "0.0001") == []
    assert _few(found.slices[0].measured) == ""


def test_a_share_needs_both_kinds_of_rows_where_it_is_compared() -> None:
    share = Measurement(_with("clopper_pearson", **{"rows": (900, 1), RARER.replace(" ", "_"): (6, 0)}))
    assert _few(in_tail(share, 1e-4, combined=False).whole) == ""
    assert lacking(_few(in_tail(share, 1e-4, combined=True).whole), "6 rows of the rarer kind", "20") == []


def test_so_does_a_gap_between_groups() -> None:
    bounds = Bounds(0.1, 0.4, "mover", counts={RARER: (6, 0)})
    found = in_tail(Measurement(measured(0.5, 0.4, 0.6), gap=Gap(0.2, (0, 1), bounds)), 1e-3, combined=False)
    assert found.gap and found.gap.bounds
    assert lacking(found.gap.bounds.few, "6 rows", "20", "0.001") == []
    assert _few(found.whole) == ""
