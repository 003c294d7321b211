"""What a kind of watch is: one file in watches/, which compares what is known of a window with its limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.results import Measured, Measurement
from mlops_gitops.monitoring.outcome import Comparison
from mlops_gitops.records.gate import Conditions
from mlops_gitops.records.monitoring import Check, Watch

if TYPE_CHECKING:
    from datetime import timedelta

    from mlops_gitops.monitoring.profiles.window_scan import WindowScan
    from mlops_gitops.monitoring.reference_columns import Reference
    from mlops_gitops.records.kpis import Kpi
    from mlops_gitops.records.promotion import Promotion


@frozen
class MeasuredKpi:
    """A KPI on the labelled rows of a window, with bounds at `level`: that of its watch, divided by its groups.

    `conditions` are those of the KPI's own gate, and `definition` is the digest of what it is and of which rows.
    `better` is `higher` or `lower`; None where nothing says which. `earlier` are the values of the first live windows
    of the release, and `promoted` the value that its promotion recorded, each by the name of the group of rows, "" for
    all; a sentence in place of either says why it is not there.
    """

    metric: str
    measurement: Measurement
    level: float
    conditions: Conditions
    better: str | None
    definition: str = ""
    earlier: Mapping[str, tuple[Measured, ...] | str] = {}
    promoted: Mapping[str, Measured] | str = "no promotion recorded it"


@frozen
class Lateness:
    """The time from the end of a window to its newest file, or to now where none has `arrived`."""

    time: timedelta
    arrived: bool = True


@frozen
class SegmentEvidence:
    """What is known of the rows that a watch of drift compares: of one segment, or of all where `name` is empty.

    A sentence in place of a part says why it is not there. `earlier` are the windows before this one, the last first,
    and `windows` those that are the reference, None where the profile is.
    """

    name: str
    reference: Reference | str
    scan: WindowScan | str
    earlier: tuple[WindowScan | str, ...] = ()
    windows: tuple[WindowScan | str, ...] | None = None


@frozen
class Evidence:
    """What is known of a window; a sentence in place of a part says why it is not there.

    `answers` are the columns of the model's answers. `earlier` are the windows before this one, the last first, as far
    as a watch pools them, and `windows` those that are the reference, None where the profile is. `clustered`
    is whether rows depend on one another. `late` is None
    where nothing says when the window arrived. `kpis`
    and `numbers` are by the id of the watch that reads them; so are the `segments` of watches of drift that have some.
    """

    scan: WindowScan | str
    reference: Reference | str
    answers: tuple[str, ...] = ()
    earlier: tuple[WindowScan | str, ...] = ()
    windows: tuple[WindowScan | str, ...] | None = None
    clustered: bool = False
    late: Lateness | None = None
    kpis: Mapping[str, MeasuredKpi | str] = {}
    numbers: Mapping[str, Measured] = {}
    segments: Mapping[str, tuple[SegmentEvidence, ...] | str] = {}


@frozen
class Look:
    """One watch of one window; `level` is how often a test may be wrong in it, and unused where there is none."""

    watch: Watch
    evidence: Evidence
    level: float


@frozen
class Stated:
    """What states limits beside monitoring.yaml: its KPIs as each kpis.yaml had them, and the promotion in force."""

    kpis: tuple[Kpi, ...] = ()
    promotion: Promotion | None = None


@frozen
class WatchKind:
    """One kind of watch; `id` is its key in monitoring.yaml.

    `read` makes the check of what the file says below that key; the class of the check says what a run reads for it.
    `compare` takes the check and gives a comparison for each column, group or number. `allowed` gives the limits that
    the check may hold the comparison of a column, a group or a key to: an audit finds any other.
    """

    id: str
    doc: str | None
    read: Callable[[Mapping[str, Any]], Check]
    compare: Callable[[Any, Look], Iterator[Comparison]]
    allowed: Callable[[Any, str, Stated], Iterable[Mapping[str, float]]]
