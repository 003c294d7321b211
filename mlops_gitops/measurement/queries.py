"""The queries over prediction files: what says whether a file can be measured, and the counts and sums of its cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.columns.column_types import (
    comparable_number,
    comparison_kind,
    decimal_digits,
    epsilon,
    is_decimal,
    is_integer,
    narrowest_float,
)
from mlops_gitops.measurement.rows import CLASSES, Rows, is_score
from mlops_gitops.measurement.sql import identifier, select_list
from mlops_gitops.metrics.aggregates import BASELINE
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.records.kpis import SCORES

SUM_TOLERANCE = 1e-6  # of the scores of a row from 1: what single precision leaves of it
DIGITS = 15  # that two decimal numbers may have, for their DOUBLEs to differ where they do
PLACES = (3, 4, 5, 6)  # decimals that scores may be rounded to
LARGEST = 2**53  # below it every whole number is a DOUBLE of its own
OFTEN = "mlops-gitops often"  # the column of how many rows a combination of labels and predictions has
KEY = "mlops-gitops key"  # the column that two files are joined by
NUMBERS = {"UTINYINT": 2**8, "USMALLINT": 2**16, "INTEGER": 2**31}  # types, and how many numbers from 0 each holds
LISTED = 5  # classes a soundness query lists: more than a reason names, and one of them may be the negative class


def soundness(rows: Rows, metrics: Collection[Metric]) -> str:
    """One row of counts that say whether the file can be measured by these metrics.

    `rows`; per meaning `nulls`; of numbers `infinite` (NaN too); of labels and predictions the `largest` distance from
    0; of scores how many lie outside [0, 1], and about how many distinct ones there are; and where a metric is one of
    two classes up to five labels and predictions that are not the positive class (`others`). Where the data set
    declares its classes, up to five that are none of them (`outside`). `differing` rows have another prediction than
    label, where the two compare. Of the scores of many classes, rows whose sum is not 1 and up to five labels that are
    none of them. Columns are named `meaning.count`.
    """
    classes = rows.derived or any(metric.binary for metric in metrics)
    parts = [_row_counts(rows, classes=classes)]
    if by := [meaning for meaning in CLASSES if meaning in rows.declared()]:
        # Each combination of label and prediction is looked at once; of quantities there are as many as rows.
        quantities = any(metric.numeric for metric in metrics)
        parts.append(_class_counts(rows, by, classes=classes, often="" if quantities else OFTEN))
    return f"SELECT * FROM {' CROSS JOIN '.join(f'({part})' for part in parts)}"


def _row_counts(rows: Rows, *, classes: bool) -> str:
    """The counts of what is in each row: key, cluster and scores."""
    columns = {meaning: sql for meaning, sql in rows.declared().items() if meaning not in CLASSES}
    if "key" in columns:
        key = str(rows.column("key"))
        columns["key"] = rows.written_text(key) or rows.sql(key)
    counts, tests = {"rows": "count(*)"}, dict[str, str]()
    for meaning in columns:
        counts |= _column_counts(rows, meaning)
    if rows.data.cluster in rows.types:
        tests |= {"cluster": rows.sql(str(rows.data.cluster))}
        counts["cluster.nulls"] = _count("cluster IS NULL")
    if "score" in columns:
        counts["score.distinct"] = "approx_count_distinct(score)"
    if rows.derived and classes and len(rows.class_tests()) == 2:
        tests |= rows.class_tests()
        counts["differing"] = _count("positive IS DISTINCT FROM predicted")
    if rows.likelihoods():
        counts |= _sum_counts(rows, [meaning for meaning in columns if meaning.startswith(SCORES)])
    return f"SELECT {select_list(counts)} FROM ({rows.select_query(columns | tests or {'nothing': 'NULL'})})"


def _class_counts(rows: Rows, by: Sequence[str], *, classes: bool, often: str) -> str:
    """The counts of label and prediction; the column `often` holds how many rows have a combination of them."""
    columns, counts, tests = rows.declared(), dict[str, str](), dict[str, str]()
    for meaning in by:
        counts |= _column_counts(rows, meaning, often)
        if is_decimal(rows.type(meaning)) and decimal_digits(rows.type(meaning))[0] > DIGITS:
            tests[f"{meaning}.written"] = f"CAST({rows.sql(str(rows.column(meaning)))} AS VARCHAR)"
            counts[f"{meaning}.digits"] = _count(_is_long(identifier(f"{meaning}.written")), often)
        test = {"label": "positive", "prediction": "predicted"}[meaning]
        if rows.data.classes and (wanted := rows.declared_class_test(meaning)):
            tests[f"{meaning}.declared"] = wanted
            counts[f"{meaning}.outside"] = _distinct(meaning, f'"{meaning}.declared"')
        if classes and (wanted := rows.class_tests().get(test)):
            tests[test] = wanted
            counts[f"{meaning}.others"] = _distinct(meaning, test)
    if _compare(rows):
        counts["differing"] = _count("label IS DISTINCT FROM prediction", often)
    if rows.likelihoods():
        tests["declared"] = " OR ".join(str(rows.class_test(name)) for name in rows.data.scores)
        counts["scores.others"] = _distinct("label", "declared")
    selected = {meaning: columns[meaning] for meaning in by} | tests
    grouped = [str(rows.column(meaning)) for meaning in by] if often else []
    return f"SELECT {select_list(counts)} FROM ({rows.select_query(selected, grouped, often)})"


def _compare(rows: Rows) -> bool:
    """Whether a file has columns of labels and of predictions that compare."""
    if rows.derived or not {*CLASSES} <= rows.declared().keys():
        return False
    kinds = {rows.kind(meaning) for meaning in CLASSES}
    return kinds <= {"number", "boolean"} or kinds == {"text"}


def _count(test: str, often: str = "") -> str:
    """How many rows pass a test; `often` names the column of how many rows a row stands for."""
    return (
        f"coalesce(sum({identifier(often)}) FILTER (WHERE {test}), 0)" if often else f"count(*) FILTER (WHERE {test})"
    )


def _column_counts(rows: Rows, meaning: str, often: str = "") -> dict[str, str]:
    name = identifier(meaning)
    counts = {f"{meaning}.nulls": _count(f"{name} IS NULL", often)}
    if meaning != "key" and rows.kind(meaning) != "text":
        counts[f"{meaning}.infinite"] = _count(f"NOT isfinite({name})", often)
        if meaning in CLASSES:
            counts[f"{meaning}.largest"] = f"max(abs({name})) FILTER (WHERE isfinite({name}))"
        if rows.is_exact(meaning):
            counts[f"{meaning}.large"] = _count(f"abs({name}) >= {LARGEST}", often)
    if is_score(meaning):
        counts[f"{meaning}.outside"] = _count(f"{name} < 0 OR {name} > 1", often)
    return counts


def _is_long(text: str) -> str:
    """Whether a decimal number has more digits than a DOUBLE tells apart, zeros at the ends not counted."""
    return f"length(trim(replace(replace({text}, '.', ''), '-', ''), '0')) > {DIGITS}"


def _sum_counts(rows: Rows, scores: Sequence[str]) -> dict[str, str]:
    """Rows whose scores do not sum to 1: as they are, and with what rounding each to a few decimals explains.

    `scores.rounded.3` is whether all scores have at most 3 decimals, as far as their type tells.
    """
    names = [identifier(meaning) for meaning in scores]
    step, error = epsilon(map(rows.type, scores)), f"abs({' + '.join(names)} - 1)"
    exact = max(SUM_TOLERANCE, len(names) * step)
    counts = {"scores.sums": f"count(*) FILTER (WHERE {error} > {exact!r})"}
    for places in PLACES:
        rounded = (f"abs({name} - round({name}, {places})) <= {step!r}" for name in names)
        counts[f"scores.rounded.{places}"] = f"bool_and({' AND '.join(rounded)})"
        most = max(exact, len(names) * (0.5 * 10.0**-places + step))
        counts[f"scores.sums.{places}"] = f"count(*) FILTER (WHERE {error} > {most!r})"
    return counts


def _distinct(meaning: str, test: str) -> str:
    """The first values of a column for which a test does not hold."""
    return f"list_sort(list(DISTINCT {meaning}) FILTER (WHERE NOT {test}))[1:{LISTED}]"


def keys(rows: Rows) -> str:
    """The keys where they are whole numbers of 64 bits at most, else a hash of each, equal for equal keys."""
    type = rows.key_type
    if is_integer(type) and not type.endswith("HUGEINT"):
        return rows.select_query({"key": rows.sql(str(rows.column("key")))})
    return f"SELECT hash(key) AS key FROM ({rows.select_query({'key': rows.declared()['key']})})"


def distinct_keys(rows: Rows) -> str:
    """One row with the number of distinct keys."""
    return f"SELECT count(DISTINCT key) AS key FROM ({rows.select_query({'key': rows.declared()['key']})})"


def selected(view: str, columns: Mapping[str, str]) -> str:
    """Columns of a view under other names."""
    return f"SELECT {select_list(columns)} FROM {identifier(view)}"


def key_counts(rows: Rows) -> str:
    """One row: how many rows a file has, and in how many of them the key is empty."""
    counts = {"rows": "count(*)", "key.nulls": "count(*) FILTER (WHERE key IS NULL)"}
    return f"SELECT {select_list(counts)} FROM ({rows.select_query({'key': rows.declared()['key']})})"


def joined(predictions: Rows, labels: Rows, columns: Iterable[str]) -> str:
    """The rows of two files that have one key: all columns of the predictions, and these of the labels."""
    key, taken = identifier(KEY), ", ".join(["", *(f"labels.{identifier(name)}" for name in columns)])
    ours, theirs = (
        f"(SELECT *, {rows.declared()['key']} AS {key} FROM {identifier(rows.view)})" for rows in (predictions, labels)
    )
    return (
        f"SELECT predictions.* EXCLUDE ({key}){taken} "
        f"FROM {ours} AS predictions JOIN {theirs} AS labels ON predictions.{key} = labels.{key}"
    )


def alone(predictions: Rows, labels: Rows, joined: Rows) -> str:
    """One row: how many rows of each file count and have no partner in the other, and how many are `joined` at all and
    `matched`, which count.
    """
    rows = (predictions, labels, joined)
    counting = [side.select_query({"key": side.declared()["key"]}) for side in rows]
    ours, theirs, every = (replace(side, only="").select_query({"key": side.declared()["key"]}) for side in rows)
    counts = {
        "predictions": f"(SELECT count(*) FROM ({counting[0]}) ANTI JOIN ({theirs}) USING (key))",
        "labels": f"(SELECT count(*) FROM ({counting[1]}) ANTI JOIN ({ours}) USING (key))",
        "joined": f"(SELECT count(*) FROM ({every}))",
        "matched": f"(SELECT count(*) FROM ({counting[2]}))",
    }
    return f"SELECT {select_list(counts)}"


def unlabelled(predictions: Rows, labels: Rows) -> str:
    """The rows of the predictions that count and whose key no label has, with all their columns."""
    key, only = identifier(KEY), f" WHERE {predictions.only}" if predictions.only else ""
    ours = f"SELECT *, {predictions.declared()['key']} AS {key} FROM {identifier(predictions.view)}{only}"
    theirs = f"SELECT {labels.declared()['key']} AS {key} FROM {identifier(labels.view)}"
    return f"SELECT * EXCLUDE ({key}) FROM ({ours}) ANTI JOIN ({theirs}) USING ({key})"


def centre(name: str) -> str:
    """The column of a table of centres that holds the mean of another column."""
    return identifier(f"centre {name}")


def centres(view: str, columns: Iterable[str], number: str | None) -> str:
    """The mean of each column of a view, over all rows or by the column that numbers a row's slice."""
    means = {f"centre {name}": f"avg({identifier(name)})" for name in columns}
    if number is None:
        return f"SELECT {select_list(means)} FROM {identifier(view)}"
    query = f"SELECT {select_list({'number': identifier(number)} | means)} FROM {identifier(view)}"
    return f"{query} GROUP BY {identifier(number)}"


def sums_about(view: str, table: str, number: str | None, by: Sequence[str], sums: Iterable[str]) -> str:
    """How many rows each combination of `by` has, and sums of them about the centres in a table.

    What is summed is named by its own text.
    """
    named = {name: f"cells.{identifier(name)}" for name in by}
    columns = select_list({"rows": "count(*)"} | named | {sum: sum for sum in sums})
    query = f"SELECT {columns} FROM {identifier(view)} AS cells"
    query += (
        f" CROSS JOIN {identifier(table)}"
        if number is None
        else (f" JOIN {identifier(table)} AS about ON cells.{identifier(number)} = about.number")
    )
    return f"{query} GROUP BY {', '.join(named.values())}" if named else query


def side(rows: Rows, terms: Mapping[str, str], kept: Mapping[str, str]) -> str:
    """The canonical columns of a file with terms of metrics, and the SQL of `kept` as text under their names."""
    canonical = rows.canonical_query({name: f"CAST({column} AS VARCHAR)" for name, column in kept.items()})
    return f"SELECT *{''.join(f', {sql} AS {identifier(name)}' for name, sql in terms.items())} FROM ({canonical})"


def paired(ours: str, theirs: str, columns: Iterable[str]) -> str:
    """The rows of two sides with one key: all of ours, and these columns of theirs, called before."""
    old = ", ".join(f"theirs.{identifier(name)} AS {identifier(BASELINE + name)}" for name in columns)
    return f"SELECT ours.*{', ' + old if old else ''} FROM ({ours}) AS ours JOIN ({theirs}) AS theirs USING (key)"


def numbered(view: str, columns: Sequence[str]) -> str:
    """Each combination of values of these columns, and its number."""
    named = ", ".join(map(identifier, columns))
    query = f"SELECT {named}, CAST(row_number() OVER (ORDER BY {named}) - 1 AS INTEGER) AS number"
    return f"{query} FROM (SELECT DISTINCT {named} FROM {identifier(view)})"


def first(table: str, rows: int) -> str:
    """The first combinations of a numbered table."""
    return f"SELECT * FROM {identifier(table)} ORDER BY number LIMIT {rows:d}"


def with_numbers(view: str, tables: Mapping[str, Sequence[str]], sizes: Mapping[str, int]) -> str:
    """A view and, under the name of each table of it, which combination of the table's columns a row has.

    `sizes` say of some how many combinations there are: small numbers are counted and sorted sooner.
    """
    taken, joins = "", ""
    for name, columns in tables.items():
        table = identifier(f"{view}.{name}")
        same = (
            f"numbered.{identifier(column)} IS NOT DISTINCT FROM {table}.{identifier(column)}" for column in columns
        )
        type = next(type for type, most in NUMBERS.items() if sizes.get(name, 2**31) <= most)
        taken += f", CAST({table}.number AS {type}) AS {identifier(name)}"
        joins += f" JOIN {table} ON {' AND '.join(same)}"
    return f"SELECT numbered.*{taken} FROM {identifier(view)} AS numbered{joins}"


def cells(view: str, by: Mapping[str, str], numbers: Sequence[str], sums: Iterable[str], *, one_by_one: bool) -> str:
    """How many rows share each combination of `by` and `numbers`, and their sums; or `one_by_one` every row.

    `by` are expressions by their names. What is summed is named by its own text.
    """
    named = {name: identifier(name) for name in numbers} | dict(by)
    rows = "CAST(1 AS UTINYINT)" if one_by_one else "count(*)"
    query = f"SELECT {select_list({'rows': rows} | named | {sum: sum for sum in sums})} FROM {identifier(view)}"
    return f"{query} GROUP BY {', '.join(named.values())}" if named and not one_by_one else query


def comparable_columns(column: str, *files: Rows) -> list[str]:
    """A column of two files as expressions that compare: numbers as such, columns of other types as text."""
    types = [rows.types[column] for rows in files]
    if len(set(types)) == 1 or all(map(is_integer, types)):
        return [rows.sql(column) for rows in files]
    if {comparison_kind(type) for type in types} == {"number"}:
        narrowest = narrowest_float(types)
        wide = [f"CAST({rows.sql(column)} AS DOUBLE)" for rows in files]
        return [comparable_number(sql, type, narrowest) for sql, type in zip(wide, types, strict=True)]
    return [rows.written_text(column) or f"CAST({rows.sql(column)} AS VARCHAR)" for rows in files]


def first_keys(candidate: Rows, baseline: Rows) -> str:
    """One row with the first key of each file."""
    own = {
        name: f"(SELECT min(key) FROM ({rows.select_query({'key': rows.declared()['key']})}))"
        for name, rows in (("candidate", candidate), ("baseline", baseline))
    }
    return f"SELECT {select_list(own)}"


def _label_text(rows: Rows) -> dict[str, str]:
    text = rows.class_texts().get("label")
    return {} if text is None else {"label.text": text}


def comparable_labels(candidate: Rows, baseline: Rows) -> list[str]:
    """The labels of `ours` and `theirs` as expressions that compare."""
    sides = (("ours", candidate), ("theirs", baseline))
    if not candidate.derived and (candidate.kind("label") == "text") != (baseline.kind("label") == "text"):
        return [f'{side}."label.text"' for side, _ in sides]
    narrowest = narrowest_float([candidate.type("label"), baseline.type("label")])
    return [comparable_number(f"{side}.label", rows.type("label"), narrowest) for side, rows in sides]


def pairing(candidate: Rows, baseline: Rows, alike: Sequence[str]) -> str:
    """One row: keys of the candidate only, of the baseline only, and pairs whose labels differ; `moved.N` counts pairs
    that differ in the Nth column of `alike`.

    A filter chooses the candidate's rows; a row of the baseline that it leaves out is not without a partner.
    """
    columns = [comparable_columns(column, candidate, baseline) for column in alike]
    own, other = (
        {f"moved.{n}": pair[side] for n, pair in enumerate(columns)} | _label_text(rows)
        for side, rows in enumerate((candidate, baseline))
    )
    counted = {"counts": f"({candidate.only}) IS TRUE" if candidate.only else "true"}
    ours, theirs = replace(candidate, only="").canonical_query(own | counted), baseline.canonical_query(other)
    labels, paired = comparable_labels(candidate, baseline), "ours.key IS NOT NULL AND theirs.key IS NOT NULL"
    counts = {
        "candidate": _count("ours.counts AND theirs.key IS NULL"),
        "baseline": _count("ours.key IS NULL"),
        "relabelled": _count(f"{paired} AND ours.counts AND {labels[0]} IS DISTINCT FROM {labels[1]}"),
    }
    for name in (f"moved.{n}" for n in range(len(alike))):
        column = identifier(name)
        counts[name] = _count(f"{paired} AND ours.{column} IS DISTINCT FROM theirs.{column}")
    return f"SELECT {select_list(counts)} FROM ({ours}) AS ours FULL JOIN ({theirs}) AS theirs ON ours.key = theirs.key"
