"""The applicants of a table, counted by sex and race or ethnicity: one query."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.compliance.subject import Counts
from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.contract import Engine
from mlops_gitops.measurement.sql import identifier

_SELECTED = "('true', 't', 'yes', 'y', '1', '1.0')"
_REJECTED = "('false', 'f', 'no', 'n', '0', '0.0')"


def count_categories(engine: Engine, path: str, file_format: str, columns: Mapping[str, str]) -> Counts:
    """(sex, race) → applicants, of them those selected, or those who score above the median of all.

    `columns` are by meaning: sex, race, and selected or score. Raises Undecided where a column is not there, or a row
    has no finite score, or no word for yes or no: to count such a row as no hit would change the rates.
    """
    with engine.open({"applicants": (path, file_format)}) as session:
        lacking = [name for name in columns.values() if name not in session.columns("applicants")]
        if lacking:
            raise Undecided(
                f"the applicants have no column {lacking[0]!r}", help="correct the columns of the bias audit"
            )
        if "score" in columns:
            value = f"TRY_CAST({identifier(columns['score'])} AS DOUBLE)"
            known, hit = "isfinite(value)", "value > (SELECT median(value) FROM counted)"
        else:
            value = f"lower(trim(CAST({identifier(columns['selected'])} AS VARCHAR)))"
            known, hit = f"value IN {_SELECTED} OR value IN {_REJECTED}", f"value IN {_SELECTED}"
        sex, race = (f"coalesce(trim(CAST({identifier(columns[key])} AS VARCHAR)), '')" for key in ("sex", "race"))
        session.keep("counted", f"SELECT {sex} AS sex, {race} AS race, {value} AS value FROM applicants")  # noqa: S608 (quoted)
        rows = session.rows(
            f"SELECT sex, race, count(*) AS n, count(*) FILTER (WHERE {hit}) AS hits, "  # noqa: S608
            f"count(*) FILTER (WHERE coalesce({known}, false)) AS known FROM counted GROUP BY sex, race"
        )
    if unknown := sum(row["n"] - row["known"] for row in rows):
        what = "score that is a number" if "score" in columns else "selection that is yes or no, true or false, 1 or 0"
        raise Undecided(f"{unknown:,} of the applicants have no {what}", help="correct the rows of the bias audit")
    return {(row["sex"], row["race"]): (row["n"], row["hits"]) for row in rows}
