"""The rows of a prediction file as SQL: the declared columns, and the canonical ones that metrics are defined over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.columns.column_types import comparison_kind, epsilon, is_decimal, is_integer, nearest
from mlops_gitops.measurement.sql import identifier, literal, number, select_list
from mlops_gitops.records.kpis import SCORES, DataSet

_Class: TypeAlias = str | float | bool  # as kpis.yaml has it
BOOLEANS = {"true": 1.0, "t": 1.0, "yes": 1.0, "y": 1.0, "false": 0.0, "f": 0.0, "no": 0.0, "n": 0.0}
CASTS = {
    "text": "CAST({} AS VARCHAR)",
    "number": "CAST({} AS DOUBLE)",
    "boolean": "CAST(CASE {} WHEN true THEN 1 WHEN false THEN 0 END AS DOUBLE)",
}
CLASSES = ("label", "prediction")


@frozen
class Rows:
    """One prediction file: what its data set declares, the column types it has, and the view it is read through.

    `expressions` are the SQL that reads a column as its type, where that is more than its name. The columns `written`
    hold the texts of a CSV file. `only` is the SQL test of the rows that count; empty where all do.
    """

    data: DataSet
    types: Mapping[str, str]
    view: str
    only: str = ""
    expressions: Mapping[str, str] = {}
    written: Collection[str] = ()

    @property
    def title(self) -> str:
        """What a reason calls this file."""
        return f"the baseline's {self.data.name}" if self.view.startswith("baseline") else self.data.name

    def column(self, meaning: str) -> str | None:
        """The declared column of that meaning, if the file has it."""
        name = self.data.columns().get(meaning)
        return name if name in self.types else None

    def kind(self, meaning: str) -> str:
        """How the values of a column compare: as number, boolean, text or, of lists, nested; or unknown."""
        kind = comparison_kind(self.type(meaning)) or "unknown"
        return "text" if kind in ("other", "time") else kind

    def type(self, meaning: str) -> str:
        """The type of the column of that meaning, which the file must have; empty where it is not known."""
        return self.types[self.data.columns()[meaning]]

    def is_exact(self, meaning: str) -> bool:
        """Whether a column holds whole or decimal numbers, of which DOUBLE has not all."""
        return is_integer(self.type(meaning)) or is_decimal(self.type(meaning))

    @property
    def derived(self) -> bool:
        """Whether the prediction follows from the score and a threshold."""
        return self.data.prediction is None and self.data.threshold is not None

    def sql(self, column: str) -> str:
        """The SQL that reads a column of the file as its type."""
        return self.expressions.get(column, identifier(column))

    def written_text(self, column: str) -> str | None:
        """The SQL of a column's values as the file writes them; None where they are no texts, or of a declared type."""
        if column in self.written and column not in self.data.column_types:
            return identifier(column)
        return self.sql(column) if self.types[column] == "VARCHAR" else None

    def declared(self) -> dict[str, str]:
        """Meaning → expression of the columns the file has: numbers and booleans as DOUBLE, all else as text."""
        found = (meaning for meaning in self.data.columns() if self.column(meaning) is not None)
        return {
            meaning: self._cast(meaning) for meaning in found if not is_score(meaning) or self.kind(meaning) == "number"
        }

    def _cast(self, meaning: str) -> str:
        column = self.data.columns()[meaning]
        if meaning == "key":  # which is never rounded, and so not read as a number
            return self.written_text(column) or CASTS["text"].format(self.sql(column))
        return CASTS.get(self.kind(meaning), CASTS["text"]).format(self.sql(column))

    @property
    def key_type(self) -> str:
        """The type in which keys compare, of a file that has them."""
        return "VARCHAR" if self.written_text(self.data.columns()["key"]) else self.type("key")

    def class_texts(self) -> dict[str, str]:
        """Labels and predictions as the file writes them, where it does."""
        named = {meaning: self.column(meaning) for meaning in CLASSES}
        texts = {meaning: self.written_text(name) for meaning, name in named.items() if name is not None}
        return {meaning: text for meaning, text in texts.items() if text is not None}

    def positive_test(self, meaning: str) -> str | None:
        """A test whether a label or a prediction is the positive class; None where the two do not compare."""
        wanted, kind = self.data.positive, self.kind(meaning)
        if kind in ("text", "nested"):
            return f"{self._cast(meaning)} = {literal(wanted)}" if isinstance(wanted, str) else None
        value = 1.0 if wanted is None else self._as_number(wanted, meaning)
        return None if value is None else f"{self._cast(meaning)} = {number(value)}"

    def class_test(self, name: str) -> str | None:
        """A test whether a label is a class of `scores`; None where the two do not compare."""
        return self._among("label", [name], self.data.scores)

    def declared_class_test(self, meaning: str) -> str | None:
        """A test whether a label or a prediction is a declared class; None where one of them does not compare."""
        return self._among(meaning, self.data.classes or (), self.data.classes or ())

    def _among(self, meaning: str, classes: Iterable[_Class], every: Iterable[_Class]) -> str | None:
        """A test whether a column is one of some classes: as numbers where `every` class is one, else as text."""
        numeric = self.kind(meaning) not in ("text", "nested")
        if numeric and None not in [self._as_number(value, meaning) for value in every]:
            values = [number(self._as_number(value, meaning) or 0.0) for value in classes]
            return f"{self._cast(meaning)} IN ({', '.join(values)})"
        column = self.data.columns()[meaning]
        text = self.written_text(column)
        if text is None and self.kind(meaning) == "text":
            text = self._cast(meaning)
        if text is None or not (column in self.written or all(isinstance(value, str) for value in every)):
            return None
        return f"{text} IN ({', '.join(literal(_as_text(value)) for value in classes)})"

    def likelihoods(self) -> dict[str, str]:
        """Where the file has the score of every class: `class_scores`, the list of them, and `likelihood`.

        That is what the scores gave to a row's own label.
        """
        columns, scores = self.declared(), [f"{SCORES}{name}" for name in self.data.scores]
        if not scores or not {"label", *scores} <= set(columns):
            return {}
        tests = [self.class_test(name) for name in self.data.scores]
        if None in tests:
            return {}
        cases = " ".join(f"WHEN {test} THEN {columns[score]}" for test, score in zip(tests, scores, strict=True))
        return {"likelihood": f"CASE {cases} END", "class_scores": f"[{', '.join(map(columns.__getitem__, scores))}]"}

    def class_tests(self) -> dict[str, str]:
        """`positive` and `predicted`, as far as the declared columns give them."""
        columns = self.declared()
        found = {"positive": self.positive_test("label") if "label" in columns else None}
        if "prediction" in columns:
            found["predicted"] = self.positive_test("prediction")
        elif self.derived and "score" in columns:
            threshold = nearest(self.data.threshold or 0.0, self.type("score"))
            found["predicted"] = f"{columns['score']} >= {number(threshold)}"
        return {name: expression for name, expression in found.items() if expression is not None}

    def canonical_query(self, others: Mapping[str, str] = {}) -> str:
        """The SELECT of the columns metrics are defined over, and of `others`.

        A derived prediction is a class, 1 or 0, so the label it is compared with is one too.
        """
        return self.select_query(self._canonical() | dict(others))

    def model_columns(self) -> list[str]:
        """The canonical columns that a model gave, as far as the file has them."""
        return [name for name in ("prediction", "predicted", "score", "class_scores") if name in self._canonical()]

    def _canonical(self) -> dict[str, str]:
        classes = self.class_tests()
        kept = {meaning: column for meaning, column in self.declared().items() if not meaning.startswith(SCORES)}
        columns = kept | classes | self.likelihoods() | self._epsilons()
        if self.derived and len(classes) == 2:
            columns["label"] = f"CAST({classes['positive']} AS DOUBLE)"
            columns["prediction"] = f"CAST({classes['predicted']} AS DOUBLE)"
        return columns

    def _epsilons(self) -> dict[str, str]:
        """The machine epsilons of the score, and of the scores of many classes, at which a likelihood is clipped."""
        many = [meaning for meaning in self.declared() if meaning.startswith(SCORES)]
        scores = {"epsilon": ["score"] if "score" in self.declared() else [], "class_epsilon": many}
        return {name: number(epsilon(map(self.type, these))) for name, these in scores.items() if these}

    def _as_number(self, value: _Class, meaning: str) -> float | None:
        """A class as a number of a column's own type; None where it is no number."""
        if isinstance(value, str) and self.kind(meaning) == "boolean":
            return BOOLEANS.get(value.lower())
        try:
            return nearest(float(value), self.type(meaning))
        except ValueError:
            return None

    def select_query(self, columns: Mapping[str, str], grouped: Iterable[str] = (), often: str = "") -> str:
        """A SELECT of expressions under their names.

        Of `grouped` columns of the file each combination is one row, and the column `often` says how many it is of.
        """
        source = identifier(self.view)
        if self.only:  # in a SELECT of its own: beside the expressions it would see their names as columns
            source = f"(SELECT * FROM {source} WHERE {self.only})"
        if by := ", ".join(dict.fromkeys(map(identifier, grouped))):
            source = f"(SELECT {by}, count(*) AS {identifier(often)} FROM {source} GROUP BY {by})"
            columns = {**columns, often: identifier(often)}
        return f"SELECT {select_list(columns)} FROM {source}"


def compares_as_text(*files: Rows) -> bool:
    """Whether labels and predictions, of which some are text and some are not, compare as the files write them."""
    columns = [(rows, meaning) for rows in files for meaning in CLASSES if rows.column(meaning)]
    kinds = {rows.kind(meaning) for rows, meaning in columns}
    return len(kinds) > 1 and "text" in kinds and all(meaning in rows.class_texts() for rows, meaning in columns)


def is_score(meaning: str) -> bool:
    """Whether a column of that meaning holds scores, of the positive class or of one of many."""
    return meaning == "score" or meaning.startswith(SCORES)


def _as_text(value: _Class) -> str:
    """A class as a file writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
