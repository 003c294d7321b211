"""The SQL that reads a prediction file: canonical columns, and the counts and sums taken over them.

Names become quoted identifiers and values quoted literals here, and nowhere else: what a pull request writes in
kpis.yaml never reaches the engine as SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.metrics.aggregates import BASELINE
from mlops_gitops.records.kpis import SCORES, DataSet

NUMBERS = frozenset(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL"))
BOOLEANS = {"true": 1.0, "t": 1.0, "yes": 1.0, "y": 1.0, "false": 0.0, "f": 0.0, "no": 0.0, "n": 0.0}
CASTS = {
    "text": "CAST({} AS VARCHAR)",
    "number": "CAST({} AS DOUBLE)",
    # A plain cast DuckDB hands down to its CSV reader, which then takes the word true for a bad number.
    "boolean": "CAST(CASE {} WHEN true THEN 1 WHEN false THEN 0 END AS DOUBLE)",
}
SUM_TOLERANCE = 1e-6  # of the scores of a row from 1: what single precision leaves of it
LARGEST = 2**53  # below it every whole number is a DOUBLE of its own
LISTED = 5  # classes a soundness query lists: more than a reason names, and one of them may be the negative class


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a quoted SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def number(value: float) -> str:
    """A number as SQL; through a literal, since NaN and infinity have no other form."""
    return f"CAST({literal(repr(float(value)))} AS DOUBLE)"


@frozen
class Rows:
    """One prediction file: what its data set declares, the column types it has, and the view it is read through.

    `only` is the SQL test of the rows that count; empty where all do.
    """

    data: DataSet
    types: Mapping[str, str]
    view: str
    only: str = ""

    @property
    def title(self) -> str:
        """What a reason calls this file."""
        return self.data.name if self.view != "baseline" else f"the baseline's {self.data.name}"

    def column(self, meaning: str) -> str | None:
        """The declared column of that meaning, if the file has it."""
        name = self.data.columns().get(meaning)
        return name if name in self.types else None

    def kind(self, meaning: str) -> str:
        """number, boolean or text: how the values of a column compare; unknown where its type is an empty word."""
        type = self.types[self.data.columns()[meaning]].partition("(")[0]
        return (
            "number"
            if type.removeprefix("U") in NUMBERS
            else "boolean"
            if type == "BOOLEAN"
            else "text"
            if type
            else "unknown"
        )

    def whole(self, meaning: str) -> bool:
        """Whether a column holds whole or decimal numbers, of which DOUBLE has not all."""
        return self.kind(meaning) == "number" and self.types[self.data.columns()[meaning]] not in ("FLOAT", "DOUBLE")

    @property
    def derived(self) -> bool:
        """Whether the prediction follows from the score and a threshold."""
        return self.data.prediction is None and self.data.threshold is not None

    def declared(self) -> dict[str, str]:
        """Meaning → expression of the columns the file has: numbers and booleans as DOUBLE, all else as text."""
        found = (meaning for meaning in self.data.columns() if self.column(meaning) is not None)
        return {its: self._cast(its) for its in found if not of_score(its) or self.kind(its) == "number"}

    def _cast(self, meaning: str) -> str:
        kind = "text" if meaning == "key" else self.kind(meaning)
        return CASTS[kind].format(identifier(self.data.columns()[meaning]))

    def positive(self, meaning: str) -> str | None:
        """A test whether a label or a prediction is the positive class; None where the two do not compare."""
        wanted, kind = self.data.positive, self.kind(meaning)
        if kind == "text":
            return f"{self._cast(meaning)} = {literal(wanted)}" if isinstance(wanted, str) else None
        value = 1.0 if wanted is None else _as_number(wanted, kind)
        return None if value is None else f"{self._cast(meaning)} = {number(value)}"

    def of_class(self, name: str) -> str | None:
        """A test whether a label is the class that `scores` writes so; None where the two do not compare."""
        label, kind = self._cast("label"), self.kind("label")
        if kind == "text":
            return f"{label} = {literal(name)}"
        value = _as_number(name, kind)
        return None if value is None else f"{label} = {number(value)}"

    def likelihoods(self) -> dict[str, str]:
        """`likelihood`: what the scores gave to a row's own label, where the file has the score of every class."""
        columns, scores = self.declared(), [f"{SCORES}{name}" for name in self.data.scores]
        if not scores or not {"label", *scores} <= set(columns):
            return {}
        tests = [self.of_class(name) for name in self.data.scores]
        if None in tests:
            return {}
        cases = " ".join(f"WHEN {test} THEN {columns[its]}" for test, its in zip(tests, scores, strict=True))
        return {"likelihood": f"CASE {cases} END"}

    def among(self, meaning: str) -> str | None:
        """A test whether a label or a prediction is a declared class; None where one of them does not compare."""
        kind, declared = self.kind(meaning), self.data.classes or ()
        values = [_as_text(its) if kind == "text" else _as_number(its, kind) for its in declared]
        if None in values:
            return None
        written = (literal(its) if isinstance(its, str) else number(its) for its in values if its is not None)
        return f"{meaning} IN ({', '.join(written)})"

    def classes(self) -> dict[str, str]:
        """`positive` and `predicted`, as far as the declared columns give them."""
        columns = self.declared()
        found = {"positive": self.positive("label") if "label" in columns else None}
        if "prediction" in columns:
            found["predicted"] = self.positive("prediction")
        elif self.derived and "score" in columns:
            found["predicted"] = f"{columns['score']} >= {number(self.data.threshold or 0.0)}"
        return {name: expression for name, expression in found.items() if expression is not None}

    def canonical(self, others: Mapping[str, str] = {}) -> str:
        """The SELECT of the columns metrics are defined over, and of `others`.

        A derived prediction is a class, 1 or 0, so the label it is compared with is one too.
        """
        return self.select(self._canonical() | dict(others))

    def given(self) -> list[str]:
        """The canonical columns that a model gave, as far as the file has them."""
        return [name for name in ("prediction", "predicted", "score") if name in self._canonical()]

    def _canonical(self) -> dict[str, str]:
        classes = self.classes()
        kept = {meaning: its for meaning, its in self.declared().items() if not meaning.startswith(SCORES)}
        columns = kept | classes | self.likelihoods()
        if self.derived and len(classes) == 2:
            columns["label"] = f"CAST({classes['positive']} AS DOUBLE)"
            columns["prediction"] = f"CAST({classes['predicted']} AS DOUBLE)"
        return columns

    def select(self, columns: Mapping[str, str]) -> str:
        """A SELECT of expressions under their names."""
        source = identifier(self.view)
        if self.only:  # in a SELECT of its own: beside the expressions it would see their names as columns
            source = f"(SELECT * FROM {source} WHERE {self.only})"
        return f"SELECT {_named(columns)} FROM {source}"


def soundness(rows: Rows, *, classes: bool) -> str:
    """One row of counts that say whether the file can be judged.

    `rows`; per meaning `nulls` and, of numbers, `infinite` (NaN too); scores outside [0, 1] and about how many distinct
    ones; and with `classes` up to five labels and predictions that are not the positive class (`others`). Where the
    data set declares its classes, up to five that are none of them (`outside`). Of the scores of many classes, rows
    whose sum is not 1 and up to five labels that are none of them. Columns are named `meaning.count`.
    """
    columns = rows.declared()
    counts = {"rows": "count(*)"}
    for meaning in columns:
        name = identifier(meaning)
        counts[f"{meaning}.nulls"] = f"count(*) FILTER (WHERE {name} IS NULL)"
        if meaning != "key" and rows.kind(meaning) != "text":
            counts[f"{meaning}.infinite"] = f"count(*) FILTER (WHERE NOT isfinite({name}))"
            if rows.whole(meaning):
                counts[f"{meaning}.large"] = f"count(*) FILTER (WHERE abs({name}) >= {LARGEST})"
        if of_score(meaning):
            counts[f"{meaning}.outside"] = f"count(*) FILTER (WHERE {name} < 0 OR {name} > 1)"
        test = {"label": "positive", "prediction": "predicted"}.get(meaning)
        if rows.data.classes is not None and meaning in ("label", "prediction") and (wanted := rows.among(meaning)):
            counts[f"{meaning}.outside"] = (
                f"list_sort(list(DISTINCT {meaning}) FILTER (WHERE NOT {wanted}))[1:{LISTED}]"
            )
        if classes and test in rows.classes():
            counts[f"{meaning}.others"] = f"list_sort(list(DISTINCT {meaning}) FILTER (WHERE NOT {test}))[1:{LISTED}]"
    if rows.data.cluster in rows.types:
        columns |= {"cluster": identifier(str(rows.data.cluster))}
        counts["cluster.nulls"] = "count(*) FILTER (WHERE cluster IS NULL)"
    if "score" in columns:
        counts["score.distinct"] = "approx_count_distinct(score)"
    likelihoods = rows.likelihoods()
    if likelihoods:
        total = " + ".join(identifier(meaning) for meaning in columns if meaning.startswith(SCORES))
        counts["scores.sums"] = f"count(*) FILTER (WHERE abs({total} - 1) > {SUM_TOLERANCE!r})"
        others = " OR ".join(str(rows.of_class(name)) for name in rows.data.scores)
        columns |= {"declared": others}
        counts["scores.others"] = f"list_sort(list(DISTINCT label) FILTER (WHERE NOT declared))[1:{LISTED}]"
    return f"SELECT {_named(counts)} FROM ({rows.select(columns | rows.classes())})"


def keys(rows: Rows, *, hashed: bool) -> str:
    """A hash of each key, equal for equal keys; or one row with the number of distinct keys."""
    own = {"key": rows.declared()["key"]}
    return f"SELECT {'hash(key)' if hashed else 'count(DISTINCT key)'} AS key FROM ({rows.select(own)})"


def of_score(meaning: str) -> bool:
    """Whether a column of that meaning holds scores, of the positive class or of one of many."""
    return meaning == "score" or meaning.startswith(SCORES)


def centre(name: str) -> str:
    """The column of a table of centres that holds the mean of another column."""
    return identifier(f"centre {name}")


def centres(view: str, columns: Iterable[str], number: str | None) -> str:
    """The mean of each column of a view, over all rows or by the column that numbers a row's group."""
    means = {f"centre {name}": f"avg({identifier(name)})" for name in columns}
    if number is None:
        return f"SELECT {_named(means)} FROM {identifier(view)}" if means else "SELECT 0 AS nothing"
    query = f"SELECT {_named({'number': identifier(number)} | means)} FROM {identifier(view)}"
    return f"{query} GROUP BY {identifier(number)}"


def sums_about(view: str, table: str, number: str | None, by: Sequence[str], sums: Iterable[str]) -> str:
    """How many rows each combination of `by` has, and sums of them about the centres in a table.

    What is summed is named by its own text.
    """
    named = {name: f"its.{identifier(name)}" for name in by}
    query = f"SELECT {_named({'rows': 'count(*)'} | named | {sql: sql for sql in sums})} FROM {identifier(view)} AS its"
    query += (
        f" CROSS JOIN {identifier(table)}"
        if number is None
        else (f" JOIN {identifier(table)} AS about ON its.{identifier(number)} = about.number")
    )
    return f"{query} GROUP BY {', '.join(named.values())}" if named else query


def side(rows: Rows, terms: Mapping[str, str], kept: Mapping[str, str]) -> str:
    """The canonical columns of a file with terms of metrics, and columns of the file under the names in `kept`."""
    own = {name: f"CAST({identifier(column)} AS VARCHAR)" for name, column in kept.items()}
    canonical = rows.canonical(own)
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


def with_numbers(view: str, tables: Mapping[str, Sequence[str]]) -> str:
    """A view and, under the name of each table of it, which combination of the table's columns a row has."""
    taken, joins = "", ""
    for name, columns in tables.items():
        table = identifier(f"{view}.{name}")
        same = (f"its.{identifier(column)} IS NOT DISTINCT FROM {table}.{identifier(column)}" for column in columns)
        taken += f", {table}.number AS {identifier(name)}"
        joins += f" JOIN {table} ON {' AND '.join(same)}"
    return f"SELECT its.*{taken} FROM {identifier(view)} AS its{joins}"


def cells(view: str, by: Sequence[str], numbers: Sequence[str], sums: Iterable[str], *, one_by_one: bool) -> str:
    """How many rows share each combination of `by` and `numbers`, and their sums; or `one_by_one` every row.

    What is summed is named by its own text.
    """
    named = {name: identifier(name) for name in (*numbers, *by)}
    rows = "CAST(1 AS UTINYINT)" if one_by_one else "count(*)"
    query = f"SELECT {_named({'rows': rows} | named | {its: its for its in sums})} FROM {identifier(view)}"
    return f"{query} GROUP BY {', '.join(named.values())}" if named and not one_by_one else query


def pairing(candidate: Rows, baseline: Rows, alike: Sequence[str]) -> str:
    """One row: keys of the candidate only, of the baseline only, and pairs whose labels differ; `moved.N` counts pairs
    that differ in the Nth column of `alike`.

    A filter chooses the candidate's rows; a row of the baseline that it leaves out is not without a partner.
    """
    every = Rows(candidate.data, candidate.types, candidate.view)
    own = {f"moved.{n}": f"CAST({identifier(column)} AS VARCHAR)" for n, column in enumerate(alike)}
    ours, theirs, all_ours = (its.canonical(own) for its in (candidate, baseline, every))
    pairs = f"FROM ({{}}) AS ours JOIN ({theirs}) AS theirs USING (key)"
    counts = {
        "candidate": f"(SELECT count(*) FROM ({ours}) ANTI JOIN ({theirs}) USING (key))",
        "baseline": f"(SELECT count(*) FROM ({theirs}) ANTI JOIN ({all_ours}) USING (key))",
        "relabelled": f"(SELECT count(*) {pairs.format(ours)} WHERE ours.label IS DISTINCT FROM theirs.label)",
    }
    for name in map(identifier, own):
        differ = f"WHERE ours.{name} IS DISTINCT FROM theirs.{name}"
        counts[name.strip('"')] = f"(SELECT count(*) {pairs.format(all_ours)} {differ})"
    return f"SELECT {_named(counts)}"


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} AS {identifier(name)}" for name, expression in columns.items())


def _as_text(value: str | float | bool) -> str | None:
    return value if isinstance(value, str) else None


def _as_number(value: str | float | bool, kind: str) -> float | None:
    if isinstance(value, str) and kind == "boolean":
        return BOOLEANS.get(value.lower())
    try:
        return float(value)
    except ValueError:
        return None
