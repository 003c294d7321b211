"""The released answers beside those to permuted rows, as tables of one session, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlops_gitops.compliance.explanations.explanation import LEAST_SAMPLE, Explanation, Permutation
from mlops_gitops.compliance.explanations.level import NotReached
from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.contract import Session
from mlops_gitops.measurement.sql import identifier, literal
from mlops_gitops.records.kpis import DataSet

_ID = "explained id"  # the key as text, beside the columns of the table
COLUMNS = ("id", "feature", "repeat", "from_id", "p")
# An honest permutation of many rows leaves 1 of them in place on average (Poisson); 21 never.
MOST_OWN = 20
# The correlation of the ranks of drawn and own values has mean 0 and variance 1/(n-1); 7 of its deviations never.
MOST_DEVIATIONS = 7
TOLERANCES = {"FLOAT": 1e-5, "DOUBLE": 1e-9}  # of two answers to the same row, in another batch


@frozen
class Sources:
    """Where verified copies lie, by what they are (see Permutation.pins), and their formats."""

    paths: Mapping[str, str]
    formats: Mapping[str, str]

    def files(self, *names: str) -> dict[str, tuple[str, str]]:
        """These files, as an engine opens them; those that are not there are left out."""
        return {name: (self.paths[name], self.formats[name]) for name in names if name in self.paths}


def answer_column(data: DataSet) -> str:
    """The column of predictions that holds the answer of the model. Raises NotReached where there is no single one."""
    if data.where is not None or data.live or data.scores or data.key is None:
        lacking = "no key" if data.key is None else "a filter of rows, live windows or a score for each class"
        raise NotReached(f"{data.name} has {lacking}, from which nothing is derived again", "explain another data set")
    column = data.score or data.prediction
    if column is None:
        raise NotReached(f"{data.name} declares neither a score nor a prediction", "declare one in kpis.yaml")
    return column


def load(session: Session, permutation: Permutation) -> float:
    """Makes `released` (id, label, p, cluster, lot), `sample` and `drawn` (id, feature, repeat, from_id, p).

    Returns how far two answers to the same row may be apart. Raises NotReached where a file has other columns.
    """
    explanation, data = permutation.explanation, permutation.data
    types = {view: session.columns(view) for view in permutation.pins() if view != "shap"}
    if taken := [name for name in explanation.features if name.casefold() == _ID]:
        reason = f"a feature has the name {taken[0]!r}, which stands for the key here"
        raise NotReached(reason, f"rename the column in {permutation.table.path}")
    column = answer_column(data)
    for view, names in _columns(permutation, column).items():
        if lacking := [name for name in names if name not in types[view]]:
            path = permutation.pins()[view].path
            raise NotReached(f"{path} has no column {lacking[0]!r}", f"correct {explanation.path}", is_refuted=True)
        session.load(view, types[view], names)
    answer_type = types["whatif"]["p"]
    if answer_type not in TOLERANCES:
        raise NotReached(f"p in {permutation.rows.path} is of type {answer_type}", "write it as FLOAT or DOUBLE")
    key = identifier(explanation.table_key)
    session.keep("keyed", f'SELECT *, CAST({key} AS VARCHAR) AS "{_ID}" FROM inputs')  # noqa: S608 (quoted)
    session.keep("released", _released(data, column, explanation.seed))
    _keep_sample(session, explanation)
    session.keep(
        "drawn",
        "SELECT CAST(id AS VARCHAR) AS id, CAST(feature AS VARCHAR) AS feature, CAST(repeat AS BIGINT) AS repeat, "
        "CAST(from_id AS VARCHAR) AS from_id, CAST(p AS DOUBLE) AS p FROM whatif",
    )
    return max(TOLERANCES[answer_type], *_written(session, column, types["answers"][column]))


def _columns(permutation: Permutation, answer: str) -> dict[str, list[str]]:
    """The columns that each file must have."""
    explanation, data = permutation.explanation, permutation.data
    own = [] if data.labels else [data.label]
    cluster = [data.cluster] if data.cluster else []
    labels = {"labels": [data.labels.key, data.labels.column]} if data.labels else {}
    return labels | {
        "answers": [data.key or "", answer, *own, *cluster],
        "inputs": [explanation.table_key, *explanation.features],
        "whatif": [*COLUMNS],
    }


def _released(data: DataSet, column: str, seed: str) -> str:
    id = f"CAST(a.{identifier(data.key or '')} AS VARCHAR)"
    label, join = f"a.{identifier(data.label)}", ""
    if data.labels:
        label = f"l.{identifier(data.labels.column)}"
        join = f" JOIN labels l ON CAST(l.{identifier(data.labels.key)} AS VARCHAR) = {id}"
    cluster = f"CAST(a.{identifier(data.cluster)} AS VARCHAR)" if data.cluster else id
    lot = f"row_number() OVER (ORDER BY md5({literal(seed + ':')} || {id}))"
    return (
        f"SELECT {id} AS id, {label} AS label, TRY_CAST(a.{identifier(column)} AS DOUBLE) AS p, {cluster} AS cluster, "  # noqa: S608 (quoted)
        f"{lot} AS lot FROM answers a{join}"
    )


def _keep_sample(session: Session, explanation: Explanation) -> None:
    (counted,) = session.rows("SELECT count(*) AS n, count(DISTINCT id) AS keys FROM released")
    n, stated = counted["n"], explanation.data["sample"]
    if explanation.data["seed"] != explanation.seed:
        raise NotReached(
            f"{explanation.path} was not seeded by the digests of artifact and data", "make it again", is_refuted=True
        )
    if counted["keys"] != n or stated > n or stated < min(n, LEAST_SAMPLE):
        reason = f"{explanation.path} is of {stated:,} rows, and {counted['keys']:,} different ones are released"
        raise NotReached(reason, f"explain all rows, or at least {LEAST_SAMPLE:,}", is_refuted=True)
    session.keep("sample", f"SELECT * FROM released WHERE lot <= {stated:d}")  # noqa: S608


def _written(session: Session, column: str, type: str) -> Iterator[float]:
    """How far a released answer may be from the model's: half of the last decimal that a text file writes."""
    if type != "VARCHAR":
        yield TOLERANCES.get(type, 0.0)
        return
    text = f"CAST({identifier(column)} AS VARCHAR)"
    (found,) = session.rows(
        f"SELECT max(CASE WHEN lower({text}) LIKE '%e%' THEN 17 "  # noqa: S608 (quoted)
        f"ELSE length(split_part({text}, '.', 2)) END) AS digits FROM answers"
    )
    yield 0.5 * 10.0 ** -(found["digits"] or 0)


def require_permutations(session: Session, explanation: Explanation, tolerance: float) -> None:
    """Raises NotReached unless each repeat of each feature is a random permutation that keeps what it must."""
    _keep_values(session, explanation.features)
    found = {(row["feature"], row["repeat"]): row for row in session.rows(_STRUCTURE)}
    wanted = [(name, repeat) for name in explanation.features for repeat in range(1, explanation.data["repeats"] + 1)]
    if odd := sorted({*found} ^ {*wanted}):
        name, repeat = odd[0]
        raise _refuted(explanation, name, repeat, "is in one of them alone")
    for name, repeat in wanted:
        if fault := _structure_fault(found[name, repeat], explanation.data["sample"]):
            raise _refuted(explanation, name, repeat, fault)
    kept = session.rows(_KEPT.format(tolerance=repr(tolerance)))
    for row in sorted(kept, key=lambda row: (row["feature"], row["repeat"])):
        if fault := _kept_fault(row, explanation.data["sample"]):
            raise _refuted(explanation, row["feature"], row["repeat"], fault)


def _keep_values(session: Session, features: Iterable[str]) -> None:
    """Makes `held` (id, feature, v, r): the text of each value, and its rank among those of the sample."""
    parts = []
    for name in features:
        column = f"t.{identifier(name)}"
        text, value = f"CAST({column} AS VARCHAR)", f"TRY_CAST({column} AS DOUBLE)"
        same = f"coalesce(CAST({value} AS VARCHAR), {text}, '')"
        parts.append(
            f"SELECT s.id, {literal(name)} AS feature, {same} AS v, rank() OVER (ORDER BY {value}, {text}) AS r "  # noqa: S608 (quoted)
            'FROM sample s JOIN keyed t ON t."explained id" = s.id'
        )
    session.keep("held", " UNION ALL ".join(parts))


_STRUCTURE = """SELECT d.feature, d.repeat, count(*) AS n, count(DISTINCT d.id) AS ids,
count(DISTINCT d.from_id) AS froms, count(s.id) AS known, count(f.id) AS drawn,
count(*) FILTER (WHERE d.id = d.from_id) AS own,
count(*) FILTER (WHERE d.p IS NULL OR NOT isfinite(d.p)) AS lost
FROM drawn d LEFT JOIN sample s ON s.id = d.id LEFT JOIN sample f ON f.id = d.from_id GROUP BY ALL"""
_KEPT = """SELECT d.feature, d.repeat, count(*) AS n, corr(o.r, v.r) AS alike,
count(*) FILTER (WHERE o.v = v.v AND NOT coalesce(abs(d.p - s.p) <= {tolerance} * greatest(1, abs(s.p)), false))
AS moved
FROM drawn d JOIN sample s ON s.id = d.id JOIN held o ON o.id = d.id AND o.feature = d.feature
JOIN held v ON v.id = d.from_id AND v.feature = d.feature GROUP BY ALL"""


def _structure_fault(row: Mapping[str, int], sample: int) -> str:
    """Why rows are no permutation of the sample; empty where they are one."""
    if not row["n"] == row["ids"] == row["known"] == sample:
        return f"has {row['n']:,} rows, of which {row['known']:,} are of the {sample:,} that are to be permuted"
    if not row["froms"] == row["drawn"] == sample:
        return f"is not a permutation: it draws from {row['froms']:,} rows, and not from each of the {sample:,} once"
    if row["own"] > MOST_OWN:
        return f"is not a random permutation: {row['own']:,} of {sample:,} rows draw their own value"
    return f"has {row['lost']:,} rows without an answer that is a number" if row["lost"] else ""


def _kept_fault(row: Mapping[str, float], sample: int) -> str:
    if row["n"] != sample:
        return f"has values in {row['n']:,} of {sample:,} rows of the data"
    if row["moved"]:
        return f"has {row['moved']:,} rows that draw their own or an equal value, and another answer than is released"
    alike = row["alike"] or 0.0
    if abs(alike) > MOST_DEVIATIONS / (sample - 1) ** 0.5:
        return f"is not a random permutation: drawn and own values correlate ({alike:.2f})"
    return ""


def _refuted(explanation: Explanation, name: str, repeat: int, fault: str) -> NotReached:
    rows = explanation.file("rows").path
    return NotReached(f"{rows}: repeat {repeat} of {name} {fault}", "make it again from the model", is_refuted=True)
