"""What was measured for a KPI: values with bounds, comparisons with a baseline, slices and gaps between them."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.core.frozen import frozen


@frozen
class Bounds:
    """One-sided confidence bounds in the metric's unit, each at the gate's confidence, by `method`.

    `few` names what the method has too little of to be trusted, and is empty where it has enough. `refutes` is, for
    each condition, the p value of a miss: the smallest share of samples in which chance alone gives evidence as strong
    (the test that inverts the bound). `counts` are what the range of the method is about, and `largest_loss` what the
    bounds assume of rows that were not drawn, as in `Estimate`; so are `with_more_rows`. A record has none of them.
    """

    lower: float
    upper: float
    method: str
    few: str = ""
    refutes: Mapping[str, float] = {}
    counts: Mapping[str, tuple[float, float]] = {}
    largest_loss: float | None = None
    with_more_rows: Bounds | None = None


@frozen
class Unlabelled:
    """Rows without a label, for which labelled rows of a like score stand in.

    `strata` are all rows and those with a label in each stratum of the `score`, from the lowest. `labelled` are value
    and bounds of the labelled rows alone, and `span` is the range of the metric. `worst_case` are the values if every
    missing label is against the model, and if every one is for it; None where nothing says how far a label can move it.
    """

    score: str
    strata: tuple[tuple[int, int], ...]
    labelled: tuple[float, float, float]
    span: tuple[float, float]
    worst_case: tuple[float | None, float | None] = (None, None)


@frozen
class Measured:
    """A value on `n` rows, with bounds where the gate has a confidence; or the reason why there is none.

    `unlabelled` says what a value depends on that also speaks for rows without a label.
    """

    value: float | None
    n: int | None = None
    reason: str = ""
    bounds: Bounds | None = None
    unlabelled: Unlabelled | None = None


@frozen
class Compared:
    """A metric on the rows that candidate and baseline share; or why it cannot be compared.

    `n` and `unpaired` (rows only the candidate has, rows only the baseline has) are None for a number of a metrics
    file. `bounds` are of the candidate's value less the baseline's.
    """

    candidate: float | None
    baseline: float | None
    n: int | None = None
    reason: str = ""
    unpaired: tuple[int, int] | None = None
    bounds: Bounds | None = None

    @property
    def change(self) -> float | None:
        """Candidate minus baseline."""
        return None if self.candidate is None or self.baseline is None else self.candidate - self.baseline


@frozen
class Slice:
    """One slice: the values its rows share, by column (None is an empty value), and what was measured on them."""

    values: Mapping[str, str | None]
    measured: Measured
    compared: Compared | None = None

    @property
    def name(self) -> str:
        """What a table calls it."""
        return ", ".join(f"{column}={'(empty)' if value is None else value}" for column, value in self.values.items())


@frozen
class Gap:
    """The widest difference, or the smallest ratio, between two slices, by their places (from 0), and its bounds."""

    value: float
    between: tuple[int, int]
    bounds: Bounds | None


@frozen
class Measurement:
    """All that was measured for one KPI: on all rows, beside the baseline, and in each slice.

    `identical` is whether the label equals the prediction in every row of more than 50. `missing` counts the rows that
    have no label and the labels that have no row, where another file than the predictions holds the labels.
    """

    whole: Measured
    compared: Compared | None = None
    slices: tuple[Slice, ...] = ()
    gap: Gap | None = None
    ratio: Gap | None = None
    identical: bool = False
    missing: tuple[int, int] | None = None
