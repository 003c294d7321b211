"""What a segment of a window is compared with: the profile's segment, or that of the reference windows."""

from __future__ import annotations

from messages import lacking
from monitoring.looks import scan

from mlops_gitops.monitoring.profiles.profile import NumericColumn, Segment
from mlops_gitops.monitoring.profiles.segments import Segmentation, Values
from mlops_gitops.monitoring.profiles.window_scan import ColumnScan, WindowScan
from mlops_gitops.monitoring.reference_columns import Reference
from mlops_gitops.monitoring.segment_evidence import segment_evidence
from mlops_gitops.monitoring.watch_kind import SegmentEvidence

BY = Segmentation(None, ("region",))


def _ages(*edges: float) -> NumericColumn:
    rows = 20 * (len(edges) + 1)
    return NumericColumn("number", rows, 0, 0, 0, edges, (20,) * (len(edges) + 1), None, None, None)


SOUTH = Segment(None, {"region": "south"}, 40, {"age": _ages(20.0)}, {})
REFERENCE = Reference({"age": _ages(10.0, 20.0, 30.0)}, {"by plan": "column 'plan' is a key"}, (SOUTH,))


def _window(*counts: int) -> WindowScan:
    return scan(sum(counts), columns={"age": ColumnScan(sum(counts), 0, counts=counts)})


def _named(found: tuple[SegmentEvidence, ...] | str) -> dict[str, SegmentEvidence]:
    assert not isinstance(found, str), found
    return {part.name: part for part in found}


def test_a_segment_is_counted_in_the_bins_of_its_own_reference() -> None:
    now: dict[Values, WindowScan] = {("south",): _window(1, 2, 3, 4)}
    part = _named(segment_evidence(BY, REFERENCE, now, [now]))["region=south"]
    assert isinstance(part.scan, WindowScan) and isinstance(part.reference, Reference)
    assert part.scan.columns["age"].counts == (3, 7)
    assert part.reference.columns == SOUTH.columns
    assert part.earlier == (part.scan,)


def test_a_segment_on_one_side_alone_says_so() -> None:
    found = _named(segment_evidence(BY, REFERENCE, {("west",): _window(20, 0, 0, 0)}))
    assert lacking(str(found["region=west"].reference), "reference", "no such segment") == []
    assert lacking(str(found["region=south"].scan), "fewer than 20 rows") == []


def test_a_profile_without_these_segments_says_why() -> None:
    assert lacking(str(segment_evidence(Segmentation("age > 3", ()), REFERENCE, {})), "age > 3", "profile") == []
    assert lacking(str(segment_evidence(Segmentation(None, ("plan",)), REFERENCE, {})), "plan", "is a key") == []
    assert segment_evidence(BY, "no reference", {}) == "no reference"
    assert segment_evidence(BY, REFERENCE, "it is empty") == "it is empty"


def test_reference_windows_need_no_segment_of_the_profile() -> None:
    """A window that could not be read is said so; one without rows of a segment has none."""
    west, south = _window(20, 0, 0, 0), _window(5, 5, 5, 5)
    windows: list[dict[Values, WindowScan] | str] = [{("west",): west}, {("south",): south, ("west",): west}, "lost"]
    found = _named(segment_evidence(BY, REFERENCE, {("west",): west}, (), windows))
    assert found["region=west"].windows == (west, west, "lost")
    assert found["region=west"].reference == REFERENCE
    first = (found["region=south"].windows or ())[0]
    assert isinstance(first, WindowScan) and first.rows == 0
