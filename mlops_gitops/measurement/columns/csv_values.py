"""Values of CSV columns that are one number or boolean and several texts, or one text and several values: ambiguous."""

from __future__ import annotations

from collections.abc import Iterable

from mlops_gitops.measurement.rows import CLASSES, Rows, compares_as_text
from mlops_gitops.measurement.sql import identifier, select_list

_FIRST = "ORDER BY 1 LIMIT 1"
# The number or boolean that a text may stand for, also in a column of other texts.
_MEANT = """coalesce(TRY_CAST(text AS DOUBLE), CASE WHEN lower(text) IN ('true', 't', 'yes', 'y') THEN 1
    WHEN lower(text) IN ('false', 'f', 'no', 'n') THEN 0 END)"""


def merged_values(rows: Rows, columns: Iterable[str]) -> str:
    """One row: for each column that is read as a number or a boolean two texts that are one value, or NULL."""
    read = [name for name in columns if rows.written_text(name) is not None and rows.types[name] != "VARCHAR"]
    sources = {name: _values(rows, identifier(name), rows.sql(name), rows.types[name]) for name in read}
    return f"SELECT {select_list({name: _merged(source) for name, source in sources.items()})}" if read else "SELECT 0"


def class_conflicts(rows: Rows) -> str:
    """One row about the texts of labels and predictions, each two texts or NULL, as far as the file has them.

    `label.merged` and `prediction.merged` are one value; `classes.merged` are one value over both columns, other than a
    whole number and the same with a point. Where both compare as text, `classes.split` are a label and a prediction
    that may stand for one value, and `classes.shared` counts the texts that both have.
    """
    texts = {name: text for name, text in rows.class_texts().items() if rows.column(name) not in rows.data.column_types}
    types = {name: rows.type(name) for name in texts}
    values = {name: _values(rows, text, rows.sql(str(rows.column(name))), types[name]) for name, text in texts.items()}
    found = {f"{name}.merged": _merged(values[name]) for name in texts if rows.kind(name) != "text"}
    if len(texts) == len(CLASSES):
        label, prediction = (values[name] for name in CLASSES)
        kinds = {rows.kind(name) for name in CLASSES}
        if len(kinds) == 1 and "text" not in kinds:
            plain = "SELECT DISTINCT regexp_replace(trim(text), '\\.0*$', '') AS text, value FROM "
            found["classes.merged"] = _merged(f"{plain} ({label} UNION {prediction})")
        if kinds == {"text"} or compares_as_text(rows):
            found |= _shared(label, prediction)
    return f"SELECT {select_list(found)}" if found else "SELECT 0"


def _values(rows: Rows, text: str, value: str, type: str) -> str:
    """The distinct texts of a column, and the value that each is read as."""
    columns = {"text": f"lower({text})" if type == "BOOLEAN" else text, "value": value}
    return f"SELECT DISTINCT text, value FROM ({rows.select_query(columns)}) WHERE text IS NOT NULL"


def _merged(values: str) -> str:
    return f"(SELECT list_sort(list(text))[1:2] FROM ({values}) GROUP BY value HAVING count(*) > 1 {_FIRST})"


def _shared(label: str, prediction: str) -> dict[str, str]:
    labels, predictions = (f"(SELECT text, {_MEANT} AS meant FROM ({values}))" for values in (label, prediction))
    split = f"""(SELECT [min(labels.text), min(predictions.text)] FROM {labels} AS labels
        JOIN {predictions} AS predictions USING (meant) GROUP BY meant
        HAVING count(*) FILTER (WHERE labels.text = predictions.text) = 0 {_FIRST})"""
    shared = f"(SELECT count(*) FROM {labels} SEMI JOIN {predictions} USING (text))"
    return {"classes.split": split, "classes.shared": shared}
