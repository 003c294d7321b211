"""Why a prediction file cannot be measured: one sentence that names the data set and the column, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gitops.measurement.columns.column_types import FLOATS, comparison_kind
from mlops_gitops.measurement.queries import DIGITS, PLACES
from mlops_gitops.measurement.reasons import column_title, counted, declaration, listed
from mlops_gitops.measurement.rows import CLASSES, Rows, compares_as_text, is_score
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.records.gate import Gate
from mlops_gitops.records.kpis import SCORES

MAX_SCALE = 1e30  # of quantities: the moments of squares take eighth powers
NESTED = "write one value a row, such as a row for each label"


def schema_fault(rows: Rows, *meanings: str) -> str:
    """The first of these columns that is not declared, or is not in the file."""
    for meaning in meanings:
        name = rows.data.columns().get(meaning)
        if name is None:
            return f"{rows.title} declares no {meaning} column"
        if fault := _absent(rows, name):
            return fault
    return ""


def nested_fault(rows: Rows) -> str:
    """The first column with lists or structures where one value a row is needed."""
    for meaning in rows.data.columns():
        if rows.column(meaning) and rows.kind(meaning) == "nested":
            return f"{column_title(rows, meaning)} is {rows.type(meaning)}: {NESTED}"
    return ""


def _absent(rows: Rows, name: str) -> str:
    if name in rows.types:
        return ""
    import difflib

    known = {column.casefold(): column for column in rows.types}
    (near,) = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=0.0)
    return f"{rows.title} has no column {name!r}; the nearest is {known[near]!r}"


def gate_fault(rows: Rows, gate: Gate | None, counts: Mapping[str, Any]) -> str:
    """Why the slices or the clusters of a gate cannot be taken from a file; empty where they can."""
    for column in gate.slices.by if gate and gate.slices else ():
        if fault := _group_fault(rows, column, counts):
            return fault
    cluster = rows.data.cluster if gate and gate.confidence else None
    if cluster is None:
        return ""
    if fault := _group_fault(rows, cluster, counts):
        return fault
    nulls = counts["cluster.nulls"]
    return f"column {cluster!r} of {rows.title} holds {counted(nulls, 'empty value')}" if nulls else ""


def _group_fault(rows: Rows, column: str, counts: Mapping[str, Any]) -> str:
    """Why the values of a column do not say which rows belong together."""
    if fault := _absent(rows, column):
        return fault
    if comparison_kind(rows.types[column]) == "nested":
        return f"column {column!r} of {rows.title} is {rows.types[column]}: {NESTED}"
    texts = counts.get(f"merged.{column}")
    return _ambiguous(rows, [column], texts, "one value and two texts") if texts else ""


def _ambiguous(rows: Rows, columns: Sequence[str], texts: Sequence[str], fault: str) -> str:
    """A sentence that names the key to write."""
    holds = f"column {columns[0]!r} of {rows.title} holds {listed(texts[:1])}"
    holds += f" and {columns[-1]!r}" if len(columns) > 1 else " and"
    declared = declaration(dict.fromkeys(columns, "text"))
    write = f"write {declared} if they are two, or the type in which they are one"
    return f"{holds} {listed(texts[1:])}, which are {fault}: {write}"


def shared_fault(rows: Rows, counts: Mapping[str, Any]) -> str:
    """What makes every metric of the file unavailable: no rows, or keys or labels that cannot be trusted."""
    if not counts["rows"]:
        return f"{rows.title} has no rows" + (" that its `where` keeps" if rows.only else "")
    meanings = ["key", "label"] if rows.data.key else ["label"]
    faults = (fault for meaning in meanings for fault in _column_faults(rows, counts, meaning))
    return next(faults, "") or _undeclared(rows, counts, "label")


def key_fault(rows: Rows, counts: Mapping[str, Any]) -> str:
    """What makes the keys of a file identify no rows: an empty one, or one that is there more than once."""
    return next(_column_faults(rows, counts, "key"), "")


def metric_fault(rows: Rows, metric: Metric, counts: Mapping[str, Any]) -> str:
    """What makes one metric unavailable, in a file whose keys and labels can be trusted."""
    return next(_metric_faults(rows, metric, counts), "")


def type_faults(rows: Rows, metric: Metric) -> Iterator[tuple[str, str]]:
    """The columns whose type a metric cannot use, by what they mean; nothing where one is missing or not known."""
    used = _used(rows, metric)
    if schema_fault(rows, *used):
        return
    yield from _type_faults(rows, metric, used)
    if metric.binary or (rows.derived and "prediction" in metric.needs):
        for meaning in used:
            if (
                meaning in ("label", "prediction")
                and rows.kind(meaning) != "unknown"
                and rows.positive_test(meaning) is None
            ):
                yield meaning, _not_classes(rows, meaning)


def _used(rows: Rows, metric: Metric) -> list[str]:
    used = ["score" if need == "prediction" and rows.derived else need for need in sorted(metric.needs)]
    scores = [f"{SCORES}{name}" for name in rows.data.scores] or ["scores"]
    return [meaning for need in used for meaning in (scores if need == "scores" else [need])]


def _metric_faults(rows: Rows, metric: Metric, counts: Mapping[str, Any]) -> Iterator[str]:
    used = _used(rows, metric)
    if missing := schema_fault(rows, *used):
        yield missing
        return
    yield from (fault for _, fault in _type_faults(rows, metric, used))
    for meaning in used:
        yield from _column_faults(rows, counts, meaning)
    if metric.numeric and not rows.derived:
        yield from _scale_faults(rows, counts)
    if "prediction" in used and (unexpected := _undeclared(rows, counts, "prediction")):
        yield unexpected
    for meaning in used:
        if metric.probabilistic and is_score(meaning) and (outside := counts[f"{meaning}.outside"]):
            yield f"{column_title(rows, meaning)} holds {counted(outside, 'score')} outside [0, 1]"
    if "scores" in metric.needs:
        yield from _scores_faults(rows, counts)
    yield from _text_faults(rows, metric, counts)
    if metric.binary or (rows.derived and "prediction" in metric.needs):
        yield from _class_faults(rows, counts, [meaning for meaning in used if not is_score(meaning)])


def _scale_faults(rows: Rows, counts: Mapping[str, Any]) -> Iterator[str]:
    """Quantities so large or so small that their powers overflow double precision, or lose its digits."""
    for meaning in CLASSES:
        largest = counts.get(f"{meaning}.largest") or 0.0
        if largest > MAX_SCALE or 0 < largest < 1 / MAX_SCALE:
            unit = f"measure in a unit in which the largest lies between {1 / MAX_SCALE:g} and {MAX_SCALE:g}"
            yield f"{column_title(rows, meaning)} holds values up to {largest:.3g}: {unit}"


def compares_classes(rows: Rows, metric: Metric) -> bool:
    """Whether a metric takes labels, predictions or scores as of classes, which are equal or not."""
    return not metric.numeric and not rows.derived and (metric.binary or bool(metric.needs & {"prediction", "scores"}))


def _text_faults(rows: Rows, metric: Metric, counts: Mapping[str, Any]) -> Iterator[str]:
    """Labels and predictions of a CSV file that are one class as numbers and two as texts."""
    if not compares_classes(rows, metric):
        return
    for name in CLASSES:
        if name in metric.needs and (long := counts.get(f"{name}.digits")):
            numbers = f"{counted(long, 'number')} of more than {DIGITS} digits"
            yield f"{column_title(rows, name)} holds {numbers}, which cannot be distinguished"
    columns = [str(rows.column(name)) for name in CLASSES if name in metric.needs]
    declared = [rows.data.positive] if metric.binary else list(rows.data.classes or [""])
    if any(isinstance(value, str) for value in declared):
        for name in (*CLASSES, "classes"):
            needed = len(columns) > 1 if name == "classes" else name in metric.needs
            if (texts := counts.get(f"{name}.merged")) and needed:
                merged = columns if name == "classes" else [str(rows.column(name))]
                yield _ambiguous(rows, merged, texts, "one value and two texts")
    if len(columns) > 1 and (texts := counts.get("classes.split")):
        yield _ambiguous(rows, columns, texts, "two texts and may be one value")
    if len(columns) > 1 and compares_as_text(rows) and counts.get("classes.shared") == 0:
        yield _incomparable(rows)


def _scores_faults(rows: Rows, counts: Mapping[str, Any]) -> Iterator[str]:
    """Labels that no score is of, and rows whose scores are no distribution over the classes."""
    if others := counts["scores.others"]:
        yield f"{column_title(rows, 'label')} holds {listed(others)}, and `scores` has no such class"
    rounded = next((places for places in PLACES if counts[f"scores.rounded.{places}"]), None)
    if sums := counts["scores.sums" if rounded is None else f"scores.sums.{rounded}"]:
        more = "" if rounded is None else f", by more than rounding to {rounded} decimals explains"
        yield f"the scores of {rows.title} do not sum to 1 in {counted(sums, 'row')}{more}"


def _type_faults(rows: Rows, metric: Metric, used: list[str]) -> Iterator[tuple[str, str]]:
    if fault := nested_fault(rows):
        yield "label", fault
        return
    for meaning in used:
        needed = is_score(meaning) or (metric.numeric and not rows.derived)
        if needed and rows.kind(meaning) not in ("number", "unknown"):
            yield meaning, f"{column_title(rows, meaning)} is {rows.type(meaning)} where a number is needed"
    kinds = {rows.kind(meaning) for meaning in CLASSES if meaning in used}
    if "prediction" in used and "unknown" not in kinds and kinds > {"text"} and not compares_as_text(rows):
        yield "prediction", _incomparable(rows)
    if "scores" in metric.needs and rows.kind("label") != "unknown":
        yield from _class_names(rows)


def _incomparable(rows: Rows) -> str:
    types = f"{rows.type('label')} and {rows.data.prediction!r} {rows.type('prediction')}"
    return f"{column_title(rows, 'label')} is {types}, which do not compare"


def _class_names(rows: Rows) -> Iterator[tuple[str, str]]:
    """The classes of `scores` that are no label, by the label's type, or the same label as one before."""
    known: dict[str, str] = {}
    for name in rows.data.scores:
        test = rows.class_test(name)
        if test is None:
            message = f"class {name!r} of `scores` does not compare with {column_title(rows, 'label')}"
            yield f"{SCORES}{name}", f"{message}, which is {rows.type('label')}"
        elif (first := known.setdefault(test, name)) != name:
            yield f"{SCORES}{name}", f"classes {first!r} and {name!r} of `scores` are the same label of {rows.title}"


def _not_classes(rows: Rows, meaning: str) -> str:
    return f"{column_title(rows, meaning)} is {rows.type(meaning)}, not {_wanted(rows)}"


def _wanted(rows: Rows) -> str:
    positive = rows.data.positive
    return "1 and 0, or true and false" if positive is None else f"the positive class {positive!r} and one other"


def _column_faults(rows: Rows, counts: Mapping[str, Any], meaning: str) -> Iterator[str]:
    column = column_title(rows, meaning)
    if nulls := counts[f"{meaning}.nulls"]:
        yield f"{column} holds {counted(nulls, 'empty value')}"
    if large := counts.get(f"{meaning}.large"):
        yield f"{column} holds {counted(large, 'whole number')} of 2^53 or more, which cannot be distinguished"
    if infinite := counts.get(f"{meaning}.infinite"):
        yield f"{column} holds {counted(infinite, 'value')} NaN or infinite"
    if meaning == "key" and (repeated := counts["rows"] - counts["key.distinct"]):
        wide = ", which holds no whole number beyond 2^53: write keys as integers or text"
        rounded = wide if rows.key_type in FLOATS else ""
        yield f"{column} repeats keys in {counted(repeated, 'row')}, read as {rows.key_type}{rounded}"


def _class_faults(rows: Rows, counts: Mapping[str, Any], meanings: list[str]) -> Iterator[str]:
    """Values outside two classes: 1 and 0, or the declared positive class and the one other that the labels have."""
    positive, wanted = rows.data.positive, _wanted(rows)
    if odd := [meaning for meaning in meanings if rows.positive_test(meaning) is None]:
        yield _not_classes(rows, odd[0])
        return
    others = {meaning: counts[f"{meaning}.others"] or [] for meaning in meanings}
    negative = [0] if positive is None else next(filter(None, others.values()), [])[:1]
    for meaning, values in others.items():
        if unexpected := [value for value in values if value not in negative]:
            found = unexpected if positive is None else values
            yield f"{column_title(rows, meaning)} holds {listed(found)} where {wanted} are expected"


def _undeclared(rows: Rows, counts: Mapping[str, Any], meaning: str) -> str:
    """What a column holds outside the declared classes, or that it is of another type; empty where neither is true."""
    if rows.data.classes is None:
        return ""
    if rows.declared_class_test(meaning) is None:
        return f"{column_title(rows, meaning)} is {rows.type(meaning)}, which the declared classes are not"
    found = counts[f"{meaning}.outside"]
    return f"{column_title(rows, meaning)} holds {listed(found)}, outside the declared classes" if found else ""
