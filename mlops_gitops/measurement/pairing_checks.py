"""Why the rows that two files share are not the same rows with two predictions: one sentence, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlops_gitops.measurement.columns.column_types import FLOATS, key_kind
from mlops_gitops.measurement.reasons import SHOWN, counted, declaration
from mlops_gitops.measurement.rows import Rows

ALIKE = {  # kinds of keys by the type that holds all of them
    "integer": {"integer", "decimal", *FLOATS},
    "timestamp": {"timestamp", "DATE", "TIMESTAMP WITH TIME ZONE"},
}


def keys_fault(candidate: Rows, baseline: Rows) -> str:
    """Why the keys of two files do not compare, by their types, if they do not."""
    types = [rows.key_type for rows in (candidate, baseline)]
    kinds = {key_kind(type) for type in types}
    if len(kinds) == 1 or "VARCHAR" in kinds:
        return ""
    key, other = str(candidate.data.key), str(baseline.data.key)
    declared = next((name for name, alike in ALIKE.items() if kinds <= alike), "text")
    again = "" if key == other else f"column {other!r} is "
    named = f"column {key!r} is {types[0]} in {candidate.title} and {again}{types[1]} in {baseline.title}"
    write = f"write both with one type, or declare {declaration(dict.fromkeys((key, other), declared))}"
    return f"{named}, which do not compare as keys: {write}"


def unshared_fault(candidate: Rows, baseline: Rows, first: Mapping[str, str | None], title: str) -> str:
    """That two files, which have a title together, share no key, with the first key of each; or that one is empty."""
    sides = {"candidate": candidate, "baseline": baseline}
    if empty := next((rows.title for side, rows in sides.items() if first[side] is None), ""):
        return f"{empty} has no rows"
    held = (
        f"{first['candidate']!r:.{SHOWN}} in {candidate.title} and {first['baseline']!r:.{SHOWN}} in {baseline.title}"
    )
    same = f"if they are the same, declare the type of {candidate.data.key!r} in `columns`"
    return f"no row of {title} has its key in both files: the first keys are {held}; {same}"


def kinds_fault(candidate: Rows, baseline: Rows) -> str:
    """Why the labels of two files cannot be compared, if they cannot."""
    files = (candidate, baseline)
    same = (candidate.kind("label") == "text") == (baseline.kind("label") == "text")
    if candidate.derived or same or all("label" in rows.class_texts() for rows in files):
        return ""
    types = f"{candidate.type('label')} in {candidate.title} and {baseline.type('label')} in {baseline.title}"
    return f"column {candidate.data.label!r} is {types}, which do not compare"


def pairing_fault(candidate: Rows, baseline: Rows, counts: Mapping[str, int], alike: Sequence[str]) -> str:
    """Why the rows that two files share are not the same rows with two predictions, if they are not.

    They must agree in the label, and in the columns `alike` that say which rows count, in which slice and cluster. Else
    a candidate could choose what it is measured on.
    """
    differing = {candidate.data.label: counts["relabelled"]}
    differing |= {column: counts[f"moved.{n}"] for n, column in enumerate(alike)}
    for column, rows in differing.items():
        if rows:
            return f"column {column!r} differs between {candidate.title} and {baseline.title} in {counted(rows, 'row')}"
    return ""
